import type { SmtpMailerOptions } from '../../src/adapters/mail-smtp.ts';
import { createMailWriting } from '../../src/mail/writing.ts';

/** How mail is written where the keys of an installation do not matter. */
export function unsignedMail(from = 'Tocsin <tocsin@stand.example>'): SmtpMailerOptions['write'] {
  return createMailWriting({ from, loop: 'an-installation-under-test', now: () => Date.now() });
}
