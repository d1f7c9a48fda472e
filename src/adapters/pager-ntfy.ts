import { createHash } from 'node:crypto';
import { contentToPage, type PagerMessage } from '../domain/contact.ts';
import { oneLine, plain } from '../domain/text-layout.ts';
import type { Egress, EgressAnswer } from '../egress.ts';
import { later, type Pager, type PagerAnswer, refused } from '../ports.ts';

export interface NtfyOptions {
  readonly egress: Egress;
  /** The operator's ntfy server, without a slash at the end. Null: people give whole URLs of topics. */
  readonly baseUrl: string | null;
  /** Shown to the operator's server and to no other. */
  readonly token: string | null;
}

/**
 * Pages by push to an ntfy topic: its name on the operator's server, or its URL on another, which is guarded.
 * Source: ntfy's documentation, publish as JSON.
 *
 * A second try has the same sequence id, by which servers from 2.16 on let it replace the first. Older ones do not know
 * the field, and show both.
 */
export function createNtfyPager({ egress, baseUrl, token }: NtfyOptions): Pager {
  return {
    send: async (cleared) => {
      const message = contentToPage(cleared);
      const topic = topicOf(message.to, baseUrl);
      if (topic === null) return refused('invalid');
      const answer = await egress.request({
        method: 'POST',
        url: `${topic.server}/`,
        headers: {
          'content-type': 'application/json',
          ...(topic.isOwn && token !== null && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(notificationOf(message, topic.name)),
        guard: topic.isOwn ? 'own' : 'given',
      });
      return judge(answer, topic);
    },
  };
}

interface Topic {
  /** Without a slash at the end. */
  readonly server: string;
  readonly name: string;
  readonly isOwn: boolean;
}

function topicOf(to: string, baseUrl: string | null): Topic | null {
  if (TOPIC.test(to)) return baseUrl === null ? null : { server: baseUrl, name: to, isOwn: true };
  const [, server = '', name = ''] = /^(https?:\/\/[^?#\s]+)\/([^/?#\s]+)$/.exec(to) ?? [];
  return TOPIC.test(name) ? { server, name, isOwn: false } : null;
}

/** Source: ntfy's server. */
const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;

function notificationOf(message: PagerMessage, topic: string) {
  const { id, subject, text, link, isUrgent } = message;
  return {
    topic,
    title: oneLine(subject),
    message: beginning(plain(text)),
    priority: isUrgent ? 5 : 3,
    sequence_id: createHash('sha256').update(id).digest('base64url'),
    ...(isUrgent && { tags: ['rotating_light'] }),
    ...(link !== null && { click: link, actions: [{ action: 'view', label: 'Open', url: link }] }),
  };
}

/**
 * A longer message would become an attachment, which no phone shows. ntfy takes 4096 bytes, and 8192 of JSON, in which a
 * quotation mark takes two.
 */
const MESSAGE_BYTES_MAX = 3_500;

function beginning(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MESSAGE_BYTES_MAX) return text;
  // A character that was cut in two becomes a mark, which goes too.
  return `${bytes
    .subarray(0, MESSAGE_BYTES_MAX)
    .toString('utf8')
    .replace(/\u{FFFD}$/u, '')}…`;
}

function judge(answer: EgressAnswer, { isOwn }: Topic): PagerAnswer {
  switch (answer.outcome) {
    case 'failed':
      return later(answer.code);
    case 'forbidden':
      return isOwn ? later(answer.code) : refused('forbidden-target');
    case 'answered': {
      const { id, code } = fieldsOf(answer.body);
      const { status, retryAfterMs } = answer;
      if (status >= 200 && status < 300) return { outcome: 'accepted', id, code: String(status) };
      const said = code ?? String(status);
      return isPassing(status, isOwn) ? later(said, retryAfterMs) : refused(said);
    }
  }
}

/** A token that the operator's server does not know is for the operator to mend; a topic that is somebody else's is not. */
function isPassing(status: number, isOwn: boolean): boolean {
  return status >= 500 || [408, 425, 429].includes(status) || (isOwn && status === 401);
}

function fieldsOf(body: string): { readonly id: string | null; readonly code: string | null } {
  try {
    const { id, code } = JSON.parse(body) as { readonly id?: unknown; readonly code?: unknown };
    return {
      id: typeof id === 'string' && /^\w{1,64}$/.test(id) ? id : null,
      code: typeof code === 'number' ? String(code) : null,
    };
  } catch {
    return { id: null, code: null };
  }
}
