import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/domain/readiness.ts';
import { readinessSheet } from '../../src/domain/readiness-wording.ts';

const from = Date.UTC(2026, 1, 2, 9);
const until = Date.UTC(2026, 1, 16, 9);
const sheetOf = (...findings: readonly Finding[]) =>
  readinessSheet({ from, until, findings, people: [] }, 'America/Detroit');

const finding: Finding = {
  severity: 'cannot-be-reached',
  kind: 'unreachable',
  who: 'ann',
  rota: null,
  ladder: null,
  what: 'ann has no way that works.',
  from: null,
  until: null,
};

describe('the weekly digest', () => {
  it('says in one line that nothing was found', () => {
    expect(sheetOf()).toEqual({
      subject: 'Readiness: everybody who will be called can be reached',
      body: [
        'From 2026-02-02 09:00 UTC (04:00 in America/Detroit) to 2026-02-16 09:00 UTC (04:00 in America/Detroit): everybody who will be called can be reached.',
      ],
      short: 'Readiness until 2026-02-16: everybody who will be called can be reached.',
      spoken: 'Readiness of the people on call: everybody who will be called can be reached.',
      link: null,
      isUrgent: false,
    });
  });

  it('names who cannot be reached before what is to be put right', () => {
    const gap = {
      ...finding,
      severity: 'warning',
      kind: 'gap',
      what: 'Nobody is on call for nights.',
    } as const;
    const sheet = sheetOf(finding, { ...gap, from, until });
    expect(sheet.subject).toBe('Readiness: 1 cannot be reached, 1 warning');
    expect(sheet.body.slice(1, 3)).toEqual([
      'Cannot be reached:\n  ann has no way that works.',
      'Warnings:\n  Nobody is on call for nights. From 2026-02-02 09:00 UTC (04:00 in America/Detroit) to 2026-02-16 09:00 UTC (04:00 in America/Detroit).',
    ]);
  });
});
