import { type MessageRecord, readMessage, readMessageBytes } from '../../persistence/messages.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { ProblemError } from '../problem.ts';
import { MessageParams, MessageSchema, type MessageView } from '../schemas/messages.ts';
import { instantText } from '../schemas/values.ts';
import { z } from 'zod';
import type { Office } from './deciding.ts';

const RAW_MEDIA_TYPE = 'message/rfc822';

/** Mail that was taken in, and what became of it. Source: IC-1, NM-1. */
export function addMessages({ app, dependencies }: Office): void {
  const { db } = dependencies;
  addCall(app, dependencies, {
    verb: 'message',
    method: 'GET',
    url: '/v1/messages/:sha256',
    tag: 'Messages',
    summary: 'What became of a message that came by mail',
    params: MessageParams,
    answer: { status: 200, schema: MessageSchema, description: 'The message, without its words.' },
    subject: async () => NO_SUBJECT,
    async handle({ params: { sha256 } }) {
      return messageView(found(await readMessage(db, sha256), sha256));
    },
  });
  addCall(app, dependencies, {
    verb: 'message',
    method: 'GET',
    url: '/v1/messages/:sha256/raw',
    tag: 'Messages',
    summary: 'The message, byte for byte',
    description: 'As a stranger sent it. It is offered as a file and never shown.',
    params: MessageParams,
    answer: {
      status: 200,
      schema: z.never(),
      description: 'Its SHA-256 is that of the address.',
      onlyAs: RAW_MEDIA_TYPE,
    },
    subject: async () => NO_SUBJECT,
    async handle({ params: { sha256 }, reply }) {
      const bytes = found(await readMessageBytes(db, sha256), sha256);
      void reply
        .type(RAW_MEDIA_TYPE)
        .header('content-disposition', `attachment; filename="${sha256}.eml"`)
        .header('cache-control', 'no-store');
      return bytes;
    },
  });
}

function found<Found>(message: Found | null, sha256: string): Found {
  if (message !== null) return message;
  throw new ProblemError('not-found', `No message with the SHA-256 ${sha256} was taken in.`);
}

function messageView(message: MessageRecord): MessageView {
  const { sha256, mailbox, size, wholeSize, verdict, incidentId, reportId, messageId, authentication } =
    message;
  return {
    ...{ sha256, mailbox, size, wholeSize, verdict, incidentId, reportId, messageId, authentication },
    receivedAt: instantText(message.receivedAt),
    filedAt: instantText(message.filedAt),
    seen: message.arrivals,
    seenInAll: message.arrivalsInAll,
    first: message.firstSha256,
    recipients: [...(message.recipients ?? [])],
    protection: message.protection,
    automaticAnswer: message.automaticAnswer,
    unparsedReason: message.unparsedReason,
  };
}
