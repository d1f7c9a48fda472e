import type { ChannelEffect } from './incident-channel.ts';
import type { PageTarget } from './incident.ts';
import type { Tlp } from './tlp.ts';
import type { PageReason, Role } from './vocabulary.ts';

/**
 * Outward work that an event causes. It is performed after the event is recorded, at least once, and is
 * idempotent by `key`, the business key (`<incident>:<purpose>:<n>`) that also goes into the far system's own field.
 */
export type Effect =
  | { readonly do: 'auto-reply'; readonly key: string; readonly reportId: string }
  | {
      readonly do: 'reply';
      readonly key: string;
      readonly reportIds: readonly string[];
      readonly textId: string;
      readonly tlp: Tlp;
      readonly by: string;
    }
  | {
      readonly do: 'question';
      readonly key: string;
      readonly reportIds: readonly string[];
      readonly textId: string;
      readonly tlp: Tlp;
      readonly by: string;
    }
  | {
      readonly do: 'notify';
      readonly key: string;
      readonly notice: NoticePurpose;
      /** The clock that is the reason, by name. */
      readonly clock: string | null;
      readonly to: NoticeTarget;
    }
  | {
      readonly do: 'start-page';
      readonly key: string;
      readonly pageId: string;
      readonly reason: PageReason;
      readonly target: PageTarget;
      readonly ring: number;
      readonly startsAt: number;
      readonly noteTextId: string | null;
    }
  | { readonly do: 'cancel-page'; readonly key: string; readonly pageId: string; readonly because: string }
  | {
      /** Gives the reports of a merged incident to its target, or (`back`) takes them back. */
      readonly do: 'move-reports';
      readonly key: string;
      readonly target: string;
      readonly reportIds: readonly string[];
      readonly direction: 'into' | 'back';
    }
  | {
      /** One going out of a released notice, to all of its audience. */
      readonly do: 'send-notice';
      readonly key: string;
      readonly n: number;
      readonly instance: number;
    }
  | ChannelEffect;

/** Mails of ours to our own people; they carry identifier, purpose and link, no words of the incident. */
export type NoticePurpose = 'reminder' | 'sponsor-told' | 'asked' | 'handed-off' | 'reply-returned';

export type NoticeTarget = { readonly role: Role } | { readonly person: string };
