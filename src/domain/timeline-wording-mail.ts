import type { EventBody } from './events.ts';
import { line, said, type Texts } from './timeline-words.ts';

/** What a mail server said of our mail, for the timeline. */
export function replyReturned(
  { reportId, code, textId }: Extract<EventBody, { readonly type: 'reply-returned' }>,
  texts: Texts,
) {
  const what = `the reply to ${reportId} came back (${code}): nobody has been replied to, and the reply clock runs on`;
  return {
    kind: 'replied',
    text: line(what, said(texts, textId, 'text')),
    method: 'mail',
    tlp: 'AMBER+STRICT',
  } as const;
}
