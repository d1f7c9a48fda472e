import { inBothTimes, utcSeconds } from './local-time.ts';
import type { Sheet } from './page-wording.ts';
import type { Finding, OnCallReadiness } from './readiness.ts';

/** What those who lead the CSIRT are told every week: who cannot be reached, and what else to put right. */
export function readinessSheet({ from, until, findings }: OnCallReadiness, timeZone: string): Sheet {
  const cannot = findings.filter(({ severity }) => severity === 'cannot-be-reached');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const said = summary(cannot.length, warnings.length);
  const days = `${inBothTimes(from, timeZone)} to ${inBothTimes(until, timeZone)}`;
  return {
    subject: `Readiness: ${said}`,
    body:
      findings.length === 0
        ? [`From ${days}: ${said}.`]
        : [
            `From ${days}.`,
            ...listed('Cannot be reached:', cannot, timeZone),
            ...listed('Warnings:', warnings, timeZone),
            'The same, as it stands at any time:\n  npx tocsin readiness',
          ],
    short: `Readiness until ${utcSeconds(until).slice(0, 10)}: ${said}.`,
    spoken: `Readiness of the people on call: ${said}.`,
    link: null,
    isUrgent: false,
  };
}

function summary(cannot: number, warnings: number): string {
  if (cannot + warnings === 0) return 'everybody who will be called can be reached';
  const parts = [
    ...(cannot === 0 ? [] : [`${cannot} cannot be reached`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ];
  return parts.join(', ');
}

function listed(title: string, findings: readonly Finding[], timeZone: string): readonly string[] {
  if (findings.length === 0) return [];
  return [`${title}\n${findings.map((finding) => `  ${sentence(finding, timeZone)}`).join('\n')}`];
}

function sentence({ what, from, until }: Finding, timeZone: string): string {
  if (from === null) return what;
  const begin = inBothTimes(from, timeZone);
  return until === null
    ? `${what} Called from ${begin}.`
    : `${what} From ${begin} to ${inBothTimes(until, timeZone)}.`;
}
