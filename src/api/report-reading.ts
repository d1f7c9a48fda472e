import type { z } from 'zod';
import { TLP_UNLABELLED, type Tlp } from '../domain/tlp.ts';
import type { ReportKind } from '../domain/vocabulary.ts';
import type { ReportBody } from '../persistence/intake.ts';
import type { ReadBody } from './body.ts';
import { pointerOf, ProblemError } from './problem.ts';
import { REPORT_FIELDS, REPORTER_FIELDS } from './schemas/reports.ts';
import { isFields } from './words.ts';

/** A report as it is stored. */
export interface ReadReport {
  readonly kind: ReportKind;
  readonly tlp: Tlp;
  readonly body: ReportBody;
  readonly keptAside: readonly KeptAside[];
}

/** Something that came with a report and was not understood. */
export interface KeptAside {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Reads what anybody sends. Who reports an incident is not made to fill in a form twice: a field that we do not know and
 * a value that we cannot use are kept aside, under a JSON pointer and with what was expected, and the report is taken.
 * Throws only for what is no JSON object, and for what has no words. Source: IC-1, IC-2.
 */
export function readReport({ value, isMended }: ReadBody): ReadReport {
  if (!isFields(value)) {
    throw new ProblemError('malformed', 'Expected a JSON object with a summary or a description.');
  }
  const reading = new Reading(value);
  const summary = reading.words('summary');
  const description = reading.words('description');
  if (summary === null && description === null) {
    const detail = 'Expected a summary or a description, in words';
    throw new ProblemError('invalid', `${detail}; there is neither. Nothing was stored.`, {
      places: [{ pointer: '/summary', detail }],
    });
  }
  const kind = reading.field('kind', REPORT_FIELDS.kind) ?? 'incident';
  const tlp = reading.field('tlp', REPORT_FIELDS.tlp) ?? TLP_UNLABELLED;
  const occurredAt = reading.field('occurredAt', REPORT_FIELDS.occurredAt);
  const affected = reading.texts('affected');
  const reporter = reading.reporter();
  reading.keepTheRest();
  if (isMended)
    reading.note('', 'Some of it could not be kept as it came: it was no UTF-8, or nested too deeply');
  const body: ReportBody = {
    summary,
    description,
    ...(reporter === undefined ? {} : { reporter }),
    ...(occurredAt === undefined ? {} : { occurredAt }),
    ...(affected === undefined ? {} : { affected }),
    ...(reading.isAnythingAside ? { aside: reading.aside } : {}),
  };
  return { kind, tlp, body, keptAside: reading.notes };
}

class Reading {
  readonly notes: KeptAside[] = [];
  readonly #aside = new Map<string, unknown>();
  readonly #known = new Set<string>();
  readonly #report: Readonly<Record<string, unknown>>;

  constructor(report: Readonly<Record<string, unknown>>) {
    this.#report = report;
  }

  get isAnythingAside(): boolean {
    return this.notes.length > 0;
  }

  /** By pointer: the value as it came, and why it lies here. */
  get aside(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      this.notes.map(({ pointer, detail }) => [pointer, { value: this.#aside.get(pointer) ?? null, detail }]),
    );
  }

  words(name: string): string | null {
    this.#known.add(name);
    const value = this.#report[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (value !== undefined && value !== null && value !== '') this.#keep([name], value, 'Expected a text');
    return null;
  }

  field<T>(name: string, schema: z.ZodType<T>): T | undefined {
    this.#known.add(name);
    return this.#parse([name], this.#report[name], schema);
  }

  texts(name: string): readonly string[] | undefined {
    this.#known.add(name);
    const value = this.#report[name];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) {
      this.#keep([name], value, 'Expected a list of texts');
      return undefined;
    }
    return value.flatMap((item: unknown, index) => {
      if (typeof item === 'string' && item.trim() !== '') return [item];
      this.#keep([name, index], item, 'Expected a text');
      return [];
    });
  }

  reporter(): ReportBody['reporter'] {
    this.#known.add('reporter');
    const value = this.#report['reporter'];
    if (value === undefined) return undefined;
    if (!isFields(value)) {
      this.#keep(['reporter'], value, 'Expected an object: name, email, phone, organization');
      return undefined;
    }
    const entries = Object.entries(value).flatMap(([name, given]) => {
      const schema = isReporterField(name) ? REPORTER_FIELDS[name] : null;
      if (schema === null) {
        this.#keep(['reporter', name], given, 'No field that we know');
        return [];
      }
      const said = this.#parse(['reporter', name], given, schema);
      return said === undefined ? [] : [[name, said] as const];
    });
    return Object.fromEntries(entries);
  }

  keepTheRest(): void {
    for (const [name, value] of Object.entries(this.#report)) {
      if (!this.#known.has(name)) this.#keep([name], value, 'No field that we know');
    }
  }

  note(pointer: string, detail: string): void {
    this.notes.push({ pointer, detail });
  }

  #parse<T>(path: readonly PropertyKey[], value: unknown, schema: z.ZodType<T>): T | undefined {
    // An empty field of a form says nothing, and is no mistake.
    if (value === undefined || value === null || value === '') return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    this.#keep(path, value, result.error.issues[0]?.message ?? 'Not what was expected');
    return undefined;
  }

  #keep(path: readonly PropertyKey[], value: unknown, detail: string): void {
    const pointer = pointerOf(path);
    this.#aside.set(pointer, value);
    this.note(pointer, detail);
  }
}

function isReporterField(name: string): name is keyof typeof REPORTER_FIELDS {
  return Object.hasOwn(REPORTER_FIELDS, name);
}
