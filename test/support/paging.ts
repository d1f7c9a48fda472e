import { clear, type Cleared } from '../../src/domain/clearance.ts';
import type { PagerMessage } from '../../src/domain/contact.ts';

/** A page to Anna that says the same in every length. */
export const PAGE: PagerMessage = {
  id: 'INC-2026-0007:page:1:anna:2',
  to: 'anna@example.org',
  subject: '[INC-2026-0007] Please take the lead',
  text: 'INC-2026-0007 has no lead. Grüße.\n\n.\nTake it: https://tocsin.example/p/k1\n',
  short: 'INC-2026-0007 has no lead: https://tocsin.example/p/k1',
  spoken: 'Incident INC-2026-0007 has no lead. Please take it.',
  link: 'https://tocsin.example/p/k1',
  replyTo: 'reply+k1@stand.example',
  isUrgent: true,
};

/** Past the gate. */
export function clearedPage(changes: Partial<PagerMessage> = {}): Cleared<PagerMessage> {
  const content = { ...PAGE, ...changes };
  const answer = clear(
    { carriesWords: true, content, label: 'GREEN', exchange: [] },
    { kind: 'own-people', username: 'anna', address: content.to, roles: ['csirt'], isAppointed: false },
  );
  if (!answer.isCleared) throw new Error('GREEN goes to all of our own people');
  return answer;
}
