/**
 * Asks the DNS as `dns.promises.Resolver#resolve` does, with its answers and its error codes: texts as arrays of strings,
 * exchanges as `{priority, exchange}`, everything else as strings.
 */
export type Resolver = (name: string, type: RecordType) => Promise<readonly unknown[]>;

export type RecordType = 'A' | 'AAAA' | 'MX' | 'PTR' | 'TXT';

/** What checking one mail may cost. A mail of an attacker's names as many records as it likes. */
export interface Bounds {
  readonly lookups: number;
  readonly totalMs: number;
}

export interface Lookups {
  readonly resolve: (name: string, type: string) => Promise<string[][]>;
  /** How many got no answer, or were not asked any more: what depends on one is not known, rather than wrong. */
  unanswered(): number;
  close(): void;
}

/** A resolver for one mail: each record is asked for once, and after the bounds none. */
export function boundedLookups(resolver: Resolver, bounds: Bounds): Lookups {
  const answers = new Map<string, Promise<readonly unknown[]>>();
  let unanswered = 0;
  let expire: () => void = () => {};
  const expired = new Promise<never>((_, reject) => {
    expire = () => reject(noAnswer());
  });
  expired.catch(() => {});
  const timer = setTimeout(() => expire(), bounds.totalMs);

  const ask = async (name: string, type: RecordType): Promise<readonly unknown[]> => {
    const answer: unknown = await Promise.race([expired, (async () => await resolver(name, type))()]);
    if (!Array.isArray(answer)) throw noAnswer();
    return answer;
  };

  const answerOf = async (name: string, type: RecordType): Promise<readonly unknown[]> => {
    const key = `${type} ${name.toLowerCase()}`;
    const known = answers.get(key);
    if (known !== undefined) return await known;
    if (answers.size >= bounds.lookups) throw noAnswer();
    const answer = ask(name, type);
    answers.set(key, answer);
    return await answer;
  };
  return {
    resolve: async (name, type) => {
      try {
        // A copy: who reads an answer may sort it.
        return structuredClone(await answerOf(name, type as RecordType)) as string[][];
      } catch (error) {
        if (isNothingThere(error)) throw error;
        unanswered += 1;
        throw noAnswer(error);
      }
    },
    unanswered: () => unanswered,
    close: () => clearTimeout(timer),
  };
}

/** The name or the record does not exist: an answer like another. */
function isNothingThere(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

/** With the code that mailauth takes for a failure that may pass. */
function noAnswer(cause?: unknown): Error {
  return Object.assign(new Error('The DNS did not answer.', { cause }), { code: 'ETIMEOUT' });
}
