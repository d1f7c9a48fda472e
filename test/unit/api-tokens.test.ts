import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tokensFromFile } from '../../src/api/tokens.ts';

describe('tokens of a file', () => {
  let directory = '';
  let path = '';
  let writes = 0;

  function write(content: string): void {
    writeFileSync(path, content, { mode: 0o600 });
    // Two writes within one tick of the file system's clock are two changes all the same.
    utimesSync(path, new Date(), new Date(1_700_000_000_000 + 1000 * writes++));
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tokens-'));
    path = join(directory, 'tokens.json');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('belong to whom the file says', async () => {
    write(JSON.stringify({ ann: 'a-token', bob: 'b-token' }));
    const tokens = tokensFromFile(path);
    expect(await tokens.usernameOf('b-token')).toBe('bob');
    expect(await tokens.usernameOf('B-token')).toBeNull();
    expect(await tokens.usernameOf('')).toBeNull();
  });

  test('are read again when the file changes', async () => {
    write(JSON.stringify({ ann: 'old' }));
    const tokens = tokensFromFile(path);
    expect(await tokens.usernameOf('old')).toBe('ann');
    write(JSON.stringify({ ann: 'new' }));
    expect(await tokens.usernameOf('old')).toBeNull();
    expect(await tokens.usernameOf('new')).toBe('ann');
  });

  test('without words are nobody’s', async () => {
    write(JSON.stringify({ ann: '', bob: null, eve: 5 }));
    expect(await tokensFromFile(path).usernameOf('')).toBeNull();
  });

  test.each(['', '[]', 'null', '{'])('a file with %j is a failure, not a no', async (content) => {
    write(content);
    await expect(tokensFromFile(path).usernameOf('x')).rejects.toThrow();
  });

  test('a file that is not there is a failure, not a no', async () => {
    await expect(tokensFromFile(path).usernameOf('x')).rejects.toThrow();
  });
});
