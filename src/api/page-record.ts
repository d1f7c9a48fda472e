import { FlattenedSign } from 'jose';
import { formatDuration } from '../domain/durations.ts';
import type { Ladder } from '../domain/rules.ts';
import { canonicalJson } from '../persistence/canonical-json.ts';
import type { Page } from '../persistence/pages.ts';
import { RECORD_ALGORITHM, type RecordSigner } from './record-key.ts';
import type { PageView } from './schemas/pages.ts';
import { instantText } from './schemas/values.ts';

/** A JWS as JSON, which names its key where everybody sees it; `application/jose` is the compact one. Source: RFC 7515, 9.2.1. */
export const SIGNED_MEDIA_TYPE = 'application/jose+json';

/** Says what was signed, so that a signature over something else never passes for this. Source: RFC 8725, 3.11. */
const PAGE_RECORD = 'urn:tocsin:page-record:1';

export interface PageRecordSaid {
  readonly view: PageView;
  /** Null before it has begun to ring. */
  readonly page: Page | null;
  readonly exportedAt: number;
  readonly exportedBy: string;
  /** Who says so: how people reach the server. */
  readonly publicUrl: string;
}

/** What is known of a page, to be kept: whom its ladder names, every attempt, who answered. No words of the incident. */
export function pageRecord({ view, page, exportedAt, exportedBy, publicUrl }: PageRecordSaid) {
  const {
    skipped,
    attempts,
    acknowledgedBy,
    acknowledgedAt,
    acknowledgedUntil,
    declinedBy,
    note: _words,
    ...head
  } = view;
  return {
    type: PAGE_RECORD,
    issuer: publicUrl,
    exportedAt: instantText(exportedAt),
    exportedBy,
    page: head,
    ladder: page === null ? null : ladderView(page.ladder),
    skipped,
    attempts,
    acknowledgement:
      acknowledgedBy === null ? null : { by: acknowledgedBy, at: acknowledgedAt, until: acknowledgedUntil },
    declined: declinedBy,
  };
}

/** The record as canonical JSON (RFC 8785), signed: a JWS in the flattened JSON form. Source: RFC 7515, 7.2.2. */
export async function signedRecord(
  record: ReturnType<typeof pageRecord>,
  { privateKey, publicKey }: RecordSigner,
): Promise<string> {
  const signed = await new FlattenedSign(Buffer.from(canonicalJson(record), 'utf8'))
    .setProtectedHeader({ alg: RECORD_ALGORITHM, kid: publicKey.kid, typ: 'JOSE+JSON', cty: 'json' })
    .sign(privateKey);
  return JSON.stringify(signed);
}

function ladderView({ rounds, rungs }: Ladder) {
  return {
    rounds,
    rungs: rungs.map(({ targets, waitMs }) => ({ targets, wait: formatDuration(waitMs) })),
  };
}
