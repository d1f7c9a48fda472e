/**
 * Milliseconds to wait, from seconds or a date; null where it says neither, or a moment that is past.
 * Source: RFC 9110, 10.2.3.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Only whole dates: `Date.parse` reads years and versions into much else.
  const at = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return at > nowMs ? at - nowMs : null;
}
