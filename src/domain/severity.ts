import type { Severity } from './incident.ts';
import type { Policy } from './policy.ts';
import { refuse, type Refusal } from './refusal.ts';
import type { SeverityRule } from './rules.ts';
import { SEVERITY_FACTORS, SEVERITY_LEVELS, type SeverityFactor, type SeverityLevel } from './vocabulary.ts';

type Factors = Severity['factors'];

/**
 * The severity that the factors add up to; no factor decides alone. The factors are kept as they were judged, the
 * points also count what must be assumed. Refuses the first value that the policy does not list. Source: NM-10, NM-12.
 */
export function severityOf(rule: SeverityRule, factors: Factors): Severity | Refusal {
  const unknown = SEVERITY_FACTORS.find((factor) => !Object.hasOwn(rule.factors[factor], factors[factor]));
  if (unknown !== undefined) {
    const allowed = Object.keys(rule.factors[unknown]).join(', ');
    // The value itself is not repeated: it is the caller's text and may say anything.
    return refuse(
      'invalid',
      `Expected ${unknown} to be one of ${allowed}; another value came.`,
      `/severityFactors/${unknown}`,
    );
  }
  const points = SEVERITY_FACTORS.reduce((sum, factor) => sum + pointsOf(rule, factors, factor), 0);
  return { level: levelOf(rule, points), points, factors };
}

/**
 * Why a severity is what it is: the sum, then what each factor gave, in the policy's words, then what was assumed.
 * The policy is the one that the incident began with.
 */
export function severityReasons(
  policy: Pick<Policy, 'rules' | 'severityFactors'>,
  severity: Severity,
): string[] {
  const rule = policy.rules.severity;
  const { level, points, factors } = severity;
  return [
    `${points} points: ${level} begins at ${rule.thresholds[level]}`,
    ...policy.severityFactors.map(({ factor, values }) => {
      const value = factors[factor];
      const text = values.find((one) => one.value === value)?.text ?? 'not in this policy';
      return `${factor} ${value}: ${text} (${pointsOf(rule, factors, factor)})`;
    }),
    ...rule.assumptions
      .filter(({ when, assume }) => factors[when.factor] === when.value && raises(rule, factors, assume))
      .map(
        ({ when, assume }) =>
          `${assume.factor} counts as ${assume.value}, because ${when.factor} is ${when.value}`,
      ),
  ];
}

function levelOf(rule: SeverityRule, points: number): SeverityLevel {
  return SEVERITY_LEVELS.findLast((level) => points >= rule.thresholds[level]) ?? 'low';
}

/** What the factor was judged to be or must be assumed to be, whichever is more. */
function pointsOf(rule: SeverityRule, factors: Factors, factor: SeverityFactor): number {
  const assumed = rule.assumptions
    .filter(({ when, assume }) => assume.factor === factor && factors[when.factor] === when.value)
    .map(({ assume }) => pointsFor(rule, factor, assume.value));
  return Math.max(pointsFor(rule, factor, factors[factor]), ...assumed);
}

function raises(
  rule: SeverityRule,
  factors: Factors,
  assume: { readonly factor: SeverityFactor; readonly value: string },
): boolean {
  return (
    pointsFor(rule, assume.factor, assume.value) > pointsFor(rule, assume.factor, factors[assume.factor])
  );
}

function pointsFor(rule: SeverityRule, factor: SeverityFactor, value: string): number {
  return rule.factors[factor][value] ?? 0;
}
