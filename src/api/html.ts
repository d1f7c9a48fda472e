export const HTML_MEDIA_TYPE = 'text/html';

/** A piece of markup that is safe to send: whatever was put into it is text. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Piece = string | number | Html | null | readonly Html[];

/**
 * Markup from a template: html`<p>${text}</p>`. Texts are escaped for content and for quoted attributes, pieces of markup
 * stay what they are, null is nothing. Put no text where a script, a style or an address is.
 */
export function html(template: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(template.map((part, index) => `${part}${markupOf(pieces[index] ?? null)}`).join(''));
}

function markupOf(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Html) return piece.markup;
  if (typeof piece === 'string' || typeof piece === 'number') return escaped(String(piece));
  return piece.map(({ markup }) => markup).join('\n');
}

/** A text for content and quoted attributes of HTML and XML. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
