export type YamlMap = Readonly<Record<string, unknown>>;

/** Maps are merged; so are lists whose entries have a key or a username, entry by entry; anything else is replaced. */
export function merge(base: YamlMap, over: YamlMap): YamlMap;
export function merge(base: unknown, over: unknown): unknown;
export function merge(base: unknown, over: unknown): unknown {
  if (isMap(base) && isMap(over)) {
    const merged = Object.entries(over).map(([name, value]) => [
      name,
      Object.hasOwn(base, name) ? merge(base[name], value) : value,
    ]);
    return { ...base, ...Object.fromEntries(merged) };
  }
  if (isKeyedList(base) && isKeyedList(over)) return mergeEntries(base, over);
  return over;
}

/** An entry that names a key for the second time is kept beside the first, so that the check for twins finds it. */
function mergeEntries(base: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  const added = [...over];
  const merged = base.map((entry) => {
    const found = added.findIndex((one) => isKeyed(one) && keyOf(one) === keyOf(entry));
    return found === -1 ? entry : merge(entry, added.splice(found, 1)[0]);
  });
  return [...merged, ...added];
}

export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isKeyedList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some(isKeyed);
}

export function isKeyed(entry: unknown): boolean {
  return keyOf(entry) !== undefined;
}

export function keyOf(entry: unknown): unknown {
  return isMap(entry) ? (entry['key'] ?? entry['username']) : undefined;
}
