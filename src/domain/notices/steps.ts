import type { Tlp } from '../tlp.ts';
import type { NoticeFormat, NoticeTrigger } from './notice.ts';

export type NoticeStep =
  | {
      readonly verb: 'notice-draft';
      readonly audience: string;
      readonly trigger: NoticeTrigger | null;
      readonly textId: string;
      /** Null: that of the incident. */
      readonly tlp: Tlp | null;
    }
  | {
      readonly verb: 'notice-edit';
      readonly n: number;
      readonly textId: string;
      /** Null: the one it has. */
      readonly tlp: Tlp | null;
    }
  | {
      readonly verb: 'notice-release';
      readonly n: number;
      /** The one that the releaser has read. */
      readonly revision: number;
      /** Null: at once. */
      readonly startsAt: number | null;
      readonly everyMs: number | null;
      /** Null: that of the audience. */
      readonly channel: string | null;
      readonly format: NoticeFormat;
      readonly consulted: readonly string[];
      readonly reasonTextId: string | null;
    }
  | { readonly verb: 'notice-discard'; readonly n: number; readonly textId: string }
  | { readonly verb: 'notice-stop'; readonly n: number; readonly textId: string }
  | {
      readonly verb: 'notice-correct';
      readonly n: number;
      readonly textId: string;
      readonly tlp: Tlp | null;
    }
  | {
      readonly verb: 'notice-withdraw';
      readonly n: number;
      readonly textId: string;
      /** What those who have it already are told; null where nobody has it. */
      readonly wordsTextId: string | null;
    }
  | { readonly verb: 'notice-label'; readonly n: number; readonly tlp: Tlp; readonly textId: string };

export type NoticeVerb = NoticeStep['verb'];
