/**
 * JSON with the members of every object in one order, so that equal values have equal bytes whatever way they took
 * (jsonb keeps an order of its own). What `JSON.stringify` leaves out (undefined members) is left out here.
 * Source: RFC 8785, whose number and string forms are those of JavaScript.
 *
 * @throws {TypeError} for what JSON has no word for: a non-finite number, a function, undefined itself.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`JSON has no number ${value}`);
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
  return text;
}

function canonicalObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // By UTF-16 code units, as the RFC asks: `localeCompare` would differ between machines.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
