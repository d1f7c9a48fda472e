/** Texts of the record by id, as they were stored. One that was destroyed is not among them. */
export type Texts = ReadonlyMap<string, unknown>;

/** One field of a stored text; null where the text is gone or has no such field. */
export function wordOf(texts: Texts, textId: string | null, field: string): string | null {
  const value = fieldsOf(texts, textId)?.[field];
  return typeof value === 'string' ? value : null;
}

/** A stored text as an object; null where it is gone. */
export function fieldsOf(texts: Texts, textId: string | null): Readonly<Record<string, unknown>> | null {
  const body = textId === null ? undefined : texts.get(textId);
  return isFields(body) ? body : null;
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
