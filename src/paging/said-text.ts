/** `On Tue, 25 Nov 2026 at 03:04, Tocsin <tocsin@example.org> wrote:`, which mail programs may break into lines. */
const ATTRIBUTION = /^On\s.{0,300}?wrote:[ \t]*$/ms;

/** What mail programs put above a whole mail that they quote without marking its lines, and above their own signatures. */
const CUT_AT = [
  /^-- ?$/m,
  /^-{2,}\s*Original Message\s*-{2,}\s*$/im,
  /^_{10,}\s*$/m,
  /^From:\s.*$/m,
  /^(?:Sent from|Get Outlook for)\s.*$/im,
] as const;

/**
 * What a person wrote in a message: without the mail that they quote, above or below, and without signatures.
 * What is quoted without a mark that is known here stays; then the text is more than an answer, and none.
 */
export function saidText(message: string): string {
  const text = message.replaceAll(/\r\n?/g, '\n');
  const said = withoutQuotedMail(text);
  const end = CUT_AT.map((mark) => said.search(mark)).filter((at) => at >= 0);
  return said.slice(0, Math.min(said.length, ...end)).trim();
}

function withoutQuotedMail(text: string): string {
  const attribution = ATTRIBUTION.exec(text);
  if (attribution === null) return withoutMarkedLines(text);
  const above = text.slice(0, attribution.index);
  const below = text.slice(attribution.index + attribution[0].length);
  // Marked line by line, what is between or below them is the person's own; unmarked, nothing tells where it ends.
  return withoutMarkedLines(/^>/m.test(below) ? `${above}\n${below}` : above);
}

function withoutMarkedLines(text: string): string {
  return text.replaceAll(/^>.*$/gm, '');
}
