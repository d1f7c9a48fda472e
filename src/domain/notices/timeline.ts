import type { NoticeEvent } from './events.ts';
import { spokenDuration, utcSeconds } from '../local-time.ts';
import { count, line, people, readable, said, type Texts } from '../timeline-words.ts';
import type { Tlp } from '../tlp.ts';
import type { TimelineKind } from '../vocabulary.ts';
import type { NoticeCounts } from './notice.ts';

interface Said {
  readonly kind: TimelineKind;
  readonly text: string;
  readonly tlp?: Tlp;
  readonly isDocumentLine?: boolean;
}

/** What is told of a notice, and to how many: the timeline names it by its number and subject, its words stand with it. */
export function sayNotice(body: NoticeEvent, who: string, texts: Texts): Said {
  const what = `notice ${body.n}`;
  switch (body.type) {
    case 'notice-drafted': {
      const why = body.trigger === null ? '' : ` (${readable(body.trigger)})`;
      const kind = body.follows === null ? 'draft' : `${body.follows.as} of notice ${body.follows.n}`;
      const subject = said(texts, body.textId, 'subject');
      return {
        kind: 'notice',
        text: line(`${what}, a ${kind} for ${readable(body.audience)}${why}, made by ${who}`, subject),
        tlp: body.tlp,
        isDocumentLine: false,
      };
    }
    case 'notice-edited':
      return {
        kind: 'notice',
        text: line(`${what} edited by ${who}, TLP:${body.tlp}`, said(texts, body.textId, 'subject')),
        tlp: body.tlp,
        isDocumentLine: false,
      };
    case 'notice-released': {
      const every = body.everyMs === null ? '' : `, every ${spokenDuration(body.everyMs)}`;
      const asked = body.consulted.length === 0 ? '' : `, ${people(body.consulted)} consulted`;
      const how = `for ${utcSeconds(body.startsAt)}${every} over ${body.channel} as ${readable(body.format)}`;
      return {
        kind: 'notice',
        text: line(`${what} released by ${who} ${how}${asked}`, said(texts, body.reasonTextId, 'reason')),
      };
    }
    case 'notice-sending':
      return { kind: 'notice', text: `${what} goes out${again(body.instance)}`, isDocumentLine: false };
    case 'notice-sent':
      return { kind: 'notified', text: `${what} went out${again(body.instance)}: ${counts(body.told)}` };
    case 'notice-stopped':
      return {
        kind: 'notice',
        text: line(
          body.because === 'stopped'
            ? `${what} stopped by ${who}`
            : `${what} stopped (${readable(body.because)})`,
          said(texts, body.textId, 'reason'),
        ),
      };
    case 'notice-discarded':
      return {
        kind: 'notice',
        text: line(`${what} discarded by ${who}`, said(texts, body.textId, 'reason')),
        isDocumentLine: false,
      };
    case 'notice-withdrawn':
      return {
        kind: 'notice',
        text: line(`${what} withdrawn by ${who}`, said(texts, body.textId, 'reason')),
      };
    case 'notice-labelled':
      return {
        kind: 'notice',
        text: line(`${what} raised to TLP:${body.tlp} by ${who}`, said(texts, body.textId, 'reason')),
      };
  }
}

function again(instance: number): string {
  return instance <= 1 ? '' : ` (${instance})`;
}

/** `3 recipients, 1 refused by their server`. */
function counts({ sent, refused, withheld, stopped }: NoticeCounts): string {
  const others: readonly (readonly [number, string])[] = [
    [refused, 'turned away by their server'],
    [withheld, 'withheld by the label'],
    [stopped, 'not told any more'],
  ];
  const rest = others.flatMap(([n, what]) => (n === 0 ? [] : [`${n} ${what}`]));
  return [count(sent, 'recipient'), ...rest].join(', ');
}
