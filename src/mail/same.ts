import { createHash } from 'node:crypto';

import { bodyOf } from './body.ts';
import { isUnreadable, type Letter, type Unreadable } from './letter.ts';

/**
 * A digest of what the sender wrote: who, when, about what, which words and which files. It is the same for two copies that
 * came by different routes, whatever relays stamped on them or however they encoded them, and another one for other words
 * under a Message-ID that was seen before. The Message-ID does not count: relays give one to what has none.
 *
 * Of an unreadable message only its headers and bytes are known, so that two copies may differ.
 */
export function contentDigest(message: Letter | Unreadable, bytes: Uint8Array): string {
  const { from, subject, dateMs } = message;
  const head = [
    from.map(({ address }) => address.toLowerCase()),
    subject.replaceAll(/\s+/g, ' ').trim(),
    dateMs,
  ];
  const body = isUnreadable(message)
    ? ['unreadable', hex(bodyOf(bytes))]
    : ['letter', message.bodyDigest, message.attachments.map(({ sha256 }) => sha256)];
  return hex(JSON.stringify([...head, ...body]));
}

function hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
