import { createNtfyPager } from '../../../src/adapters/pager-ntfy.ts';
import { createEgress } from '../../../src/egress.ts';
import { type HttpRequest, objectIn, type Read, startHttpVendor } from './http-vendor.ts';
import { PATIENCE_MS, type Vendor, WAIT_SECONDS } from './vendor.ts';

const TOKEN = 'tk_never_to_be_seen';

/** Answers as an ntfy server does to a publication in JSON. */
export async function startNtfy(): Promise<Vendor> {
  let count = 0;
  const server = await startHttpVendor({
    read: (request) => {
      count += 1;
      return readPublication(request, `msg${String(count).padStart(9, '0')}`);
    },
    refusal: { status: 403, body: { code: 40301, http: 403, error: 'forbidden' } },
    busy: {
      status: 429,
      headers: { 'retry-after': String(WAIT_SECONDS) },
      body: { code: 42901, http: 429, error: 'limit reached: too many requests' },
    },
  });
  return {
    ...server,
    pager: createNtfyPager({
      egress: createEgress({ allowHosts: [], timeoutMs: PATIENCE_MS }),
      baseUrl: server.url,
      token: TOKEN,
    }),
    secrets: [TOKEN],
  };
}

const FIELDS = new Set(['topic', 'title', 'message', 'priority', 'sequence_id', 'tags', 'click', 'actions']);

function readPublication({ method, path, headers, body }: HttpRequest, id: string): Read {
  if (method !== 'POST' || path !== '/') return 'not a publication in JSON';
  if (headers.authorization !== `Bearer ${TOKEN}`) return 'not our token';
  const given = objectIn(body);
  if (given === undefined || Buffer.byteLength(body) > 8192) return 'not JSON, or too much of it';
  const strange = Object.keys(given).filter((name) => !FIELDS.has(name));
  if (strange.length > 0) return `fields ${strange.join(' ')}`;
  const { topic, title, message, sequence_id: sequenceId, click } = given;
  if (!/^[-_A-Za-z0-9]{1,64}$/.test(String(topic)) || !/^[-_A-Za-z0-9]{1,64}$/.test(String(sequenceId))) {
    return 'not a topic, or not a sequence';
  }
  return {
    arrival: {
      id: String(sequenceId),
      to: String(topic),
      words: [title, message, click].join('\n'),
    },
    reply: { status: 200, body: { id, time: 1_735_689_600, event: 'message', topic } },
  };
}
