/** Where a call would go, as its URL says. */
export interface Target {
  readonly url: URL;
  /** Lower case, without brackets and without a dot at the end. */
  readonly host: string;
  /** The operator named this host: it may be inside, and need not speak TLS. */
  readonly isAllowedByName: boolean;
}

/**
 * Why a URL is not visited: it cannot be read; it is not https; it carries a name or password, which would be shown to
 * whoever can read it; it leads to an address that is not public; or the far side wants to send us elsewhere.
 */
export type ForbiddenReason = 'invalid-url' | 'scheme' | 'credentials' | 'address' | 'redirect';

/** Reads a URL that somebody gave. What it says of addresses is judged once they are resolved. */
export function targetOf(given: string, allowHosts: readonly string[]): Target | ForbiddenReason {
  // Reading a URL removes line ends and spaces without a word: what is visited would not be what was given.
  if (/[\s\p{Cc}]/u.test(given) || !URL.canParse(given)) return 'invalid-url';
  const url = new URL(given);
  const host = hostOf(url.hostname);
  if (host === '') return 'invalid-url';
  if (url.username !== '' || url.password !== '') return 'credentials';
  const isAllowedByName = isAllowed(host, portOf(url), allowHosts);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isAllowedByName)) return 'scheme';
  return { url, host, isAllowedByName };
}

/** `host` allows every port, `host:port` one; IPv6 stands in brackets: `[::1]:8080`. */
function isAllowed(host: string, port: string, allowHosts: readonly string[]): boolean {
  return allowHosts.some((entry) => {
    const [, name = '', entryPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
    return hostOf(name) === host && (entryPort === undefined || entryPort === port);
  });
}

function hostOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/^\[|\]$/g, '')
    .replace(/\.+$/, '');
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'http:' ? '80' : '443';
}
