import { type AnswerTimes, answerTimes } from '../domain/answer-times.ts';
import { formatDuration } from '../domain/durations.ts';
import { PAGE_REASONS } from '../domain/vocabulary.ts';
import type { PersonPages, RungPage } from '../persistence/paging-figures.ts';
import type { Period } from '../persistence/rotas.ts';
import type { Fairness } from '../rotas/fairness.ts';
import type { PagingFiguresView } from './schemas/figures.ts';
import { instantText } from './schemas/values.ts';

export interface PagingFigures extends Period {
  readonly timeZone: string;
  readonly pages: readonly RungPage[];
  readonly people: readonly PersonPages[];
  readonly rotas: readonly Fairness[];
}

/** The figures as they are given out: durations in ISO 8601, hours and shares as finely as anybody reads them. */
export function figuresView(figures: PagingFigures): PagingFiguresView {
  const { from, until, timeZone, pages, people, rotas } = figures;
  const reasons = PAGE_REASONS.filter((reason) => pages.some((page) => page.reason === reason));
  return {
    from: instantText(from),
    until: instantText(until),
    timeZone,
    acknowledgement: {
      all: timesView(answerTimes(pages)),
      byReason: reasons.map((reason) => ({
        reason,
        ...timesView(answerTimes(pages.filter((page) => page.reason === reason))),
      })),
    },
    people: people.map((person) => ({ ...person })),
    rotas: rotas.map(({ members, unevenness, ...rota }) => ({
      ...rota,
      members: members.map((member) => ({
        ...member,
        hours: rounded(member.hours, 2),
        share: rounded(member.share, 4),
      })),
      unevenness: {
        hours: rounded(unevenness.hours, 4),
        pages: rounded(unevenness.pages, 4),
        nightPages: rounded(unevenness.nightPages, 4),
      },
    })),
  };
}

function timesView({ pages, acknowledged, withinFirstRung, p50Ms, p90Ms, p99Ms }: AnswerTimes) {
  return {
    pages,
    acknowledged,
    withinFirstRung: withinFirstRung === null ? null : rounded(withinFirstRung, 4),
    p50: durationText(p50Ms),
    p90: durationText(p90Ms),
    p99: durationText(p99Ms),
  };
}

function durationText(ms: number | null): string | null {
  return ms === null ? null : formatDuration(ms);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
