import type { Values } from './environment.ts';
import type { KeyFile } from './fields.ts';
import type { ConfigProblem } from './problem.ts';

/** Under what our mail leaves; what the operator left out is undefined. Whether the keys can be used is for who uses them. */
export interface OutgoingMailConfig {
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly key: KeyFile };
  /** The key of the CSIRT. */
  readonly pgp?: { readonly key: KeyFile; readonly passphrase: string | undefined };
}

const DKIM = ['TOCSIN_DKIM_DOMAIN', 'TOCSIN_DKIM_SELECTOR', 'TOCSIN_DKIM_KEY_FILE'] as const;

/** What belongs together, half of it given: mail would leave unsigned, without a word. */
export function halfSigning(values: Values): readonly ConfigProblem[] {
  const given = DKIM.find((name) => values[name] !== undefined);
  const missing = given === undefined ? [] : DKIM.filter((name) => values[name] === undefined);
  const problems = missing.map((name) => ({
    name,
    expected: `a value, since ${String(given)} has one`,
    got: 'nothing',
  }));
  const isKeyMissing =
    values.TOCSIN_PGP_SIGNING_PASSPHRASE !== undefined && values.TOCSIN_PGP_SIGNING_KEY_FILE === undefined;
  if (!isKeyMissing) return problems;
  const expected = 'a value, since TOCSIN_PGP_SIGNING_PASSPHRASE has one';
  return [...problems, { name: 'TOCSIN_PGP_SIGNING_KEY_FILE', expected, got: 'nothing' }];
}

/** Of groups that are whole: `halfSigning` has refused the others. */
export function outgoingMailOf(values: Values): OutgoingMailConfig {
  const { TOCSIN_DKIM_KEY_FILE: dkimKey, TOCSIN_PGP_SIGNING_KEY_FILE: pgpKey } = values;
  return {
    ...(dkimKey !== undefined && {
      dkim: {
        domain: values.TOCSIN_DKIM_DOMAIN ?? '',
        selector: values.TOCSIN_DKIM_SELECTOR ?? '',
        key: dkimKey,
      },
    }),
    ...(pgpKey !== undefined && {
      pgp: { key: pgpKey, passphrase: values.TOCSIN_PGP_SIGNING_PASSPHRASE },
    }),
  };
}
