/** A cursor that no list of ours gave out. */
export class MalformedCursor extends Error {
  readonly code = 'malformed-cursor';

  constructor(options?: ErrorOptions) {
    super('The cursor is none of this list: use the nextCursor of its last answer, or none.', options);
    this.name = 'MalformedCursor';
  }
}

/** A place in a list that goes from the newest to the oldest: the last item shown. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

function cursorOf({ at, id }: Place): string {
  return encodeCursor([at, id]);
}

/** @throws {MalformedCursor} */
export function placeOf(cursor: string): Place {
  const [at, id, ...rest] = decodeCursor(cursor);
  if (!isInstant(at) || typeof id !== 'string' || rest.length > 0) throw new MalformedCursor();
  return { at, id };
}

/** Opaque to clients: base64url of a JSON array. */
export function encodeCursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws {MalformedCursor} when it is no array; its parts are for the caller to check. */
export function decodeCursor(cursor: string): readonly unknown[] {
  const parts = parse(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts)) throw new MalformedCursor();
  return parts as readonly unknown[];
}

/** Within what a Date can say. */
function isInstant(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= 8.64e15;
}

/** One more row than asked for was read: whether it came says whether there is a next page. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  place: (item: Item) => Place,
): { readonly items: readonly Item[]; readonly nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorOf(place(last)) : null };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedCursor({ cause });
  }
}
