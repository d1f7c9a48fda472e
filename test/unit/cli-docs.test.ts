import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT_CODES, EXIT_MEANINGS, type Exit } from '../../src/cli/exit-codes.ts';
import { OPERATOR_VERBS } from '../../src/cli/operator.ts';
import { CALLS, CANARY, PARTICIPANTS_IMPORT } from '../../src/cli/program.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('|'));

it('docs/cli.md lists exactly the verbs that there are', () => {
  const listed = rows.flatMap((row) => /^\| `([a-z- ]+?)(?: <[^|]*)?` /.exec(row)?.[1] ?? []);
  const verbs = [...Object.values(CALLS).flat(), ...OPERATOR_VERBS, CANARY, PARTICIPANTS_IMPORT].map(
    ({ verb }) => verb,
  );
  expect(listed.toSorted()).toEqual(verbs.toSorted());
});

it('docs/cli.md lists exactly the exit codes that there are, with what they mean', () => {
  const listed = rows.flatMap((row) => {
    const [, code, meaning] = /^\| (\d) +\| (.*?) *\|$/.exec(row) ?? [];
    return code === undefined ? [] : [[Number(code), meaning]];
  });
  const exits = Object.entries(EXIT_CODES).map(([exit, code]) => [code, EXIT_MEANINGS[exit as Exit]]);
  expect(listed).toEqual(exits);
});
