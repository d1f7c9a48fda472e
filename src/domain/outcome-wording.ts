import {
  type Fields,
  fieldsUnder,
  instant,
  line,
  people,
  person,
  spoken,
  type Texts,
} from './timeline-words.ts';
import type { ActionKey, Part } from './vocabulary.ts';

/**
 * What was recorded for a part of a row, as a responder would write it down. Null where nothing was, or no longer is:
 * then the title of the row has to do. Source: NM-24 for the form, IC-20 for the rows.
 */
export function outcomeWords({
  key,
  part,
  by,
  texts,
  textId,
}: {
  readonly key: ActionKey;
  readonly part: Part;
  readonly by: string;
  readonly texts: Texts;
  readonly textId: string | null;
}): string | null {
  const outcome = fieldsUnder(texts, textId, 'outcome');
  const phrase = PHRASES[`${key}:${part}`];
  if (outcome === null || phrase === undefined) return null;
  const note = fieldsUnder(texts, textId)?.['note'];
  return sentence(phrase(outcome, person(by)), spoken(note));
}

type Phrase = (outcome: Fields, who: string) => string;

const PHRASES: Readonly<Partial<Record<`${ActionKey}:${Part}`, Phrase>>> = {
  'engage-legal:lead': (outcome, who) =>
    line(`Legal representative contacted by ${who}${how(outcome)}`, word(outcome, 'counsel')),
  'protected-information:lead': (outcome, who) =>
    line(
      `protected information determined by ${who} (identity: ${word(outcome, 'identity')}, health: ${word(outcome, 'health')})`,
      word(outcome, 'basis'),
    ),
  'insurance-notice:legal': (outcome, who) =>
    sentence(
      line(
        `insurance carrier ${outcome['notify'] === true ? 'is' : 'is not'} to be notified, determined by ${who}`,
        word(outcome, 'reason'),
      ),
      outcome['carrierNotifiedAt'] === undefined ? '' : `notified${at(outcome, 'carrierNotifiedAt')}`,
    ),
  'contact-executive:lead': (outcome, who) => `Executive Sponsor contacted by ${who}${how(outcome)}`,
  'convene-csirt:lead': (outcome, who) =>
    sentence(`CSIRT convened by ${who}${how(outcome, 'convenedAt')}`, present(outcome)),
  'deliver-assessment:lead': (outcome, who) =>
    `initial assessment delivered by ${who}${how(outcome)} to ${people(usernames(outcome, 'deliveredTo'))}`,
  'external-help:lead': (outcome, who) =>
    line(
      `external help found ${outcome['needed'] === true ? 'necessary' : 'unnecessary'} by ${who}`,
      word(outcome, 'reason'),
    ),
  'external-help:executive': (outcome, who) =>
    line(`external help engaged by ${who}`, word(outcome, 'engaged')),
  'initial-remediation:lead': (outcome, who) =>
    line(
      `initial remediation steps distributed by ${who}${how(outcome)}`,
      list(outcome, 'steps', (step) => withBrackets(word(step, 'text'), word(step, 'owner'))),
    ),
  'involve-others:executive': (outcome, who) => {
    const others = list(outcome, 'involve', (one) => withBrackets(word(one, 'name'), word(one, 'reason')));
    return others === ''
      ? line(`nobody else to be involved, determined by ${who}`, word(outcome, 'reason'))
      : sentence(line(`others involved by ${who}`, others), word(outcome, 'reason'));
  },
  'agree-plan:csirt': (outcome, who) =>
    sentence(
      line(
        `plan agreed in conference${at(outcome, 'heldAt')}, entered by ${who}`,
        list(outcome, 'steps', plannedStep),
      ),
      named('to be notified', list(outcome, 'notificationDuties', notificationDuty)),
      present(outcome),
      documented(outcome),
    ),
  'engage-actors:csirt': (outcome, who) => {
    const actors = list(outcome, 'actors', (actor) =>
      withBrackets(word(actor, 'name'), `TLP:${word(actor, 'tlp')}`, how(actor).trim()),
    );
    return actors === ''
      ? `no actors to be engaged, according to ${who}`
      : `actors engaged by ${who}: ${actors}`;
  },
  'act-on-plan:csirt': (outcome, who) => line(`plan acted on, reported by ${who}`, word(outcome, 'result')),
  'post-action-report:csirt': (outcome, who) =>
    line(
      `situation after action evaluated by ${who}, reported to ${word(outcome, 'reportedTo')}${at(outcome, 'reportedAt')}`,
      word(outcome, 'evaluation'),
    ),
  'further-measures:csirt': (outcome, who) =>
    sentence(
      line(
        `further measures proposed in conference${at(outcome, 'heldAt')}, entered by ${who}`,
        word(outcome, 'proposal'),
      ),
      present(outcome),
    ),
  'further-measures:executive': (outcome, who) =>
    sentence(
      line(`further measures determined by ${who}`, word(outcome, 'determination')),
      named('measures', word(outcome, 'measures')),
      named('next steps', word(outcome, 'nextSteps')),
      named('reporting duties', list(outcome, 'reportingDuties', reportingDuty)),
      documented(outcome),
    ),
  'act-on-next-steps:csirt': (outcome, who) =>
    sentence(
      line(`next steps acted on by the CSIRT, reported by ${who}`, word(outcome, 'result')),
      named(
        'duties met',
        list(outcome, 'dutiesMet', (duty) => `${word(duty, 'law')}${at(duty, 'at')}`),
      ),
    ),
  'act-on-next-steps:executive': (outcome, who) =>
    line(`next steps acted on by the executive, reported by ${who}`, word(outcome, 'result')),
  'after-action-review:lead': (outcome, who) =>
    sentence(
      `after-action review held${at(outcome, 'heldAt')} by ${who}: root cause: ${word(outcome, 'rootCause')}`,
      named('remediation', word(outcome, 'remediation')),
      named('follow-ups', list(outcome, 'followUps', followUp)),
      present(outcome),
      documented(outcome),
    ),
};

function plannedStep(step: Fields): string {
  const first = word(step, 'dependsOn');
  return withBrackets(
    word(step, 'text'),
    word(step, 'owner'),
    until(step),
    first === '' ? '' : `after ${first}`,
  );
}

function notificationDuty(duty: Fields): string {
  return withBrackets(word(duty, 'to'), word(duty, 'duty'), until(duty));
}

function reportingDuty(duty: Fields): string {
  return withBrackets(word(duty, 'law'), `to ${word(duty, 'to')}`, until(duty));
}

function followUp(item: Fields): string {
  return withBrackets(word(item, 'title'), word(item, 'owner'), until(item));
}

/** ` via phone at 2016-06-21T20:39:33Z`: the method or channel, and the time. */
function how(outcome: Fields, timeField = 'contactedAt'): string {
  const method = word(outcome, 'method') || word(outcome, 'channel');
  return `${method === '' ? '' : ` via ${method}`}${at(outcome, timeField)}`;
}

function at(outcome: Fields, field: string): string {
  const time = word(outcome, field);
  return time === '' ? '' : ` at ${time}`;
}

function until(fields: Fields): string {
  const time = word(fields, 'dueAt');
  return time === '' ? '' : `until ${time}`;
}

function present(outcome: Fields): string {
  return named('present', people(usernames(outcome, 'present')));
}

function documented(outcome: Fields): string {
  const writer = word(outcome, 'documentedBy');
  return writer === '' ? '' : `documented by ${person(writer)}`;
}

function word(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? instant(value) : spoken(value);
}

function usernames(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function list(fields: Fields, name: string, itemWords: (item: Fields) => string): string {
  const value = fields[name];
  if (!Array.isArray(value)) return '';
  return value.map((item: unknown) => (isFields(item) ? itemWords(item) : spoken(item))).join('; ');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function named(name: string, words: string): string {
  return words === '' ? '' : `${name}: ${words}`;
}

function withBrackets(words: string, ...details: readonly string[]): string {
  const said = details.filter((detail) => detail !== '');
  return said.length === 0 ? words : `${words} (${said.join(', ')})`;
}

function sentence(...clauses: readonly string[]): string {
  return clauses.filter((clause) => clause !== '').join('; ');
}
