import { utcSeconds } from './local-time.ts';
import { oneLine } from './text-layout.ts';
import { person } from './timeline-words.ts';
import type { TimelineWords } from './timeline-wording.ts';
import { strictest, type Tlp } from './tlp.ts';
import { NOTE_KINDS, type TimelineKind } from './vocabulary.ts';

export interface TimelineDocument {
  readonly incidentId: string;
  /** Terse; null while there is none. */
  readonly summary: string | null;
  readonly tlp: Tlp;
  /** Null where there is none yet. */
  readonly links: {
    readonly informationDocument: string | null;
    readonly masterTicket: string | null;
    readonly chatLog: string | null;
  };
  readonly entries: readonly TimelineEntry[];
}

export interface TimelineEntry extends TimelineWords {
  /** Null for what was received and has no number yet. */
  readonly seq: number | null;
  readonly at: number;
  readonly by: string;
  /** The number of the entry that this one puts right. */
  readonly corrects: number | null;
}

/**
 * The timeline document in Markdown: a head, then one line per event in the order in which things happened, however
 * late they were told. Times in UTC and whole seconds, people by username. A corrected line stays, struck, and points
 * at its correction. Nothing that anybody wrote can become a heading, a link or a picture. Source: NM-24.
 */
export function timelineDocument(document: TimelineDocument): string {
  const { incidentId, summary, links } = document;
  const entries = document.entries.filter(({ isDocumentLine }) => isDocumentLine).toSorted(byTime);
  const head = [
    `# ${escaped(incidentId)}: ${summary === null ? 'no summary yet' : escaped(summary)}`,
    // Made of several parts, it travels no further than its strictest one.
    `TLP:${strictest([document.tlp, ...entries.map(({ tlp }) => tlp)])}`,
    `Incident information document: ${link(links.informationDocument)}`,
    `Master ticket: ${link(links.masterTicket)}`,
    `Incident chat log: ${link(links.chatLog)}`,
  ];
  const corrections = correctionsOf(entries);
  const lines = entries.map((entry) => `${utcSeconds(entry.at)}: ${entryText(entry, corrections)}`);
  return `${[...head, ...lines].join('\n\n')}\n`;
}

/** Correction by the number of what it corrects; the last one told counts. */
type Corrections = ReadonlyMap<number, TimelineEntry>;

function correctionsOf(entries: readonly TimelineEntry[]): Corrections {
  const inOrderOfTelling = entries.toSorted((a, b) => orderOf(a.seq) - orderOf(b.seq));
  return new Map(
    inOrderOfTelling.flatMap((entry) => (entry.corrects === null ? [] : [[entry.corrects, entry] as const])),
  );
}

function entryText(entry: TimelineEntry, corrections: Corrections): string {
  const text = `${escaped(entry.text)}${noteSuffix(entry)}`;
  const correction = entry.seq === null ? undefined : corrections.get(entry.seq);
  if (correction === undefined && entry.corrects === null) return text;
  const pointers = [
    ...(entry.seq === null ? [] : [`#${entry.seq}`]),
    ...(entry.corrects === null ? [] : [`corrects #${entry.corrects}`]),
    ...(correction === undefined ? [] : [`corrected by ${nameOf(correction)}`]),
  ];
  return `${correction === undefined ? text : `~~${text}~~`} (${pointers.join(', ')})`;
}

function nameOf(entry: TimelineEntry): string {
  return entry.seq === null ? utcSeconds(entry.at) : `#${entry.seq}`;
}

/** What a person wrote is followed by how they know it and who they are; lines of the process name both themselves. */
function noteSuffix({ kind, by, method, text }: TimelineEntry): string {
  if (!(NOTE_KINDS as readonly TimelineKind[]).includes(kind) || text.includes(person(by))) return '';
  const via = method === null || text.includes(method) ? [] : [`via ${escaped(method)}`];
  const who = isPerson(by) ? [escaped(person(by))] : [];
  const parts = [...via, ...who];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

function isPerson(by: string): boolean {
  return person(by) !== by;
}

function byTime(a: TimelineEntry, b: TimelineEntry): number {
  return a.at - b.at || orderOf(a.seq) - orderOf(b.seq);
}

/** What has no number yet comes after what has one. */
function orderOf(seq: number | null): number {
  return seq ?? Number.MAX_SAFE_INTEGER;
}

/** Only addresses of web pages become links; whatever else stands there is shown. */
function link(address: string | null): string {
  if (address === null) return 'not yet';
  return /^https?:\/\/[^\s<>]+$/.test(address) ? `<${address}>` : escaped(address);
}

/**
 * One line of plain text, whatever it was: Markdown’s marks and HTML’s are shown, not obeyed. Marks that count only
 * at the beginning of a line need nothing, for no text begins one.
 */
function escaped(text: string): string {
  return oneLine(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>~&|]/g, String.raw`\$&`);
}
