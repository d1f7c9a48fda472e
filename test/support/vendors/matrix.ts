import { createMatrixPager } from '../../../src/adapters/pager-matrix.ts';
import { createEgress } from '../../../src/egress.ts';
import { type HttpReply, type HttpRequest, objectIn, type Read, startHttpVendor } from './http-vendor.ts';
import { PATIENCE_MS, type Vendor, WAIT_SECONDS } from './vendor.ts';

const TOKEN = 'syt_never_to_be_seen';
const US = '@tocsin:stand.example';

/** A homeserver as far as direct messages need one. */
export interface MatrixVendor extends Vendor {
  /** Room → membership of the person it was made for. */
  readonly rooms: Map<string, { readonly person: string; membership: string }>;
  readonly direct: Map<string, readonly string[]>;
}

export async function startMatrix(): Promise<MatrixVendor> {
  const rooms: MatrixVendor['rooms'] = new Map();
  const direct: MatrixVendor['direct'] = new Map();
  const events = new Map<string, string>();

  const routes: readonly (readonly [string, RegExp, (found: readonly string[], body: string) => Read])[] = [
    [
      'GET',
      /^user\/([^/]+)\/account_data\/m\.direct$/,
      ([user]) => {
        if (user !== US) return 'not our account data';
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
        if (there === undefined || content?.['msgtype'] !== 'm.text') return 'not a text to a room';
        const event = events.get(id) ?? `$event${events.size + 1}`;
        events.set(id, event);
        return {
          arrival: { id, to: there.person, words: String(content['body']) },
          reply: { status: 200, body: { event_id: event } },
        };
      },
    ],
  ];

  const read = ({ method, path, headers, body }: HttpRequest): Read => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return 'not our token';
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
  return {
    ...server,
    rooms,
    direct,
    pager: createMatrixPager({
      egress: createEgress({ allowHosts: [] }),
      baseUrl: server.url,
      token: TOKEN,
      user: US,
      timeoutMs: PATIENCE_MS,
    }),
    secrets: [TOKEN],
  };
}

const NOT_FOUND: HttpReply = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'Not found' } };
const FORBIDDEN: HttpReply = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'Not allowed' } };
