import { addressesIn } from './addresses.ts';
import { decodeWords } from './encoded-words.ts';
import { cut } from './characters.ts';

/** What became of a message for one recipient. Source: RFC 3464, 2.3.3; `expanded` counts as relayed. */
export interface RecipientReport {
  readonly address: string;
  readonly action: DeliveryAction;
  /** `5.1.1`. Source: RFC 3463. */
  readonly status?: string;
  /** The far server's words: foreign, at most some hundred letters. */
  readonly diagnostic?: string;
}

export type DeliveryAction = 'failed' | 'delayed' | 'delivered' | 'relayed';

/** One group of fields; its address may be missing, and is then looked for elsewhere. */
export type RecipientStatus = Omit<RecipientReport, 'address'> & { readonly address: string | null };

const DIAGNOSTIC_LENGTH = 500;

/** The groups per recipient in what a mail server wrote for programs. Source: RFC 3464, 2.3. */
export function recipientStatuses(text: string): readonly RecipientStatus[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((group) => {
    const fields = fieldsOf(group);
    const isRecipients =
      fields.has('final-recipient') || fields.has('original-recipient') || fields.has('action');
    return isRecipients ? [statusOf(fields)] : [];
  });
}

function statusOf(fields: ReadonlyMap<string, string>): RecipientStatus {
  const diagnostic = fields.get('diagnostic-code') ?? '';
  const status = codeIn(fields.get('status') ?? '') ?? codeIn(diagnostic);
  return {
    // The one that we wrote to, before anybody forwarded it, if it is told.
    address:
      addressOf(fields.get('original-recipient')) ??
      addressOf(fields.get('final-recipient')) ??
      addressOf(fields.get('x-actual-recipient')) ??
      null,
    action: actionOf(fields.get('action') ?? '', status),
    ...(status !== null && { status }),
    ...(diagnostic !== '' && { diagnostic: diagnosticOf(diagnostic) }),
  };
}

/** `rfc822; kijitora@example.org`, with or without brackets. */
function addressOf(value: string | undefined): string | undefined {
  return addressesIn(decodeWords((value ?? '').replace(/^[^;]*;/, '')))[0] ?? addressesIn(value ?? '')[0];
}

function actionOf(action: string, status: string | null): DeliveryAction {
  if (/^fail/i.test(action)) return 'failed';
  if (/^delay/i.test(action)) return 'delayed';
  if (/^deliver/i.test(action)) return 'delivered';
  if (/^(?:relay|expand)/i.test(action)) return 'relayed';
  return status?.startsWith('2') === true ? 'delivered' : 'failed';
}

/** The enhanced status code of a failure that stands among words. */
export function failureCodeIn(text: string): string | null {
  return /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/.exec(text)?.[0] ?? null;
}

function codeIn(text: string): string | null {
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/.exec(text)?.[0] ?? null;
}

export function diagnosticOf(text: string): string {
  return cut(text.replaceAll(/\s+/g, ' ').trim(), DIAGNOSTIC_LENGTH);
}

function fieldsOf(group: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of group.split('\n')) {
    const [whole, name] = /^([A-Za-z][A-Za-z-]{1,60})[ \t]*:/.exec(line) ?? [];
    if (name !== undefined && whole !== undefined) {
      last = name.toLowerCase();
      if (!fields.has(last)) fields.set(last, line.slice(whole.length).trim());
    } else if (last !== '' && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    }
  }
  return fields;
}
