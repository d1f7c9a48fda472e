import type { Values } from './environment.ts';
import type { ConfigProblem } from './problem.ts';

/** Where the chat channels of incidents are; URLs have no slash at the end, tokens and the URL of IRC are secrets. */
export type ChatConfig =
  | {
      readonly provider: 'matrix';
      readonly url: string;
      readonly token: string;
      /** Who we are: `@tocsin:example.org`. */
      readonly user: string;
    }
  | { readonly provider: 'slack'; readonly url: string; readonly token: string }
  | {
      readonly provider: 'irc';
      /** `irc://nick:password@host:port`, or `ircs://` with TLS. */
      readonly url: string;
    };

/** Where Slack is, unless a server is named that speaks as it does. */
const SLACK_URL = 'https://slack.com/api';

const NAMES = ['TOCSIN_CHAT_URL', 'TOCSIN_CHAT_TOKEN', 'TOCSIN_CHAT_USER'] as const;

/** What each provider needs, and what means nothing to it. */
const NEEDED: Readonly<Record<ChatConfig['provider'], readonly (typeof NAMES)[number][]>> = {
  matrix: ['TOCSIN_CHAT_URL', 'TOCSIN_CHAT_TOKEN', 'TOCSIN_CHAT_USER'],
  slack: ['TOCSIN_CHAT_TOKEN'],
  irc: ['TOCSIN_CHAT_URL'],
};

const SCHEMES: Readonly<Record<ChatConfig['provider'], RegExp>> = {
  matrix: /^https?:$/,
  slack: /^https?:$/,
  irc: /^ircs?:$/,
};

export function halfChat(values: Values): readonly ConfigProblem[] {
  const provider = values.TOCSIN_CHAT_PROVIDER;
  if (provider === undefined) {
    const given = NAMES.find((name) => values[name] !== undefined);
    return given === undefined
      ? []
      : [{ name: 'TOCSIN_CHAT_PROVIDER', expected: `a value, since ${given} has one`, got: 'nothing' }];
  }
  const missing = NEEDED[provider]
    .filter((name) => values[name] === undefined)
    .map((name) => ({
      name,
      expected: `a value, since TOCSIN_CHAT_PROVIDER is ${provider}`,
      got: 'nothing',
    }));
  const url = values.TOCSIN_CHAT_URL;
  if (url === undefined || SCHEMES[provider].test(new URL(url).protocol)) return missing;
  const expected = provider === 'irc' ? 'irc://nick:password@host:port, or ircs://' : 'an http or https URL';
  return [...missing, { name: 'TOCSIN_CHAT_URL', expected, got: 'something else (a secret, not shown)' }];
}

/** Of what is whole: `halfChat` has refused the rest. */
export function chatOf(values: Values): ChatConfig | undefined {
  const { TOCSIN_CHAT_TOKEN: token = '', TOCSIN_CHAT_USER: user = '' } = values;
  const url = values.TOCSIN_CHAT_URL?.replace(/\/+$/, '');
  switch (values.TOCSIN_CHAT_PROVIDER) {
    case undefined:
      return undefined;
    case 'matrix':
      return { provider: 'matrix', url: url ?? '', token, user };
    case 'slack':
      return { provider: 'slack', url: url ?? SLACK_URL, token };
    case 'irc':
      return { provider: 'irc', url: url ?? '' };
  }
}
