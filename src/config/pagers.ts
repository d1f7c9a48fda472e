import type { Values } from './environment.ts';
import type { ConfigProblem } from './problem.ts';

/** URLs have no slash at the end; tokens, and the URL of IRC, are secrets. */
export interface PagersConfig {
  readonly twilio?: {
    readonly url: string;
    readonly account: string;
    readonly token: string;
    /** Our number, `+17343527045`. */
    readonly from: string;
  };
  readonly ntfy?: { readonly url: string; readonly token?: string };
  /** `user` is who we are: `@tocsin:example.org`. */
  readonly matrix?: {
    readonly url: string;
    readonly token: string;
    readonly user: string;
    /** With which the homeserver tells us what is said to us; without it nothing is taken in. */
    readonly hsToken?: string;
  };
  /** `irc://nick:password@host:port`, or `ircs://` with TLS. */
  readonly irc?: { readonly url: string };
  /** Decoded: any provider that signs its receipts as Standard Webhooks say. */
  readonly receiptsSecret?: Buffer;
}

/** Where Twilio is, unless a server is named that speaks as it does. */
const TWILIO_URL = 'https://api.twilio.com';

/** What belongs together, and of that what has to be there as soon as one of it is. */
const PAGER_GROUPS = [
  {
    names: ['TOCSIN_TWILIO_URL', 'TOCSIN_TWILIO_ACCOUNT', 'TOCSIN_TWILIO_TOKEN', 'TOCSIN_TWILIO_FROM'],
    needed: ['TOCSIN_TWILIO_ACCOUNT', 'TOCSIN_TWILIO_TOKEN', 'TOCSIN_TWILIO_FROM'],
  },
  { names: ['TOCSIN_NTFY_URL', 'TOCSIN_NTFY_TOKEN'], needed: ['TOCSIN_NTFY_URL'] },
  {
    names: ['TOCSIN_MATRIX_URL', 'TOCSIN_MATRIX_TOKEN', 'TOCSIN_MATRIX_USER', 'TOCSIN_MATRIX_HS_TOKEN'],
    needed: ['TOCSIN_MATRIX_URL', 'TOCSIN_MATRIX_TOKEN', 'TOCSIN_MATRIX_USER'],
  },
] as const;

export function halfPagers(values: Values): readonly ConfigProblem[] {
  return PAGER_GROUPS.flatMap(({ names, needed }) => {
    const given = names.find((name) => values[name] !== undefined);
    if (given === undefined) return [];
    return needed
      .filter((name) => values[name] === undefined)
      .map((name) => ({ name, expected: `a value, since ${given} has one`, got: 'nothing' }));
  });
}

/** Of groups that are whole: `halfPagers` has refused the others. */
export function pagersOf(values: Values): PagersConfig {
  const twilioToken = values.TOCSIN_TWILIO_TOKEN;
  const matrixToken = values.TOCSIN_MATRIX_TOKEN;
  return {
    ...(twilioToken !== undefined && {
      twilio: {
        url: values.TOCSIN_TWILIO_URL ?? TWILIO_URL,
        account: values.TOCSIN_TWILIO_ACCOUNT ?? '',
        token: twilioToken,
        from: values.TOCSIN_TWILIO_FROM ?? '',
      },
    }),
    ...(values.TOCSIN_NTFY_URL !== undefined && {
      ntfy: {
        url: values.TOCSIN_NTFY_URL,
        ...(values.TOCSIN_NTFY_TOKEN !== undefined && { token: values.TOCSIN_NTFY_TOKEN }),
      },
    }),
    ...(matrixToken !== undefined && {
      matrix: {
        url: values.TOCSIN_MATRIX_URL ?? '',
        token: matrixToken,
        user: values.TOCSIN_MATRIX_USER ?? '',
        ...(values.TOCSIN_MATRIX_HS_TOKEN !== undefined && { hsToken: values.TOCSIN_MATRIX_HS_TOKEN }),
      },
    }),
    ...(values.TOCSIN_IRC_URL !== undefined && { irc: { url: values.TOCSIN_IRC_URL } }),
    ...(values.TOCSIN_RECEIPTS_SECRET !== undefined && { receiptsSecret: values.TOCSIN_RECEIPTS_SECRET }),
  };
}
