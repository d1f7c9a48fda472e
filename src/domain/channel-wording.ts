import type { ChannelEventBody, ChannelNews } from './incident-channel.ts';
import { line, people, person, readable } from './timeline-words.ts';

/** The channel of an incident, in words: lines of the timeline, and what we say in the channel itself. */

/** Source: NM-24. */
export function channelLine(body: ChannelEventBody, by: string): string {
  switch (body.type) {
    case 'channel-asked':
      return `chat channel asked for by ${person(by)} (${audience(body.isPrivate)})`;
    case 'channel-opened':
      return line(
        `chat channel ${body.name} opened on ${PROVIDERS[body.provider]} (${audience(body.isPrivate)})`,
        body.missing.length === 0 ? '' : `not found there: ${people(body.missing)}`,
      );
    case 'channel-withheld':
      return `chat channel not opened: ${REASONS[body.because] ?? readable(body.because)}`;
    case 'channel-closing':
      return `chat channel to be closed: ${REASONS[body.because] ?? readable(body.because)}`;
    case 'channel-closed':
      return body.isArchived
        ? 'chat channel closed, its log is kept'
        : 'chat channel left, its log is kept; the provider did not close it';
  }
}

/** Opened and withheld are what NM-24 wants to see; what was only begun has its end on a line of its own. */
export function isLineOfDocument({ type }: ChannelEventBody): boolean {
  return type !== 'channel-asked' && type !== 'channel-closing';
}

/** What became of something that we said in the channel. */
export function newsLine(outcome: 'accepted' | 'refused' | 'withheld'): string {
  return outcome === 'accepted'
    ? 'news told in the chat channel'
    : `news not told in the chat channel: ${outcome}`;
}

function audience(isPrivate: boolean): string {
  return isPrivate ? 'by invitation' : 'open to the organization';
}

const PROVIDERS = { matrix: 'Matrix', slack: 'Slack', irc: 'IRC' } as const;

const REASONS: Readonly<Record<string, string>> = {
  label: 'its label forbids it',
  'not-configured': 'no chat is configured',
  failed: 'the provider could not be reached',
};

/** Ends with the link, so that nothing said before it can become part of an address. */
export function channelNews(
  incidentId: string,
  { stage, criticality, lead }: ChannelNews,
  link: string,
): string {
  const where = criticality === null ? stage : `${stage}, ${criticality}`;
  return `${incidentId}: ${where}, lead ${lead ?? 'nobody yet'}. ${link}`;
}

export function channelEnd(incidentId: string, because: string, link: string): string {
  const reason = because === 'label' ? 'its label no longer allows it' : `the incident is ${because}`;
  return `${incidentId}: this channel is closed, since ${reason}. ${link}`;
}
