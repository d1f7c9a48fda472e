import { afterEach, describe, expect, test } from 'vitest';

import { createExaminer, type Examiner } from '../../../src/mail/examiner.ts';

const LETTER = Buffer.from('From: anna@example.net\r\nTo: csirt@example.org\r\nSubject: x\r\n\r\ny\r\n');

let examiner: Examiner;
afterEach(() => examiner.close());

/** The DNS says nothing about a domain that begins with `slow`. */
function examining(options: { readonly timeoutMs?: number } = {}): Examiner {
  examiner = createExaminer({
    resolver: (name) =>
      name.includes('slow.example')
        ? new Promise(() => undefined)
        : Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    ...options,
  });
  return examiner;
}

const mailFrom = (domain: string) => ({
  bytes: LETTER,
  authentication: { ourHosts: [], remoteAddress: '192.0.2.7', helo: 'x', mailFrom: `anna@${domain}` },
  pgp: null,
});

describe('a mail that is examined', () => {
  test('asks the DNS from outside of the thread', async () => {
    expect(await examining().examine(mailFrom('example.net'))).toMatchObject({
      authentication: { fromAddress: 'anna@example.net', spf: { result: 'none', domain: 'example.net' } },
      pgp: null,
    });
  });

  test('waits for the DNS beside others, and holds up none of them', async () => {
    const examiner = examining();
    const answered: string[] = [];
    const slow = examiner.examine(mailFrom('slow.example')).then(() => answered.push('slow'));
    await examiner.examine(mailFrom('example.net')).then(() => answered.push('quick'));
    expect(answered).toEqual(['quick']);
    await examiner.close();
    await slow;
  });

  test('and takes too long is given up; those beside it are tried again, and the next has a new thread', async () => {
    const examiner = examining({ timeoutMs: 1500 });
    await examiner.examine(mailFrom('example.net'));
    const slow = examiner.examine(mailFrom('slow.example'));
    const beside = new Promise((resolve) => setTimeout(resolve, 200)).then(() =>
      examiner.examine(mailFrom('slow.example')),
    );
    expect(await slow).toEqual({ failure: 'too-slow' });
    expect(await beside).toEqual({ failure: 'no-reader' });
    expect(await examiner.examine(mailFrom('example.net'))).toHaveProperty('authentication');
  });

  test('by nobody any more says so', async () => {
    const examiner = examining();
    await examiner.close();
    expect(await examiner.examine(mailFrom('example.net'))).toEqual({ failure: 'no-reader' });
  });
});
