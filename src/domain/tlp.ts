/**
 * Traffic Light Protocol 2.0. The framework's WHITE reads as CLEAR, and its AMBER (own organization only)
 * is what TLP 2.0 calls AMBER+STRICT. Source: IC-30.
 */

/** From the strictest to the freest. */
export const TLP_LABELS = ['RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR'] as const;
export type Tlp = (typeof TLP_LABELS)[number];

/** What nobody labelled. Ours: the framework leaves it open, and the strict reading harms nobody. */
export const TLP_UNLABELLED: Tlp = 'AMBER+STRICT';

/** `TLP:AMBER+STRICT`, `tlp: white`, `[TLP-GREEN]`, as people write it. */
const WRITTEN = /\btlp\s*[:\- ]\s*(red|amber\s*\+\s*strict|amber|green|clear|white)\b/gi;

/** The label that somebody wrote into a text, the strictest where there are several; null for none. Source: IC-30. */
export function labelIn(text: string): Tlp | null {
  const labels = [...text.matchAll(WRITTEN)].map(([, name = '']) => {
    const label = name.toUpperCase().replaceAll(/\s/g, '');
    return label === 'WHITE' ? 'CLEAR' : (label as Tlp);
  });
  return labels.length === 0 ? null : strictest(labels);
}

/** True when `a` may travel less far than `b`. */
export function isStricter(a: Tlp, b: Tlp): boolean {
  return TLP_LABELS.indexOf(a) < TLP_LABELS.indexOf(b);
}

/** The label of something made of several parts: its strictest. */
export function strictest(labels: readonly Tlp[]): Tlp {
  return labels.reduce((a, b) => (isStricter(b, a) ? b : a), 'CLEAR' as Tlp);
}
