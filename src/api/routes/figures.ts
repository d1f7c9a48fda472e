import { pagesByPerson, pagesByRota, rungPages } from '../../persistence/paging-figures.ts';
import { listRotas, type Period } from '../../persistence/rotas.ts';
import { fairnessOf } from '../../rotas/fairness.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { figuresView } from '../figures-view.ts';
import { ProblemError } from '../problem.ts';
import { FiguresQuery, PagingFiguresSchema } from '../schemas/figures.ts';
import type { Office } from './deciding.ts';

const DAY_MS = 86_400_000;

/** Without other times said: a quarter. */
const SHOWN_MS = 90 * DAY_MS;

/** A year, whichever. */
const SHOWN_MAX_MS = 366 * DAY_MS;

/** How soon pages are answered, and who bears them. */
export function addFigures({ app, dependencies }: Office): void {
  const { db, now, policy } = dependencies;
  const { timeZone } = policy.calendar;
  addCall(app, dependencies, {
    verb: 'paging-figures',
    method: 'GET',
    url: '/v1/figures/paging',
    tag: 'On call',
    summary: 'How soon pages were acknowledged, and how the burden was spread',
    description: 'Of the last 90 days, or from `from` to `until`, at most 366 days.',
    query: FiguresQuery,
    answer: { status: 200, schema: PagingFiguresSchema, description: 'The figures of that time.' },
    subject: async () => NO_SUBJECT,
    async handle({ query }) {
      const period = periodOf(query, now());
      const [pages, people, byRota, rotas] = await Promise.all([
        rungPages(db, period),
        pagesByPerson(db, period, timeZone),
        pagesByRota(db, period, timeZone),
        listRotas(db, period),
      ]);
      const fairness = rotas.map(({ rota }) =>
        fairnessOf(
          rota,
          period,
          byRota.filter((called) => called.rota === rota.key),
        ),
      );
      return figuresView({ ...period, timeZone, pages, people, rotas: fairness });
    },
  });
}

function periodOf(
  { from: asked, until: end }: { readonly from?: number; readonly until?: number },
  now: number,
): Period {
  const until = end ?? now;
  const from = asked ?? until - SHOWN_MS;
  if (until > from && until - from <= SHOWN_MAX_MS) return { from, until };
  const detail = 'Expected an instant after `from`, by 366 days at most';
  throw new ProblemError('invalid', `${detail}.`, { places: [{ parameter: 'until', detail }] });
}
