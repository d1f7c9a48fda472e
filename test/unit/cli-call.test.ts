import { describe, expect, it } from 'vitest';
import { attributeOf, type Call, requestOf, type Typed } from '../../src/cli/call.ts';
import { CommandFailure } from '../../src/cli/exit-codes.ts';
import { CALLS } from '../../src/cli/program.ts';

const nothing: Typed = { arguments: {}, options: {}, file: {} };

function callOf(verb: string): Call {
  const found = Object.values(CALLS)
    .flat()
    .find((call) => call.verb === verb);
  if (found === undefined) throw new Error(`no verb ${verb}`);
  return found;
}

function bodyOf(verb: string, typed: Partial<Typed>): unknown {
  return requestOf(callOf(verb), {
    ...nothing,
    arguments: { incident: 'INC-2026-0001', row: 'agree-plan' },
    ...typed,
  }).body;
}

describe('the body of a command', () => {
  it('is made of arguments and options, at any depth', () => {
    const options = { summary: 's', email: 'anna@example.org', name: 'Anna', affected: ['idp', 'sp'] };
    expect(bodyOf('report', { options })).toEqual({
      summary: 's',
      reporter: { email: 'anna@example.org', name: 'Anna' },
      affected: ['idp', 'sp'],
    });
  });

  it('begins with the file, and what was typed goes over it', () => {
    const file = { summary: 'from the file', tlp: 'RED', reporter: { name: 'Anna' } };
    expect(bodyOf('report', { file, options: { summary: 'typed', email: 'anna@example.org' } })).toEqual({
      summary: 'typed',
      tlp: 'RED',
      reporter: { name: 'Anna', email: 'anna@example.org' },
    });
  });

  it('takes an outcome as JSON, as fields, or both', () => {
    const options = {
      outcome: '{"needed":true,"reason":"x"}',
      set: ['needed=false', 'reason=a=b', 'present=["lead1"]'],
    };
    expect(bodyOf('act', { options })).toEqual({
      outcome: { needed: false, reason: 'a=b', present: ['lead1'] },
    });
  });

  it('keeps yes, no and numbers of an outcome as the words that they are', () => {
    expect(bodyOf('act', { options: { set: ['identity=yes', 'n=3', 'basis=[sic', 'x='] } })).toEqual({
      outcome: { identity: 'yes', n: '3', basis: '[sic', x: '' },
    });
  });

  it('writes every instant in the one form that the server takes', () => {
    const options = { at: '2026-11-25T04:15:00+01:00', attempt: ['phone=2026-11-25T03:00Z'] };
    expect(bodyOf('reply', { options })).toEqual({
      at: '2026-11-25T03:15:00.000Z',
      attempts: [{ method: 'phone', at: '2026-11-25T03:00:00.000Z' }],
    });
    expect(bodyOf('act', { options: { set: ['contactedAt=2026-11-25T03:15:00Z'] } })).toEqual({
      outcome: { contactedAt: '2026-11-25T03:15:00.000Z' },
    });
  });

  it.each([
    ['note', { at: '2026-11-25T03:15:00' }, /--at .*an instant with its zone/],
    ['note', { at: 'yesterday' }, /--at/],
    ['note', { corrects: 'seven' }, /--corrects .*a whole number/],
    ['assess', { incident: 'perhaps' }, /--incident .*yes or no/],
    ['assess', { factor: ['exposure'] }, /--factor .*name=value/],
    ['act', { outcome: '[1]' }, /--outcome .*a JSON object/],
    ['act', { outcome: '{' }, /--outcome .*no JSON/],
  ])('of %s refuses %o before anything is sent', (verb, options, message) => {
    const make = (): unknown => bodyOf(verb, { options });
    expect(make).toThrow(CommandFailure);
    expect(make).toThrow(message);
  });
});

describe('the path of a command', () => {
  it('cannot be led elsewhere by an argument', () => {
    const { path } = requestOf(callOf('show'), { ...nothing, arguments: { incident: '../policy?x=1' } });
    expect(path).toBe('/v1/incidents/..%2Fpolicy%3Fx%3D1');
  });

  it('carries the filters of a list as its query', () => {
    const options = { overdue: true, criticality: 'emergency', limit: '5' };
    expect(requestOf(callOf('list'), { ...nothing, options }).path).toBe(
      '/v1/incidents?criticality=emergency&overdue=true&limit=5',
    );
  });

  it('of a POST carries only what belongs to the query', () => {
    const request = requestOf(callOf('report-answer'), {
      ...nothing,
      arguments: { report: 'r1' },
      options: { reportToken: 't&t', text: 'one hour' },
    });
    expect(request.path).toBe('/v1/reports/r1/answer?token=t%26t');
    expect(request.body).toEqual({ text: 'one hour' });
  });
});

describe('the table of verbs', () => {
  const calls = Object.values(CALLS).flat();

  it('has each verb once', () => {
    const names = calls.flatMap(({ verb, alias }) => (alias === undefined ? [verb] : [verb, alias]));
    expect(new Set(names).size).toBe(names.length);
  });

  it('gives every name in a path an argument, and every other argument a field', () => {
    for (const { path, arguments: names = [] } of calls) {
      const inPath = [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name);
      expect(names.filter(({ field }) => field === undefined).map(({ name }) => name)).toEqual(inPath);
    }
  });

  it('has options whose names commander keeps as we read them', () => {
    const names = calls.flatMap(({ options = [] }) => options.map(({ flags }) => attributeOf(flags)));
    expect(names.filter((name) => !/^[a-z]+(?:[A-Z][a-z]+)*$/.test(name))).toEqual([]);
    expect(attributeOf('--occurred-at <instant>')).toBe('occurredAt');
  });
});
