import { pageReason, pageUrgency } from '../domain/page-wording.ts';
import { inBothTimes } from '../domain/local-time.ts';
import type { Policy } from '../domain/policy.ts';
import type { Criticality } from '../domain/vocabulary.ts';
import { html, type Html } from './html.ts';
import type { PageView } from './schemas/pages.ts';

/** A page as the person sees it who follows their link. */
export interface LinkedPage {
  readonly page: PageView;
  readonly criticality: Criticality | null;
  /** Whose link it is. */
  readonly username: string;
  /** What they have just said; null when they only look. */
  readonly said: 'acknowledge' | 'decline' | null;
  /** Where `/p/` is, seen from the address of this page: `` or `../`. A proxy may serve us below any path. */
  readonly base: '' | '../';
  /** The last segment of the link. */
  readonly token: string;
  /** The policy in force: names of people, and the hour on their wall. */
  readonly policy: Pick<Policy, 'people' | 'calendar'>;
}

/** Which incident, how urgent, why and how it stands, and two buttons: no word of the incident itself. */
export function linkedPage(linked: LinkedPage): Html {
  const { page, criticality, username, policy, base } = linked;
  const urgency = pageUrgency(page.reason, criticality);
  const reason = pageReason(page.reason);
  return document({
    title: `${page.incidentId}: ${reason}`,
    base,
    body: html`<p class="urgency">${urgency}</p>
      <h1>${page.incidentId}: ${reason}</h1>
      <p class="state" role="status">${standing(linked)}</p>
      ${forms(linked)}
      <dl>
        <dt>Page</dt>
        <dd>${page.id}</dd>
        <dt>Since</dt>
        <dd>${momentOf(page.startedAt, policy)}</dd>
        <dt>Round</dt>
        <dd>${page.round === null ? 'none yet' : `${page.round}, rung ${page.rung ?? 1}`}</dd>
        <dt>You are</dt>
        <dd>${nameOf(username, policy)}</dd>
      </dl>
      <p>
        What it is about is not said here. Signed in, read it with
        <code>npx tocsin show ${page.incidentId}</code>.
      </p>`,
  });
}

export interface UploadForm {
  readonly incidentId: string;
  readonly organization: string;
  readonly about: string;
  readonly publicKey: string;
  readonly bytesMax: number;
}

/** Where somebody outside sends one file; it says nothing of the incident but its identifier. */
export function uploadPage(form: UploadForm): Html {
  const { incidentId, organization, about, publicKey, bytesMax } = form;
  return document({
    title: `A file for ${incidentId}`,
    base: '',
    script: 'form.js',
    body: html`<h1>A file for ${incidentId}</h1>
      <p class="state" role="status">
        It is encrypted in your browser, so that only those at ${organization} who handle ${incidentId} can
        read it.
      </p>
      <form method="post" data-public-key="${publicKey}" data-about="${about}" data-most="${bytesMax}">
        <p>
          <label
            >File, at most ${Math.floor(bytesMax / 1024 / 1024)} MiB <input type="file" name="file" required
          /></label>
        </p>
        <button class="acknowledge">Encrypt and send</button>
      </form>
      <noscript><p>Without scripts nothing can be encrypted here: ask for another way.</p></noscript>
      <p>This link takes one file. Sent, it is used up.</p>`,
  });
}

export interface Sorry {
  readonly title: string;
  readonly detail: string;
  readonly base: LinkedPage['base'];
}

/** That there is nothing to answer here, and how to go on. */
export function sorryPage({ title, detail, base }: Sorry): Html {
  return document({
    title,
    base,
    body: html`<h1>${title}</h1>
      <p class="state">${detail}</p>`,
  });
}

function document({
  title,
  base,
  body,
  script = null,
}: Pick<Sorry, 'title' | 'base'> & {
  readonly body: Html;
  /** A module beside the page. */
  readonly script?: string | null;
}): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title}</title>
        <link rel="stylesheet" href="${base}style.css" />
        ${script === null ? null : html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `;
}

/** One sentence: what this person has to know first. */
function standing({ page, username, said, policy }: LinkedPage): string {
  const since = page.acknowledgedAt === null ? '' : `, since ${momentOf(page.acknowledgedAt, policy)}`;
  switch (page.state) {
    case 'acknowledged': {
      const { acknowledgedBy } = page;
      if (acknowledgedBy === username) return `You have it${since}. It rings no longer.`;
      const taker = acknowledgedBy === null ? 'Somebody' : nameOf(acknowledgedBy, policy);
      return `${taker} has it${since}. There is nothing for you to do.`;
    }
    case 'cancelled':
      return 'It was called off: nobody is needed any more.';
    case 'exhausted':
      return said === 'decline'
        ? NOTED
        : 'Nobody has answered, and it has stopped ringing. You can still take it.';
    case 'ringing':
      return said === 'decline' ? NOTED : 'It rings, and nobody has it yet.';
  }
}

const NOTED = 'Noted: you cannot take it. Whoever comes next is called. You can still take it after all.';

function forms({ page, base, token, username }: LinkedPage): readonly Html[] {
  if (page.state !== 'ringing' && page.state !== 'exhausted') return [];
  const form = (act: 'acknowledge' | 'decline', label: string) =>
    html`<form method="post" action="${base}${token}/${act}"><button class="${act}">${label}</button></form>`;
  const isOffered = page.state === 'ringing' && !page.declinedBy.includes(username);
  return [form('acknowledge', 'I take it'), ...(isOffered ? [form('decline', 'Not me')] : [])];
}

function momentOf(instant: string, { calendar }: LinkedPage['policy']): string {
  return inBothTimes(Date.parse(instant), calendar.timeZone);
}

function nameOf(username: string, { people }: LinkedPage['policy']): string {
  const person = people.find((candidate) => candidate.username === username);
  return person === undefined ? username : `${person.name} (${username})`;
}
