import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html } from '../../src/api/html.ts';
import { linkedPage } from '../../src/api/link-view.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(1)'>&lt;`;

describe('markup', () => {
  test('holds a text as text, in content and in attributes', () => {
    expect(html`<a title="${HOSTILE}">${HOSTILE}</a>`.markup).not.toMatch(/<script|<img|"><|'/);
    expect(html`<p>${'a & b'}</p>`.markup).toBe('<p>a &amp; b</p>');
  });

  test('holds pieces of markup as they are, and null as nothing', () => {
    expect(html`<p>${html`<b>${'<'}</b>`}${null}${[html`<i></i>`]}${7}</p>`.markup).toBe(
      '<p><b>&lt;</b><i></i>7</p>',
    );
  });

  test('made of any text has no more elements than without it', () => {
    const tagsOf = (markup: string) => markup.match(/<\/?[a-z]+/g)?.length;
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ' ', '=', ';', '#') }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const made = html`<a title="${text}">${text}</a>`.markup;
        expect(tagsOf(made)).toBe(2);
        expect(made.match(/"/g)).toHaveLength(2);
      }),
    );
  });
});

test('a linked page stays what it is, whatever names the policy has and whatever the token', () => {
  const page = {
    ...{
      id: HOSTILE,
      incidentId: HOSTILE,
      round: 1,
      rung: 2,
      ring: 1,
      note: HOSTILE,
      attempts: [],
      skipped: [],
      declinedBy: [],
    },
    ...{ startedAt: '2026-02-03T15:00:00.000Z', endedAt: null, nextStepAt: null, cancelledBecause: null },
    ...{ acknowledgedBy: 'x', acknowledgedAt: null, acknowledgedUntil: null },
  };
  const person = { username: HOSTILE, name: HOSTILE, mail: '', roles: [] };
  const calendar = { timeZone: 'America/Detroit', days: [], holidays: [] };
  for (const state of ['ringing', 'acknowledged'] as const) {
    const { markup } = linkedPage({
      ...{
        criticality: 'emergency',
        username: HOSTILE,
        said: null,
        base: '',
        token: HOSTILE,
      },
      page: { ...page, reason: 'no-lead', state },
      policy: { people: [person], calendar },
    });
    expect(markup).not.toMatch(/<script|<img/);
    expect(markup).toContain('EMERGENCY');
    expect(markup.match(/<form/g)?.length ?? 0).toBe(state === 'ringing' ? 2 : 0);
  }
});
