import type { NewText } from '../persistence/texts.ts';

/** Collects the words of a step: each gets an id at once, and the step carries the id. */
export class WordsSaid {
  readonly texts: NewText[] = [];
  readonly #newId: () => string;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** What was left out stays out. */
  keep(body: Readonly<Record<string, unknown>>): string {
    const id = this.#newId();
    const said = Object.entries(body).filter(([, value]) => value !== undefined);
    this.texts.push({ id, body: Object.fromEntries(said) });
    return id;
  }

  get ids(): readonly string[] {
    return this.texts.map(({ id }) => id);
  }
}
