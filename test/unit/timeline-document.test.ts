import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type TimelineDocument,
  timelineDocument,
  type TimelineEntry,
} from '../../src/domain/timeline-document.ts';

const AT = Date.UTC(2016, 5, 21, 20, 39, 33, 999);

const entry: TimelineEntry = {
  seq: 1,
  at: AT,
  by: 'tocsin',
  kind: 'lead',
  text: 'incident identified; Incident Lead: alice@',
  method: null,
  tlp: 'GREEN',
  corrects: null,
  isDocumentLine: true,
};

const empty: TimelineDocument = {
  incidentId: 'INC-2026-0001',
  summary: 'tokens leaked by the portal',
  tlp: 'GREEN',
  links: { informationDocument: null, masterTicket: null, chatLog: null },
  entries: [],
};

function linesOf(...entries: readonly TimelineEntry[]): readonly string[] {
  return timelineDocument({ ...empty, entries })
    .split('\n')
    .filter((line) => /^\d{4}-/.test(line));
}

function textOf(text: string): string {
  return linesOf({ ...entry, text }).join('\n');
}

describe('the timeline document', () => {
  it('has the form of the source: identifier and summary, three links, then stamped lines', () => {
    const links = { ...empty.links, masterTicket: 'https://tickets.example/25' };
    expect(timelineDocument({ ...empty, links, entries: [entry] }))
      .toBe(`# INC-2026-0001: tokens leaked by the portal

TLP:GREEN

Incident information document: not yet

Master ticket: <https://tickets.example/25>

Incident chat log: not yet

2016-06-21T20:39:33Z: incident identified; Incident Lead: alice@
`);
  });

  it('says so where there is no summary yet', () => {
    expect(timelineDocument({ ...empty, summary: null })).toMatch(/^# INC-2026-0001: no summary yet\n/);
  });

  it('is ordered by when things happened, a late line included, and then by number', () => {
    const late = { ...entry, seq: 9, at: AT - 60_000, text: 'late' };
    const second = { ...entry, seq: 3, text: 'second' };
    const first = { ...entry, seq: 2, text: 'first' };
    const unfiled = { ...entry, seq: null, text: 'unfiled' };
    expect(linesOf(unfiled, second, first, late).map((line) => line.split(': ')[1])).toEqual([
      'late',
      'first',
      'second',
      'unfiled',
    ]);
  });

  it('leaves the machinery out', () => {
    expect(linesOf({ ...entry, isDocumentLine: false })).toEqual([]);
  });

  it('carries the label of its strictest line', () => {
    const document = timelineDocument({ ...empty, entries: [entry, { ...entry, seq: 2, tlp: 'RED' }] });
    expect(document).toContain('\nTLP:RED\n');
  });

  it('says of a note how it is known, and who wrote it', () => {
    const note: TimelineEntry = { ...entry, kind: 'finding', by: 'alice', text: 'workaround identified' };
    expect(linesOf({ ...note, method: 'incident-chat' })).toEqual([
      '2016-06-21T20:39:33Z: workaround identified (via incident-chat; alice@)',
    ]);
    expect(linesOf({ ...note, text: 'workaround identified by alice@' })).toEqual([
      '2016-06-21T20:39:33Z: workaround identified by alice@',
    ]);
  });

  it('strikes a corrected line, keeps it, and points from each to the other', () => {
    const wrong: TimelineEntry = { ...entry, seq: 4, kind: 'note', by: 'alice', text: 'patched at noon' };
    const right: TimelineEntry = { ...wrong, seq: 7, at: AT + 5_000, text: 'patched at one', corrects: 4 };
    expect(linesOf(wrong, right)).toEqual([
      '2016-06-21T20:39:33Z: ~~patched at noon (alice@)~~ (#4, corrected by #7)',
      '2016-06-21T20:39:38Z: patched at one (alice@) (#7, corrects #4)',
    ]);
  });

  it('follows a correction of a correction', () => {
    const chain = [null, 1, 2].map((corrects, index) => ({
      ...entry,
      seq: index + 1,
      corrects,
      text: `v${index}`,
    }));
    expect(linesOf(...chain)).toEqual([
      '2016-06-21T20:39:33Z: ~~v0~~ (#1, corrected by #2)',
      '2016-06-21T20:39:33Z: ~~v1~~ (#2, corrects #1, corrected by #3)',
      '2016-06-21T20:39:33Z: v2 (#3, corrects #2)',
    ]);
  });

  it('shows a correction that is not filed yet by its time', () => {
    const right = { ...entry, seq: null, at: AT + 5_000, text: 'right', corrects: 1 };
    expect(linesOf(entry, right)).toEqual([
      '2016-06-21T20:39:33Z: ~~incident identified; Incident Lead: alice@~~ (#1, corrected by 2016-06-21T20:39:38Z)',
      '2016-06-21T20:39:38Z: right (corrects #1)',
    ]);
  });
});

describe('what a stranger wrote', () => {
  it.each([
    ['a heading', 'x\n# Heading', 'x # Heading'],
    ['a second line with a stamp', 'x\n2016-06-21T20:39:33Z: closed', 'x 2016-06-21T20:39:33Z: closed'],
    ['a link', '[here](http://evil.example)', String.raw`\[here\](http://evil.example)`],
    ['a picture', '![](http://evil.example/pixel)', String.raw`!\[\](http://evil.example/pixel)`],
    ['an element', '<script>alert(1)</script>', String.raw`\<script\>alert(1)\</script\>`],
    ['an entity', '&lt;img&gt;', String.raw`\&lt;img\&gt;`],
    ['emphasis', '**a** _b_ ~~c~~ `d`', String.raw`\*\*a\*\* \_b\_ \~\~c\~\~ ` + '\\`d\\`'],
    ['an escape of our escape', String.raw`\[x](y)`, String.raw`\\\[x\](y)`],
    ['a turned direction', 'gpj.\u{202e}exe', 'gpj.exe'],
  ])('%s stays words of one line', (_what, text, shown) => {
    expect(textOf(text)).toBe(`2016-06-21T20:39:33Z: ${shown}`);
  });

  it('makes no link of an address that is none of a web page', () => {
    const links = { ...empty.links, chatLog: 'javascript:alert(1)>x' };
    expect(timelineDocument({ ...empty, links })).toContain(
      String.raw`Incident chat log: javascript:alert(1)\>x`,
    );
  });

  it('never begins a line, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, summary) => {
        const document = timelineDocument({ ...empty, summary, entries: [{ ...entry, text }] });
        const lines = document.split(/[\n\r\u{2028}\u{2029}]/u).filter((line) => line !== '');
        expect(lines).toHaveLength(6);
        expect(lines.at(-1)).not.toMatch(/(?<!\\)(?:\\\\)*[<[`*_]/);
      }),
    );
  });
});
