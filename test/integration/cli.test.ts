import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/program.ts';

const PROGRAM = fileURLToPath(new URL('../../tocsin.mjs', import.meta.url));
const INCIDENT = 'INC-2026-0001';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Answers per idempotency key or path, so that tests can run at the same time against one server. */
const answers = new Map<
  string,
  { readonly status: number; readonly type?: string; readonly body: unknown }
>();
const asked: Asked[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await text(request);
  const path = request.url ?? '';
  asked.push({
    method: request.method ?? '',
    path,
    headers: request.headers,
    body: sent === '' ? undefined : JSON.parse(sent),
  });
  const { status, type, body } = answers.get(path) ?? {
    status: 200,
    body: { id: INCIDENT, stage: 'triage' },
  };
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': type ?? 'application/json' });
  response.end(isText ? body : JSON.stringify(body));
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

function tocsin(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...argv],
      { env: { PATH: process.env['PATH'], TOCSIN_URL: url, TOCSIN_TOKEN: 'token-of-responder1', ...env } },
      (error, out, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ code, out, error: stderr });
      },
    );
    child.stdin?.end(input);
  });
}

/** The same program without the half second that a process of its own takes. */
async function inThisProcess(argv: readonly string[]): Promise<Ended> {
  vi.stubEnv('TOCSIN_URL', url);
  vi.stubEnv('TOCSIN_TOKEN', 'token-of-responder1');
  const written = { out: '', error: '' };
  const code = await run(argv, {
    isColored: false,
    stdin: Readable.from([]),
    out: (said) => (written.out += said),
    error: (said) => (written.error += said),
    operator: () => Promise.reject(new Error('no verb of the API asks for it')),
  });
  return { code, ...written };
}

/** Each case has a path of its own, by which its request is found again. */
const COMMANDS: readonly (readonly [command: string, method: string, path: string, body?: unknown])[] = [
  [
    'report --summary s --email a@b.example',
    'POST',
    '/v1/reports',
    { summary: 's', reporter: { email: 'a@b.example' } },
  ],
  [
    'phone --summary s --received-at 2026-11-25T03:10:00Z',
    'POST',
    '/v1/reports/phone',
    { summary: 's', receivedAt: '2026-11-25T03:10:00.000Z' },
  ],
  ['report-status r1 --report-token t1', 'GET', '/v1/reports/r1?token=t1'],
  [
    'report-answer r1 --report-token t1 --text yes',
    'POST',
    '/v1/reports/r1/answer?token=t1',
    { text: 'yes' },
  ],
  ['duties --since 2026-11-25T03:10:00Z', 'GET', '/v1/duties?since=2026-11-25T03%3A10%3A00.000Z'],
  ['list --stage triage --mine --q tokens', 'GET', '/v1/incidents?stage=triage&mine=true&q=tokens'],
  ['show INC-1', 'GET', '/v1/incidents/INC-1'],
  ['timeline INC-1 --limit 5', 'GET', '/v1/incidents/INC-1/timeline?limit=5'],
  ['pages --state ringing --incident INC-1', 'GET', '/v1/pages?state=ringing&incidentId=INC-1'],
  ['show-page p1', 'GET', '/v1/pages/p1'],
  ['ack p1', 'POST', '/v1/pages/p1/acknowledge', {}],
  ['decline p1', 'POST', '/v1/pages/p1/decline', {}],
  ['hand-on p1 ops1 --reason x', 'POST', '/v1/pages/p1/hand-on', { to: 'ops1', reason: 'x' }],
  ['snooze p1 PT30M', 'POST', '/v1/pages/p1/snooze', { for: 'PT30M' }],
  ['restart p1', 'POST', '/v1/pages/p1/restart', {}],
  ['policy', 'GET', '/v1/policy'],
  ['ready', 'GET', '/readyz'],
  ['lead INC-1 lead1 --reason r', 'POST', '/v1/incidents/INC-1/lead', { username: 'lead1', reason: 'r' }],
  ['kind INC-1 inquiry --reason r', 'POST', '/v1/incidents/INC-1/kind', { kind: 'inquiry', reason: 'r' }],
  [
    'reply INC-1 --text t --tlp GREEN --report r1 r2',
    'POST',
    '/v1/incidents/INC-1/reply',
    { text: 't', tlp: 'GREEN', reportIds: ['r1', 'r2'] },
  ],
  [
    'reply INC-2 --unnecessary --reason r',
    'POST',
    '/v1/incidents/INC-2/reply',
    { unnecessary: true, reason: 'r' },
  ],
  ['question INC-1 --text t', 'POST', '/v1/incidents/INC-1/question', { text: 't' }],
  [
    'assess INC-1 --incident yes --change-management yes --scope operations-or-providers --criticality escalation --criterion production-systems --tlp AMBER --summary s --factor exposure=internet publicity=none',
    'POST',
    '/v1/incidents/INC-1/assessment',
    {
      isIncident: true,
      dependsOnChangeManagement: true,
      scopeCriteria: ['operations-or-providers'],
      criticality: 'escalation',
      criteria: ['production-systems'],
      tlp: 'AMBER',
      summary: 's',
      severityFactors: { exposure: 'internet', publicity: 'none' },
    },
  ],
  [
    'reassess INC-1 --incident no --reason r --conference csirt-conference --held-at 2026-11-25T04:00:00Z --present lead1 sponsor1 --again agree-plan',
    'POST',
    '/v1/incidents/INC-1/reassessment',
    {
      isIncident: false,
      reason: 'r',
      conference: {
        channel: 'csirt-conference',
        heldAt: '2026-11-25T04:00:00.000Z',
        present: ['lead1', 'sponsor1'],
      },
      again: ['agree-plan'],
    },
  ],
  [
    'act INC-1 external-help --part lead --set needed=false reason=known',
    'POST',
    '/v1/incidents/INC-1/actions/external-help/complete',
    { part: 'lead', outcome: { needed: false, reason: 'known' } },
  ],
  [
    'correct INC-1 act-on-plan --outcome {"result":"x"} --reason r',
    'POST',
    '/v1/incidents/INC-1/actions/act-on-plan/correct',
    { outcome: { result: 'x' }, reason: 'r' },
  ],
  [
    'waive INC-1 agree-plan --reason r',
    'POST',
    '/v1/incidents/INC-1/actions/agree-plan/waive',
    { reason: 'r' },
  ],
  [
    'designate INC-1 agree-plan sme1',
    'POST',
    '/v1/incidents/INC-1/actions/agree-plan/designate',
    { username: 'sme1' },
  ],
  [
    'verify-request INC-1 confirmed --contact registrar --channel phone',
    'POST',
    '/v1/incidents/INC-1/request-verification',
    { result: 'confirmed', contact: 'registrar', channel: 'phone' },
  ],
  [
    'suspend INC-1 --participant uni --action remove-metadata --basis unacceptable-risk --reason r --impact i',
    'POST',
    '/v1/incidents/INC-1/suspensions',
    { participant: 'uni', action: 'remove-metadata', basis: 'unacceptable-risk', reason: 'r', impact: 'i' },
  ],
  ['suspend done INC-1 2 --note n', 'POST', '/v1/incidents/INC-1/suspensions/2/done', { note: 'n' }],
  ['suspend lift INC-1 2', 'POST', '/v1/incidents/INC-1/suspensions/2/lift', {}],
  ['suspend lifted INC-1 2', 'POST', '/v1/incidents/INC-1/suspensions/2/lifted', {}],
  [
    'contact INC-1 --party uni --method phone --at 2026-11-25T03:10:00Z --result none',
    'POST',
    '/v1/incidents/INC-1/contact-attempts',
    { party: 'uni', method: 'phone', at: '2026-11-25T03:10:00.000Z', result: 'none' },
  ],
  [
    'consult INC-1 sme1 --question q',
    'POST',
    '/v1/incidents/INC-1/consultations',
    { asked: 'sme1', question: 'q' },
  ],
  ['answer INC-1 1 --answer a', 'POST', '/v1/incidents/INC-1/consultations/1/answer', { answer: 'a' }],
  ['team INC-1 sme1 sme', 'POST', '/v1/incidents/INC-1/team', { username: 'sme1', role: 'sme' }],
  [
    'team INC-2 --remove sme1 --reason r',
    'POST',
    '/v1/incidents/INC-2/team',
    { remove: 'sme1', reason: 'r' },
  ],
  ['page INC-1 ops1 --note n', 'POST', '/v1/incidents/INC-1/pages', { to: 'ops1', note: 'n' }],
  [
    'hand-off INC-1 --basis normal --to Operations --reason r',
    'POST',
    '/v1/incidents/INC-1/hand-off',
    { basis: 'normal', to: 'Operations', reason: 'r' },
  ],
  ['dismiss INC-1 --reason r', 'POST', '/v1/incidents/INC-1/dismiss', { reason: 'r' }],
  ['merge INC-1 INC-2 --reason r', 'POST', '/v1/incidents/INC-1/merge', { into: 'INC-2', reason: 'r' }],
  [
    'reopen INC-1 --reason r --again agree-plan',
    'POST',
    '/v1/incidents/INC-1/reopen',
    { reason: 'r', again: ['agree-plan'] },
  ],
  ['close INC-1 --determination d', 'POST', '/v1/incidents/INC-1/close', { determination: 'd' }],
  [
    'note INC-1 patched --kind component-resolved --method chat --corrects 4',
    'POST',
    '/v1/incidents/INC-1/timeline',
    { text: 'patched', kind: 'component-resolved', method: 'chat', corrects: 4 },
  ],
];

describe('every verb is one call of the API', () => {
  it.each(COMMANDS.map(([command, ...call]) => ({ command, call })))(
    '$command',
    async ({ command, call }) => {
      const [method, path, body] = call;
      expect(await inThisProcess(command.split(' '))).toMatchObject({ code: 0, error: '' });
      const request = asked.find((candidate) => candidate.method === method && candidate.path === path);
      expect(request?.body).toEqual(body);
      expect(request?.headers.authorization).toBe('Bearer token-of-responder1');
      expect(request?.headers['idempotency-key'] !== undefined).toBe(method === 'POST');
    },
  );
});

describe('the answer', () => {
  it('is readable, and free of colours where nobody looks at a terminal', async () => {
    answers.set('/v1/incidents/INC-readable', {
      status: 200,
      body: { id: INCIDENT, stage: 'triage', tlp: 'AMBER', lead: 'lead1', version: 3 },
    });
    const { out } = await tocsin(['show', 'INC-readable'], { FORCE_COLOR: '' });
    expect(out).toBe('INC-2026-0001  triage  TLP:AMBER  lead lead1  version 3\n');
  });

  it('is the server’s own with --json, before or after the verb', async () => {
    const body = '{"id":"INC-2026-0001","a":{"b":[1,2]}}';
    answers.set('/v1/incidents/INC-json', { status: 200, body });
    const [before, after] = await Promise.all([
      tocsin(['--json', 'show', 'INC-json']),
      tocsin(['show', 'INC-json', '--json']),
    ]);
    expect([before.out, after.out]).toEqual([`${body}\n`, `${body}\n`]);
  });

  it('of timeline --markdown is the document as it is', async () => {
    answers.set('/v1/incidents/INC-document/timeline', {
      status: 200,
      type: 'text/markdown; charset=utf-8',
      body: '# INC-2026-0001: s\n',
    });
    expect((await tocsin(['timeline', 'INC-document', '--markdown'])).out).toBe('# INC-2026-0001: s\n');
    const request = asked.find(({ path }) => path === '/v1/incidents/INC-document/timeline');
    expect(request?.headers.accept).toBe('text/markdown');
  });
});

describe('the body', () => {
  it('can come from standard input, and what was typed goes over it', async () => {
    const input = JSON.stringify({ determination: 'from the file', unknown: 1 });
    await tocsin(['close', 'INC-stdin', '--file', '-', '--determination', 'typed'], {}, input);
    const request = asked.find(({ path }) => path === '/v1/incidents/INC-stdin/close');
    expect(request?.body).toEqual({ determination: 'typed', unknown: 1 });
  });

  it('is sent under the key of an earlier attempt with --key, else under one of its own', async () => {
    await Promise.all([
      tocsin(['dismiss', 'INC-key', '--reason', 'r', '--key', 'again-1']),
      tocsin(['dismiss', 'INC-own-key', '--reason', 'r']),
    ]);
    const keyOf = (id: string) =>
      asked.find(({ path }) => path === `/v1/incidents/${id}/dismiss`)?.headers['idempotency-key'];
    expect(keyOf('INC-key')).toBe('again-1');
    expect(keyOf('INC-own-key')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('of a report needs nobody to be signed in', async () => {
    await tocsin(['report', '--summary', 'anonymous'], { TOCSIN_TOKEN: '' });
    const request = asked.find(({ body }) => JSON.stringify(body) === '{"summary":"anonymous"}');
    expect(request?.headers.authorization).toBeUndefined();
  });
});

function problem(status: number, code: string, detail: string, errors?: unknown) {
  const body = { type: `urn:tocsin:problem:${code}`, title: 'T', status, detail, errors };
  return { status, type: 'application/problem+json', body };
}

describe('a refusal', () => {
  it('is one sentence on standard error, with the places that are to blame', async () => {
    answers.set(
      '/v1/incidents/INC-invalid/assessment',
      problem(422, 'criteria-missing', 'An Escalation meets at least one criterion; none was given.', [
        { pointer: '/criteria', detail: 'Expected at least one.' },
      ]),
    );
    expect(await tocsin(['assess', 'INC-invalid', '--incident', 'yes'])).toEqual({
      code: 3,
      out: '',
      error:
        'tocsin: An Escalation meets at least one criterion; none was given.\n  /criteria: Expected at least one.\n',
    });
  });

  it.each([
    [400, 3],
    [401, 4],
    [403, 4],
    [404, 3],
    [409, 3],
    [413, 3],
    [422, 3],
    [429, 3],
    [500, 1],
    [503, 5],
  ])('with status %i ends with code %i', async (status, code) => {
    answers.set(`/v1/incidents/INC-${status}`, problem(status, 'x', 'Because.'));
    const ended = await inThisProcess(['show', `INC-${status}`]);
    expect(ended.code).toBe(code);
    expect(ended.error).toMatch(/^tocsin: Because\.\n/);
  });

  it('for want of a token says that none is set', async () => {
    answers.set('/v1/incidents/INC-unsigned', problem(401, 'not-signed-in', 'You are not signed in.'));
    const { error } = await tocsin(['show', 'INC-unsigned'], { TOCSIN_TOKEN: '' });
    expect(error).toBe('tocsin: You are not signed in.\n  TOCSIN_TOKEN is not set.\n');
  });

  it('that explains nothing is still told', async () => {
    answers.set('/v1/incidents/INC-proxy', { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' });
    expect(await tocsin(['show', 'INC-proxy'])).toEqual({
      code: 5,
      out: '',
      error: 'tocsin: The server answered 502 without saying why.\n',
    });
  });
});

describe('an unknown outcome', () => {
  it('says with which key the same command finds out', async () => {
    answers.set('/v1/incidents/INC-away/close', problem(503, 'unavailable', 'The process is away.'));
    const { code, error } = await tocsin(['close', 'INC-away', '--determination', 'd']);
    expect(code).toBe(5);
    const key = asked.find(({ path }) => path === '/v1/incidents/INC-away/close')?.headers['idempotency-key'];
    expect(error).toContain(`--key ${String(key)} finds out`);
  });

  it('is also that of a server that cannot be reached', async () => {
    const closed = createServer();
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const { code, error } = await tocsin(['ack', 'p1'], { TOCSIN_URL: `http://127.0.0.1:${port}` });
    expect(code).toBe(5);
    expect(error).toMatch(
      /^tocsin: No answer from http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\.\n {2}Whether it was done/,
    );
  });

  it('of a question is nothing to worry about', async () => {
    answers.set('/v1/incidents/INC-reading', problem(503, 'unavailable', 'The record is away.'));
    expect((await tocsin(['show', 'INC-reading'])).error).toBe('tocsin: The record is away.\n');
  });
});

describe('a mistake on the command line', () => {
  it.each([
    ['an unknown verb', ['explode']],
    ['an unknown option', ['list', '--colour']],
    ['a missing argument', ['show']],
    ['an argument too many', ['show', 'INC-usage', 'INC-2']],
    ['an option without its value', ['dismiss', 'INC-usage', '--reason']],
    ['a body that is no JSON', ['close', 'INC-usage', '--file', '-']],
    ['a file that is not there', ['close', 'INC-usage', '--file', '/nowhere.json']],
    ['an instant without a zone', ['note', 'INC-usage', 'x', '--at', '2026-11-25T03:10:00']],
    ['no verb at all', []],
  ])('%s ends with code 2, and nothing is sent', async (_what, argv) => {
    const ended = await inThisProcess(argv);
    expect(ended.code).toBe(2);
    expect(ended.error).not.toBe('');
    expect(asked.some(({ path }) => path.includes('INC-usage'))).toBe(false);
  });

  it('an environment that cannot be used ends with code 2 too', async () => {
    const { code, error } = await tocsin(['list'], { TOCSIN_URL: 'not a url' });
    expect({ code, names: error.includes('TOCSIN_URL') }).toEqual({ code: 2, names: true });
  });
});

describe('the operator’s verbs', () => {
  it('without a database to work on end with code 2 and say what to set', async () => {
    const { code, error } = await tocsin(['verify']);
    expect({ code, names: error.includes('DATABASE_URL') }).toEqual({ code: 2, names: true });
  });

  it('end with code 5 where the database cannot be reached', async () => {
    const { code } = await tocsin(['verify'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      SMTP_URL: 'smtp://127.0.0.1:1',
    });
    expect(code).toBe(5);
  });
});

describe('the help', () => {
  it('lists every exit code and the environment, and ends with 0', async () => {
    const { code, out } = await tocsin(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('TOCSIN_TOKEN');
    expect(out.match(/^ {2}\d {2}\S/gm)).toHaveLength(8);
  });
});

describe('participants-import', () => {
  it('reads SAML metadata where it is, and gives the server the list alone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-cli-'));
    const file = join(directory, 'metadata.xml');
    await writeFile(
      file,
      `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example.org">
        <ContactPerson contactType="technical">
          <EmailAddress>mailto:ops@example.org</EmailAddress><EmailAddress>nobody</EmailAddress>
        </ContactPerson>
      </EntityDescriptor>`,
    );
    const changes = { isDryRun: true, added: ['https://sp.example.org'], changed: [], removed: [] };
    answers.set('/v1/participants/import', { status: 200, body: changes });
    const { code, out, error } = await inThisProcess(['participants-import', file, '--dry-run']);
    expect([code, error]).toEqual([0, 'passed over, no mail address: nobody of https://sp.example.org\n']);
    expect(out).toContain('https://sp.example.org');
    expect(asked.find(({ path }) => path === '/v1/participants/import')?.body).toEqual({
      source: 'saml',
      dryRun: true,
      participants: [
        {
          id: 'https://sp.example.org',
          name: 'https://sp.example.org',
          contacts: [{ kind: 'technical', name: null, address: 'ops@example.org' }],
        },
      ],
    });
    await writeFile(join(directory, 'list.csv'), 'id,name\n');
    const refused = await inThisProcess(['participants-import', join(directory, 'list.csv')]);
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('there is no kind') });
    expect(await inThisProcess(['participants-import', join(directory, 'none.xml')])).toMatchObject({
      code: 2,
    });
  });
});
