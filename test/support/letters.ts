import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Envelope, Letter, MailAddress } from '../../src/mail/letter.ts';
import type { Ours } from '../../src/mail/ours.ts';

const SAMPLES = join(import.meta.dirname, '../fixtures/mail');

/** A message as it came, `bounces/lhost-exim-05`. */
export function sample(name: string): Buffer {
  return readFileSync(join(SAMPLES, `${name}.eml`));
}

export function sampleNames(folder: 'bounces' | 'mime'): readonly string[] {
  return readdirSync(join(SAMPLES, folder))
    .filter((file) => file.endsWith('.eml'))
    .map((file) => `${folder}/${file.replace(/[.]eml$/, '')}`);
}

/** Headers, an empty line and a body, with the line ends of mail. */
export function raw(headers: readonly string[], body: string): Buffer {
  return Buffer.from([...headers, '', ...body.split('\n')].join('\r\n'));
}

export const OURS: Ours = {
  addresses: ['ir@csirt.example', 'Security@CSIRT.example'],
  mark: { name: 'X-Tocsin', value: 'installation-1' },
};

interface LetterParts extends Partial<Omit<Letter, 'headers' | 'from' | 'to' | 'cc' | 'sender'>> {
  readonly from?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly sender?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A person's report to us, but for what the test says otherwise. */
export function letter({ from, to, cc, sender, headers = {}, ...parts }: LetterParts = {}): Letter {
  const envelope: Envelope = {
    messageId: '<report@participant.example>',
    inReplyTo: [],
    references: [],
    subject: 'Our keys are out',
    from: person(from ?? 'anna@participant.example'),
    sender: person(sender),
    replyTo: [],
    to: person(to ?? 'ir@csirt.example'),
    cc: person(cc),
    returnPath: 'anna@participant.example',
    dateMs: 0,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    receivedStamps: [],
    defects: [],
  };
  return { ...envelope, text: 'See below.', attachments: [], enclosed: [], bodyDigest: '', ...parts };
}

function person(address: string | undefined): readonly MailAddress[] {
  return address === undefined ? [] : [{ name: '', address }];
}
