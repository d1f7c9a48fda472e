import type { Db } from '../persistence/database.ts';
import { acknowledgePage, declinePage, type Page, type PageAnswer } from '../persistence/pages.ts';

export interface PageAnswers {
  /**
   * Takes a page that rings or is exhausted; the first one wins. The page, as it is afterwards, says who has it: null
   * while it is decided and has not begun to ring.
   */
  acknowledge(answer: PageAnswer): Promise<{ readonly page: Page | null }>;
  /** Says that this person cannot take it: the next rung is called, while it rings. */
  decline(answer: PageAnswer): Promise<{ readonly page: Page | null }>;
}

export function createPageAnswers(db: Db): PageAnswers {
  return {
    acknowledge: (answer) => acknowledgePage(db, answer),
    decline: (answer) => declinePage(db, answer),
  };
}

export interface AnswerKey {
  readonly act: 'acknowledge' | 'decline';
  readonly pageId: string;
  /** In which its row is: what was answered in an earlier ring is no answer to this one. */
  readonly ring: number;
  readonly by: string;
}

/**
 * Names an answer, however it came: said twice (a form sent again, a message delivered twice, a link and then an SMS) it is
 * one fact.
 */
export function answerFactId({ act, pageId, ring, by }: AnswerKey): string {
  return `${pageId}:${act}:${ring}:${by}`;
}
