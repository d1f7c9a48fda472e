import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ACTION_KEYS, CRITERIA, ROLES, STAGES } from '../../../src/domain/vocabulary.ts';
import { apiOffice, problemOf, tokenOf } from './api-office.ts';

const office = apiOffice();
let incidentId = '';

beforeAll(async () => {
  incidentId = await office.triage();
});

const RUNS = 400;

/** Names and values that mean something somewhere, so that what is made up gets past the first check. */
const NAMES = [
  ...[
    'username',
    'reason',
    'remove',
    'role',
    'kind',
    'text',
    'reportIds',
    'method',
    'at',
    'tlp',
    'unnecessary',
  ],
  ...[
    'unreachable',
    'attempts',
    'isIncident',
    'nature',
    'dependsOnChangeManagement',
    'scopeCriteria',
    'criticality',
  ],
  ...[
    'criteria',
    'summary',
    'description',
    'severityFactors',
    'conference',
    'again',
    'basis',
    'to',
    'into',
    'part',
  ],
  ...[
    'outcome',
    'note',
    'contact',
    'channel',
    'result',
    'participant',
    'action',
    'impact',
    'party',
    'asked',
    'question',
  ],
  ...[
    'answer',
    'determination',
    'corrects',
    'reporter',
    'email',
    'affected',
    'occurredAt',
    'receivedAt',
    'present',
  ],
] as const;
const VALUES: readonly unknown[] = [
  ...ACTION_KEYS,
  ...CRITERIA,
  ...ROLES,
  ...STAGES,
  ...[
    'lead1',
    'responder1',
    'sme1',
    'RED',
    'neglect',
    'normal',
    'phone',
    'csirt-conference',
    'south-executive',
  ],
  ...[
    'verified-request',
    'revoke-credentials',
    'confirmed',
    'INC-2026-0001',
    '2026-02-03T14:00:00.000Z',
    true,
    false,
    1,
  ],
  ...['\0', '\ud800', '__proto__', '', ' ', 'x'.repeat(5000), -1, 1e308, null, [], {}],
];

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(value, fc.dictionary(fc.constantFrom(...NAMES), value)), {
    maxKeys: 8,
  }),
  fc.jsonValue(),
);
const payload = fc.oneof(
  { weight: 6, arbitrary: body.map((made) => JSON.stringify(made)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '1',
      '0',
      '-1',
      'INC-2026-0001',
      'INC-2026-0001-P1',
      'engage-legal',
      '%00',
      '..',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1 }).map(encode) },
);
const person = fc.constantFrom(
  'lead1',
  'sponsor1',
  'legal1',
  'counsel1',
  'ops1',
  'owner1',
  'auditor1',
  undefined,
);
const key = fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined });

function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '?'));
}

function pathOf(url: string, own: string | undefined): string {
  return url
    .replace(':id', own ?? incidentId)
    .replace(':key', own ?? 'engage-legal')
    .replace(':n', own ?? '1')
    .replace(':reportId', own ?? 'x');
}

async function sent(
  method: 'GET' | 'POST',
  url: string,
  {
    as,
    key: idempotencyKey,
    payload: bytes,
  }: { as: string | undefined; key?: string | undefined; payload?: string | Buffer },
): Promise<void> {
  const answer = await office.inject({
    method,
    url,
    headers: {
      ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
      ...(as === undefined ? {} : { authorization: `Bearer ${tokenOf(as)}` }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(bytes === undefined ? {} : { payload: bytes }),
  });
  expect(answer.statusCode, answer.body).toBeLessThan(500);
  if (answer.statusCode >= 400) problemOf(answer);
}

describe('whatever is sent', () => {
  test('to a call that writes is answered or refused with a problem, never with a failure of ours', async () => {
    const posts = office.routes.filter(({ method }) => method === 'POST').map(({ url }) => url);
    const asked = fc.record({ url: fc.constantFrom(...posts), own: segment, as: person, key, payload });
    await fc.assert(
      fc.asyncProperty(asked, async ({ url, own, ...rest }) => sent('POST', pathOf(url, own), rest)),
      { numRuns: RUNS },
    );
  }, 120_000);

  test('to a call that reads is answered or refused with a problem, never with a failure of ours', async () => {
    const gets = office.routes
      .filter(({ method, url }) => method === 'GET' && !url.startsWith('/docs'))
      .map(({ url }) => url);
    const names = [
      'limit',
      'cursor',
      'stage',
      'q',
      'since',
      'token',
      'mine',
      'overdue',
      'state',
      'incidentId',
    ];
    const forged = fc
      .array(
        fc.oneof(
          fc.constantFrom(0, -1, 1e12, -8.64e15, 8.64e15, '\0', '-infinity', 'INC-2026-0001'),
          fc.jsonValue(),
        ),
        { maxLength: 4 },
      )
      .map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
    const query = fc.dictionary(
      fc.oneof(fc.constantFrom(...names), fc.string()),
      fc.oneof(
        forged,
        fc.constantFrom('1', '201', 'true', 'received', 'ringing', 'W10', 'bnVsbA', '\0'),
        fc.string({ unit: 'binary' }),
      ),
      { maxKeys: 3 },
    );
    const asked = fc.record({ url: fc.constantFrom(...gets), own: segment, as: person, query });
    await fc.assert(
      fc.asyncProperty(asked, async ({ url, own, as, query: said }) => {
        const text = Object.entries(said).map(([name, given]) => `${encode(name)}=${encode(given)}`);
        await sent('GET', `${pathOf(url, own)}?${text.join('&')}`, { as });
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  test('as a report with words in it is taken', async () => {
    const report = fc.dictionary(
      fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary' })),
      fc.oneof(value, body),
      { maxKeys: 8 },
    );
    await fc.assert(
      fc.asyncProperty(report, async (said) => {
        const answer = await office.post('/v1/reports', { ...said, summary: 'Something is wrong' });
        expect(answer.statusCode, answer.body).toBe(202);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
