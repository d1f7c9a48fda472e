import { utcSeconds } from '../domain/local-time.ts';
import { oneLine, plain } from '../domain/text-layout.ts';
import type { Tlp } from '../domain/tlp.ts';
import type { LoggedChannel } from '../persistence/channels.ts';

/** What was said in an incident's chat channels, as a document: instant in UTC, who, what. Source: NM-23. */
export function chatLogDocument(
  { incidentId, tlp }: { readonly incidentId: string; readonly tlp: Tlp },
  channels: readonly LoggedChannel[],
): string {
  const parts = channels.map((channel) => `${headOf(channel)}\n\n${linesOf(channel)}`);
  const body = parts.length === 0 ? 'No chat channel was opened.' : parts.join('\n\n');
  return `Chat log of ${incidentId} · TLP:${tlp}\n\n${body}\n`;
}

function headOf({ name, provider, isPrivate, closedAt }: LoggedChannel): string {
  const end = closedAt === null ? 'open' : `closed at ${utcSeconds(closedAt)}`;
  return `# ${name} (${provider}, ${isPrivate ? 'by invitation' : 'open to the organization'}, ${end})`;
}

function linesOf({ messages }: LoggedChannel): string {
  if (messages.length === 0) return 'Nothing was said.';
  return messages
    .map(({ at, author, text }) => `${utcSeconds(at)} ${oneLine(author)}: ${indented(text)}`)
    .join('\n');
}

/** So that no line of a message can be taken for a message of somebody else. */
function indented(text: string): string {
  return plain(text).replaceAll(/[\n\u{2028}\u{2029}]/gu, '\n    ');
}
