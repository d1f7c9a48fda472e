/** The image has no TypeScript: what is built must find its thread as well. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const built = mkdtempSync(join(tmpdir(), 'tocsin-mail-'));
afterAll(() => rmSync(built, { recursive: true }));

test('the built reader and examiner look into a message in their threads, and let the process end', () => {
  const source = join(root, 'src');
  const rooms = ['mail', 'domain'];
  for (const file of readdirSync(source, { encoding: 'utf8', recursive: true })) {
    if (!file.endsWith('.ts') || !rooms.includes(file.split('/')[0] ?? '')) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(source, file), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = join(built, file.replace(/[.]ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  writeFileSync(join(built, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'));
  writeFileSync(
    join(built, 'main.js'),
    `import { createReader } from './mail/reader.js';
     import { createExaminer } from './mail/examiner.js';
     const { subject, text } = await createReader().read(Buffer.from('Subject: a\\r\\n\\r\\nb'));
     const examiner = createExaminer({ resolver: async () => [] });
     const bytes = Buffer.from('From: a@example.org\\r\\n\\r\\nb');
     const { authentication } = await examiner.examine({ bytes, authentication: { ourHosts: [] }, pgp: null });
     console.log(JSON.stringify([subject, text, authentication.fromAddress]));`,
  );
  // It would wait for ever if an idle thread kept the process.
  const output = execFileSync(process.execPath, ['main.js'], {
    cwd: built,
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(JSON.parse(output)).toEqual(['a', 'b', 'a@example.org']);
});
