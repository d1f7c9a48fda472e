import type { Tlp } from '../tlp.ts';
import type { Followed, NoticeCounts, NoticeFormat, NoticeTrigger } from './notice.ts';

export type NoticeEvent =
  | {
      readonly type: 'notice-drafted';
      readonly n: number;
      readonly audience: string;
      readonly trigger: NoticeTrigger | null;
      readonly follows: Followed | null;
      readonly tlp: Tlp;
      readonly textId: string;
    }
  | { readonly type: 'notice-edited'; readonly n: number; readonly tlp: Tlp; readonly textId: string }
  | {
      readonly type: 'notice-released';
      readonly n: number;
      readonly startsAt: number;
      readonly everyMs: number | null;
      readonly channel: string;
      readonly format: NoticeFormat;
      readonly consulted: readonly string[];
      /** Why the lead was not consulted, or whatever else there was to say. */
      readonly reasonTextId: string | null;
    }
  | { readonly type: 'notice-sending'; readonly n: number; readonly instance: number }
  | {
      /** One going out came to its end. */
      readonly type: 'notice-sent';
      readonly n: number;
      readonly instance: number;
      readonly key: string;
      readonly told: NoticeCounts;
    }
  | {
      /** What had not gone out stays here. `label-raised`, a stage in which the incident ended, or `stopped` by somebody. */
      readonly type: 'notice-stopped';
      readonly n: number;
      readonly because: string;
      readonly textId: string | null;
    }
  | { readonly type: 'notice-discarded'; readonly n: number; readonly textId: string }
  | { readonly type: 'notice-withdrawn'; readonly n: number; readonly textId: string }
  | { readonly type: 'notice-labelled'; readonly n: number; readonly tlp: Tlp; readonly textId: string };
