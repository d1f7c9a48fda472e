import type { ConnectOptions } from 'irc-framework';

/** How we connect to the server of a URL, as the nick in it. */
export function optionsOf(given: string): ConnectOptions {
  const url = new URL(given);
  const isTls = url.protocol === 'ircs:';
  const nick = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(url.port || (isTls ? 6697 : 6667)),
    nick,
    username: nick,
    gecos: 'Tocsin',
    ...(password !== '' && { password }),
    tls: isTls,
    rejectUnauthorized: true,
    version: 'Tocsin',
    // Its own gives up after three attempts, and does not begin when the first connection fails.
    auto_reconnect: false,
    // A connection that is dead without a word is noticed, and renewed, between two tries of a page.
    ping_interval: 10,
    ping_timeout: 30,
  };
}
