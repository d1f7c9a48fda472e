import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Version {
  readonly text: string;
  /** Epoch milliseconds. */
  readonly changedAt: number;
  readonly now: number;
}

/**
 * The text, or an empty 304 where whoever asks has it already. Source: RFC 9110, 8.8 and 13.
 *
 * Seconds are all that `Last-Modified` tells: within the one in which something changed more may change, and it is left out.
 */
export function answerIfChanged(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { text, changedAt, now }: Version,
): string {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const modified = Math.floor(changedAt / 1000) * 1000;
  void reply.header('ETag', tag);
  if (now >= modified + 1000) void reply.header('Last-Modified', new Date(modified).toUTCString());
  if (!isKnown(request, { tag, modified })) return text;
  void reply.status(304);
  return '';
}

/** A tag that is sent decides alone. */
function isKnown(
  { headers }: FastifyRequest,
  { tag, modified }: { readonly tag: string; readonly modified: number },
): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((one) => ['*', tag].includes(one.trim().replace(/^W\//, '')));
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return modified <= since;
}
