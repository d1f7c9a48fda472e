import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Severity } from '../../src/domain/incident.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { severityOf, severityReasons } from '../../src/domain/severity.ts';
import { SEVERITY_FACTORS } from '../../src/domain/vocabulary.ts';
import { loadPolicy } from '../../src/policy.ts';

type Factors = Severity['factors'];

let policy: Policy;
beforeAll(async () => {
  policy = await loadPolicy(resolve(import.meta.dirname, '../../policy/incommon.yaml'));
});

const remoteCodeExecution: Factors = {
  vulnerabilityType: 'remote-code-execution',
  exploitability: 'network',
  disclosure: 'public',
  exposure: 'internet',
  exploitation: 'active',
  publicity: 'possible',
  dataAtRisk: 'trust-material',
};

describe('severity', () => {
  test('is critical for code run from the internet on systems that hold keys', () => {
    expect(severity(remoteCodeExecution)).toEqual({
      level: 'critical',
      points: 21,
      factors: remoteCodeExecution,
    });
  });

  test('of remote code execution on an unexposed host with nothing at stake is not at the top', () => {
    const harmless = { ...remoteCodeExecution, exposure: 'none', dataAtRisk: 'none' };
    expect(severity({ ...harmless, exploitation: 'unlikely', publicity: 'none' }).level).toBe('medium');
    expect(severity({ ...harmless, publicity: 'industry-wide' }).level).not.toBe('critical');
  });

  test('never reaches the top without exposure and data at risk', () => {
    fc.assert(
      fc.property(anyFactors(), (factors) => {
        expect(severity({ ...factors, exposure: 'none', dataAtRisk: 'none' }).level).not.toBe('critical');
      }),
    );
  });

  test('never falls when one factor gets worse', () => {
    fc.assert(
      fc.property(
        anyFactors(),
        anyFactors(),
        fc.constantFrom(...SEVERITY_FACTORS),
        (factors, other, factor) => {
          const points = policy.rules.severity.factors[factor];
          const worse = { ...factors, [factor]: other[factor] };
          fc.pre(points[factors[factor]]! < points[worse[factor]]!);
          expect(severity(worse).points).toBeGreaterThanOrEqual(severity(factors).points);
        },
      ),
    );
  });

  test('of a responsibly disclosed flaw that takes extraordinary capabilities is low', () => {
    const judged = severity({
      vulnerabilityType: 'information-disclosure',
      exploitability: 'extraordinary',
      disclosure: 'embargoed',
      exposure: 'internet',
      exploitation: 'unlikely',
      publicity: 'none',
      dataAtRisk: 'internal',
    });
    expect(judged.level).toBe('low');
  });

  test('counts exploitation as active where a flaw was long present and disclosed without notice', () => {
    const disclosed = { ...remoteCodeExecution, disclosure: 'long-present-without-notice' };
    const unlikely = severity({ ...disclosed, exploitation: 'unlikely' });
    expect(unlikely.points).toBe(severity({ ...disclosed, exploitation: 'active' }).points);
    expect(unlikely.factors.exploitation).toBe('unlikely');
    const withNotice = severity({ ...remoteCodeExecution, exploitation: 'unlikely' });
    expect(withNotice.points).toBeLessThan(severity(remoteCodeExecution).points);
  });

  test('reaches a level with the very points at which it begins', () => {
    const beginningAt = (critical: number) =>
      severityOf(
        { ...policy.rules.severity, thresholds: { low: 0, medium: 1, high: 2, critical } },
        remoteCodeExecution,
      );
    expect(beginningAt(21)).toMatchObject({ level: 'critical' });
    expect(beginningAt(22)).toMatchObject({ level: 'high' });
  });

  test.each(SEVERITY_FACTORS)('is refused where %s has a value that the policy does not list', (factor) => {
    for (const value of ['catastrophic', '', 'constructor', 'toString']) {
      const refused = severityOf(policy.rules.severity, { ...remoteCodeExecution, [factor]: value });
      const allowed = Object.keys(policy.rules.severity.factors[factor]).join(', ');
      expect(refused).toEqual({
        refused: 'invalid',
        detail: `Expected ${factor} to be one of ${allowed}; another value came.`,
        pointer: `/severityFactors/${factor}`,
      });
    }
  });

  test('is refused where a factor is missing', () => {
    const { exposure: _, ...others } = remoteCodeExecution;
    expect(severityOf(policy.rules.severity, others as Factors)).toMatchObject({
      refused: 'invalid',
      pointer: '/severityFactors/exposure',
    });
  });
});

describe('the reasons of a severity', () => {
  test('say the sum and what each factor gave', () => {
    expect(severityReasons(policy, severity(remoteCodeExecution))).toEqual([
      '21 points: critical begins at 18',
      'vulnerabilityType remote-code-execution: Runs code of the attacker’s choice (4)',
      'exploitability network: Reached over the network by anybody (3)',
      'disclosure public: Publicly known, the vendor had notice (2)',
      'exposure internet: Reachable by anybody on the internet (3)',
      'exploitation active: Being exploited, or exploited repeatedly before (4)',
      'publicity possible: Questions from outside are possible (1)',
      'dataAtRisk trust-material: Keys, credentials or metadata that others rely on (4)',
    ]);
  });

  test('name what was assumed, where it made a difference', () => {
    const disclosed = { ...remoteCodeExecution, disclosure: 'long-present-without-notice' };
    const assumed = 'exploitation counts as active, because disclosure is long-present-without-notice';
    const reasons = severityReasons(policy, severity({ ...disclosed, exploitation: 'feasible' }));
    expect(reasons.at(-1)).toBe(assumed);
    expect(reasons).toContain('exploitation feasible: Exploitation is assumed to be feasible (4)');
    expect(severityReasons(policy, severity(disclosed))).not.toContain(assumed);
  });

  test('add up to the points', () => {
    fc.assert(
      fc.property(anyFactors(), (factors) => {
        const judged = severity(factors);
        const given = severityReasons(policy, judged).map((reason) => /\((\d+)\)$/.exec(reason)?.[1] ?? '0');
        expect(given.reduce((sum, points) => sum + Number(points), 0)).toBe(judged.points);
      }),
    );
  });
});

function severity(factors: Factors): Severity {
  const judged = severityOf(policy.rules.severity, factors);
  if (isRefusal(judged)) throw new Error(judged.detail);
  return judged;
}

function anyFactors(): fc.Arbitrary<Factors> {
  const { factors } = policy.rules.severity;
  const values = SEVERITY_FACTORS.map((factor) => [factor, fc.constantFrom(...Object.keys(factors[factor]))]);
  return fc.record(Object.fromEntries(values) as Record<keyof Factors, fc.Arbitrary<string>>);
}
