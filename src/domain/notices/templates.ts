import type { Policy } from '../policy.ts';
import type { NoticeTrigger } from './notice.ts';

/** A text to begin with. `{incident}` and the other names in braces are filled in; there is no logic in it. */
export interface NoticeTemplate {
  readonly subject: string;
  readonly text: string;
}

export interface NoticeWords {
  readonly subject: string;
  readonly text: string;
}

/** What a template can name. `summary` is that of the assessment, and has the label of the incident. */
export const TEMPLATE_NAMES = [
  'incident',
  'criticality',
  'summary',
  'csirt',
  'organization',
  'phone',
] as const;
export type TemplateValues = Readonly<Record<(typeof TEMPLATE_NAMES)[number], string>>;

/** The template of a cell of the matrix, filled in; null where the matrix has no such cell. */
export function draftOf(
  { notices = [] }: Pick<Policy, 'notices'>,
  { audience, trigger }: { readonly audience: string; readonly trigger: NoticeTrigger },
  values: TemplateValues,
): NoticeWords | null {
  const cell = notices.find((one) => one.audience === audience && one.trigger === trigger);
  if (cell === undefined) return null;
  const { subject, text } = cell.template;
  return { subject: filled(subject, values), text: filled(text, values) };
}

/** What the policy and the incident give a template. */
export function templateValues(
  { organization }: Pick<Policy, 'organization'>,
  { id, criticality }: { readonly id: string; readonly criticality: string | null },
  summary: string,
): TemplateValues {
  return {
    incident: id,
    criticality: criticality ?? 'not yet assessed',
    summary,
    csirt: organization.csirt,
    organization: organization.name,
    phone: organization.phone,
  };
}

/** The names in braces that a template uses and nobody fills in. */
export function unknownNames({ subject, text }: NoticeTemplate): readonly string[] {
  const known: readonly string[] = TEMPLATE_NAMES;
  const used = [...`${subject}\n${text}`.matchAll(NAMES)].map(([, name = '']) => name);
  return [...new Set(used)].filter((name) => !known.includes(name));
}

const NAMES = /\{([^{}\s]*)\}/g;

/** In one pass: a name in braces that somebody wrote into a summary stays what it is. */
function filled(template: string, values: TemplateValues): string {
  return template.replaceAll(NAMES, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as keyof TemplateValues] : whole,
  );
}
