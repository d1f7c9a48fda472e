import { randomBytes } from 'node:crypto';

import { createTransport } from 'nodemailer';
import { expect } from 'vitest';

import type { NoticeView } from '../../src/api/schemas/notices.ts';
import type { ReportAcceptedView } from '../../src/api/schemas/reports.ts';
import type { Tlp } from '../../src/domain/tlp.ts';
import type { Answer, Stand } from '../support/stand.ts';
import { assessment, bodyOf, type Handling, pathOf } from './handling.ts';

/** Where somebody writes words of an incident. */
export const FIELDS = [
  ...['report', 'reporter', 'mail', 'assessment', 'reason', 'note', 'attempt', 'question', 'answer'],
  ...['reply', 'consultation', 'page-note', 'suspension', 'notice', 'chat'],
] as const;
export type Field = (typeof FIELDS)[number];

/** The markers of one run: each label has one in each field, and nothing else in the world is written like them. */
export class Markers {
  readonly #stem = `marker-${randomBytes(5).toString('hex')}`;
  readonly #planted = new Map<string, { readonly label: Tlp; readonly field: Field }>();

  of(label: Tlp, field: Field): string {
    const marker = `${this.#stem}-${label.toLowerCase().replace('+', '-')}.${field}.`;
    this.#planted.set(marker, { label, field });
    return marker;
  }

  planted(): readonly string[] {
    return [...this.#planted.keys()];
  }

  /** What a marker is: `RED reply`. */
  named(marker: string): string {
    const { label, field } = this.#planted.get(marker) ?? {};
    return `${label} ${field}`;
  }
}

/** Participants: one is told as one of the community, the other as a party that must act. */
export const COMMUNITY = 'security@community.example';
export const PARTY = 'security@party.example';

export const reporterOf = (label: Tlp): string => `reporter-${slug(label)}@far.example`;
export const writerOf = (label: Tlp): string => `writer-${slug(label)}@far.example`;
const slug = (label: Tlp): string => label.toLowerCase().replace('+', '-');

/** Of one label, and full of words of that label. */
export interface PlantedIncident {
  readonly label: Tlp;
  readonly id: string;
  readonly report: ReportAcceptedView;
}

export interface Planting {
  readonly desk: Handling;
  readonly stand: Stand;
  readonly markers: Markers;
  /** What came back from steps that were refused. */
  readonly refusals: Answer[];
  /** Certificates that must be there before words leave: of the reporter of RED. */
  readonly certificates: readonly { readonly address: string; readonly armored: string }[];
  /** Somebody of ours says something in the incident's chat. */
  readonly chat: (incidentId: string, text: string) => Promise<void>;
}

/** An incident whose every field is written in, as far as its label lets it: what is refused is refused, and kept. */
export async function plant(planting: Planting, label: Tlp): Promise<PlantedIncident> {
  const { desk, markers, refusals } = planting;
  const say = (field: Field) => `It is said: ${markers.of(label, field)} – “and” nothing more.`;
  const report = await desk.report({
    ...{ summary: say('report'), description: say('report'), affected: [say('report')], tlp: label },
    reporter: { name: say('reporter'), organization: say('reporter'), email: reporterOf(label) },
    somethingElse: say('report'),
  });
  const id = report.incidentId;
  const step = (as: string, path: string, body: object) => desk.step(as, id, path, body);
  /** A step that the label may forbid. */
  const tried = async (as: string, path: string, body: object): Promise<boolean> => {
    const answer = await desk.ask(as, id, path, body);
    if (answer.status !== 200) refusals.push(answer);
    return answer.status === 200;
  };

  await step('responder1', 'lead', { username: 'lead1' });
  const assessed = { tlp: label, summary: say('assessment') };
  await step('lead1', 'assessment', assessment(assessed));
  await tried('lead1', 'label', { tlp: label, reason: say('reason') });
  await tried('ops1', 'close', { determination: say('reason') });
  await tried('responder1', 'reply', { text: [say('reply')], tlp: label });
  await step('lead1', 'timeline', { text: say('note'), method: say('note'), tlp: label });
  // What is stricter than its incident is so wherever the incident goes.
  if (label === 'GREEN') await step('lead1', 'timeline', { text: markers.of('RED', 'note'), tlp: 'RED' });
  await step('responder1', 'contact-attempts', {
    ...{ party: say('attempt'), method: 'phone', result: say('attempt') },
    at: new Date(Date.now() - 60_000).toISOString(),
  });
  await step('lead1', 'consultations', { asked: 'sme1', question: say('consultation') });
  bodyOf(await desk.ask('sme1', id, 'consultations/1/answer', { answer: say('consultation') }), 200);
  await step('lead1', 'pages', { to: 'owner1', note: say('page-note') });
  await step('lead1', 'suspensions', {
    ...{ participant: say('suspension'), reason: say('suspension'), impact: say('suspension') },
    ...{ action: 'remove-metadata', basis: 'unacceptable-risk' },
  });
  await tried('responder1', 'question', { text: say('question'), tlp: label });
  await tried('responder1', 'reply', { text: say('reply'), tlp: label });
  const answering = pathOf(report.statusUrl).replace('?', '/answer?');
  bodyOf(await desk.post(undefined, answering, { text: say('answer') }), 200);
  await planting.chat(id, say('chat'));
  await step('lead1', 'reassessment', {
    ...assessment({ ...assessed, criticality: 'emergency', criteria: ['health-and-safety'] }),
    reason: say('reason'),
  });
  await plantNotices(planting, { label, id, report }, tried);
  return { label, id, report };
}

/** One to each audience, in words of this label, and the draft that automation has made of the assessment. */
async function plantNotices(
  { desk, markers }: Planting,
  { label, id }: PlantedIncident,
  tried: (as: string, path: string, body: object) => Promise<boolean>,
): Promise<void> {
  const words = {
    subject: markers.of(label, 'notice'),
    text: `Read: ${markers.of(label, 'notice')}`,
    tlp: label,
  };
  const release = async (n: number | undefined) =>
    tried('sponsor1', `notices/${n}/release`, { revision: 1, consulted: ['lead1'] });
  const made = (await noticesOf(desk, id)).find(({ trigger }) => trigger === 'discovery');
  expect(made?.audience).toBe('internal-open');
  await release(made?.n);
  // What repeats the assessment is labelled as that is, whatever its drafter says.
  const repeated = { audience: 'internal-open', trigger: 'discovery', tlp: 'GREEN' };
  if (await tried('responder1', 'notices', repeated)) await release((await noticesOf(desk, id)).at(-1)?.n);
  const audiences = [
    ...[{ audience: 'csirt' }, { audience: 'internal-open' }, { audience: 'public' }],
    { audience: 'participants', to: [`https://${COMMUNITY.split('@')[1]}/idp`] },
    { audience: 'affected-participants', to: [`https://${PARTY.split('@')[1]}/idp`] },
  ];
  for (const audience of audiences) {
    if (await tried('comms1', 'notices', { ...words, ...audience })) {
      await release((await noticesOf(desk, id)).at(-1)?.n);
    }
  }
}

export async function noticesOf({ get }: Handling, id: string): Promise<readonly NoticeView[]> {
  const answer = await get('auditor1', `/v1/incidents/${id}/notices`);
  return bodyOf<{ readonly items: readonly NoticeView[] }>(answer, 200).items;
}

/** The directory of participants, and the certificates of those who have one. */
export async function prepare({ desk, certificates }: Planting): Promise<void> {
  const participants = [COMMUNITY, PARTY].map((address) => {
    const host = address.split('@')[1] ?? '';
    return { id: `https://${host}/idp`, name: host, contacts: [{ kind: 'security', address }] };
  });
  const imported = { source: 'saml', participants };
  bodyOf(await desk.post('admin1', '/v1/participants/import', imported), 200);
  for (const given of certificates) bodyOf(await desk.post('responder1', '/v1/certificates', given), 200);
}

/** A report by mail, whose writer says how it is labelled. */
export async function plantMail({ stand, markers }: Planting, label: Tlp): Promise<void> {
  const { hostname: host, port } = new URL(stand.smtpIntake);
  const transport = createTransport({ host, port: Number(port), secure: false, ignoreTLS: true });
  const said = markers.of(label, 'mail');
  await transport.sendMail({
    ...{ from: `${said} <${writerOf(label)}>`, to: 'security@stand.example', subject: `About ${said}` },
    ...{
      text: `TLP:${label}\n\nIt says ${said}.`,
      attachments: [{ filename: `${said}.txt`, content: said }],
    },
  });
  transport.close();
}
