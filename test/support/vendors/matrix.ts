import { createMatrixPager, createMatrixReply } from '../../../src/adapters/pager-matrix.ts';
import { createEgress } from '../../../src/egress.ts';
import { type HttpReply, type HttpRequest, objectIn, type Read, startHttpVendor } from './http-vendor.ts';
import { PATIENCE_MS, type Vendor, WAIT_SECONDS } from './vendor.ts';

export const MATRIX_TOKEN = 'syt_never_to_be_seen';
export const MATRIX_USER = '@tocsin:stand.example';

/** A homeserver as far as direct messages need one. */
export interface MatrixVendor extends Vendor {
  /** Room → membership of the person it was made for. */
  readonly rooms: Map<string, { readonly person: string; membership: string }>;
  readonly direct: Map<string, readonly string[]>;
  readonly url: string;
  /** What was said back in rooms, each once. */
  readonly notices: readonly MatrixNotice[];
  readonly reply: ReturnType<typeof createMatrixReply>;
}

export interface MatrixNotice {
  readonly room: string;
  readonly text: string;
  /** The event that it answers. */
  readonly to: string;
}

export async function startMatrix(): Promise<MatrixVendor> {
  const rooms: MatrixVendor['rooms'] = new Map();
  const direct: MatrixVendor['direct'] = new Map();
  const events = new Map<string, string>();
  const notices: MatrixNotice[] = [];

  const routes: readonly (readonly [string, RegExp, (found: readonly string[], body: string) => Read])[] = [
    [
      'GET',
      /^user\/([^/]+)\/account_data\/m\.direct$/,
      ([user]) => {
        if (user !== MATRIX_USER) return 'not our account data';
        return { reply: direct.size === 0 ? NOT_FOUND : { status: 200, body: Object.fromEntries(direct) } };
      },
    ],
    [
      'PUT',
      /^user\/([^/]+)\/account_data\/m\.direct$/,
      (_found, body) => {
        for (const [person, list] of Object.entries(objectIn(body) ?? {})) {
          direct.set(person, list as readonly string[]);
        }
        return { reply: { status: 200, body: {} } };
      },
    ],
    [
      'POST',
      /^createRoom$/,
      (_found, body) => {
        const { invite, is_direct: isDirect } = objectIn(body) ?? {};
        const [person, ...others] = invite as readonly string[];
        if (person === undefined || others.length > 0 || isDirect !== true) return 'not a room for two';
        const room = `!room${rooms.size + 1}:stand.example`;
        rooms.set(room, { person, membership: 'invite' });
        return { reply: { status: 200, body: { room_id: room } } };
      },
    ],
    [
      'GET',
      /^rooms\/([^/]+)\/state\/m\.room\.member\/([^/]+)$/,
      ([room = '', person]) => {
        const there = rooms.get(room);
        if (there === undefined) return { reply: FORBIDDEN };
        if (there.person !== person) return 'not whose room it is';
        return { reply: { status: 200, body: { membership: there.membership } } };
      },
    ],
    [
      'PUT',
      /^rooms\/([^/]+)\/send\/m\.room\.message\/([^/]+)$/,
      ([room = '', id = ''], body) => {
        const there = rooms.get(room);
        const content = objectIn(body);
        if (there === undefined) return 'not a room';
        const isNotice = content?.['msgtype'] === 'm.notice';
        if (!isNotice && content?.['msgtype'] !== 'm.text') return 'not a text to a room';
        const event = events.get(id) ?? `$event${events.size + 1}`;
        const words = String(content['body']);
        const relation = content['m.relates_to'] as { 'm.in_reply_to': { event_id: string } } | undefined;
        const to = relation?.['m.in_reply_to'].event_id ?? '';
        const isNews = !events.has(id);
        return {
          arrival: { id, to: there.person, words },
          take: () => {
            events.set(id, event);
            if (isNotice && isNews) notices.push({ room, text: words, to });
          },
          reply: { status: 200, body: { event_id: event } },
        };
      },
    ],
  ];

  const read = ({ method, path, headers, body }: HttpRequest): Read => {
    if (headers.authorization !== `Bearer ${MATRIX_TOKEN}`) return 'not our token';
    const [, rest] = /^\/_matrix\/client\/v3\/(.*)$/.exec(path) ?? [];
    for (const [routeMethod, pattern, answer] of routes) {
      const found = routeMethod === method ? pattern.exec(rest ?? '') : null;
      if (found !== null) return answer(found.slice(1).map(decodeURIComponent), body);
    }
    return 'no such route';
  };
  const server = await startHttpVendor({
    read,
    refusal: FORBIDDEN,
    busy: { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: WAIT_SECONDS * 1000 } },
  });
  const options = {
    egress: createEgress({ allowHosts: [] }),
    baseUrl: server.url,
    token: MATRIX_TOKEN,
    user: MATRIX_USER,
    timeoutMs: PATIENCE_MS,
  };
  return {
    ...server,
    rooms,
    direct,
    notices,
    pager: createMatrixPager(options),
    reply: createMatrixReply(options),
    secrets: [MATRIX_TOKEN],
  };
}

const NOT_FOUND: HttpReply = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'Not found' } };
const FORBIDDEN: HttpReply = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'Not allowed' } };
