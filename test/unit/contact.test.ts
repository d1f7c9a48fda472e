import { describe, expect, it } from 'vitest';
import { contentToPage, withLink } from '../../src/domain/contact.ts';
import { clearedPage, PAGE } from '../support/paging.ts';

describe('what a pager may send', () => {
  it('is what passed the TLP gate', () => {
    expect(contentToPage(clearedPage())).toEqual(PAGE);
  });

  it.each(['INC-2026-0007:page:1:anna:2', 'a', 'A.b_c-d:9', 'x'.repeat(100)])('has the id %j', (id) => {
    expect(contentToPage(clearedPage({ id })).id).toBe(id);
  });

  it.each(['', 'a b', 'a\n', 'é', 'a/b', 'x'.repeat(101)])('has never the id %j', (id) => {
    expect(() => contentToPage(clearedPage({ id }))).toThrow(TypeError);
  });
});

describe('a text with its link', () => {
  it('says it once', () => {
    expect(withLink('Take it.', { link: 'https://tocsin.example/p' })).toBe(
      'Take it.\nhttps://tocsin.example/p',
    );
    expect(withLink('At https://tocsin.example/p.', { link: 'https://tocsin.example/p' })).toBe(
      'At https://tocsin.example/p.',
    );
    expect(withLink('Take it.', { link: null })).toBe('Take it.');
  });
});
