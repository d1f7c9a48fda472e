import { setTimeout as sleep } from 'node:timers/promises';
import { createIrcPager, type IrcPager } from '../../../src/adapters/pager-irc.ts';
import { type IrcPerson, type Ngircd, startNgircd } from './ngircd.ts';
import { type Arrival, PATIENCE_MS, type Vendor } from './vendor.ts';

export const IRC_PERSON = 'anna';

export interface IrcVendor extends Vendor {
  readonly pager: IrcPager;
  readonly server: Ngircd;
  readonly person: () => IrcPerson;
}

/** A real server, the person to page, and somebody else who must hear nothing of it. */
export async function startIrc(): Promise<IrcVendor> {
  const server = await startNgircd();
  const heard: string[] = [];
  let person = await server.join(IRC_PERSON);
  let stranger = await server.join('mallory');
  const pager = createIrcPager({
    url: `irc://tocsin:${server.password}@127.0.0.1:${server.port}`,
    // It lets a client say about one line a second.
    timeoutMs: PATIENCE_MS * 4,
    reconnectMs: 200,
  });
  return {
    pager,
    server,
    person: () => person,
    script: async (...behaviours) => {
      for (const behaviour of behaviours) {
        if (behaviour === 'refuse') await person.leave();
        else if (behaviour === 'never') server.freeze();
        else if (behaviour === 'drop') {
          server.freeze();
          void sleep(500).then(() => server.kill());
        } else if (behaviour !== 'accept') throw new Error(`IRC knows no ${behaviour}`);
      }
    },
    recover: async () => {
      server.thaw();
      await server.kill();
      heard.push(...person.lines);
      await server.start();
      person = await server.join(IRC_PERSON);
      stranger = await server.join('mallory');
    },
    arrivals: async () => {
      await sleep(300);
      return arrivalsIn([...heard, ...person.lines]);
    },
    problems: () => [
      ...stranger.lines,
      ...person.lines.filter(
        (line) => !line.startsWith(':tocsin') || !line.includes(`PRIVMSG ${IRC_PERSON} :`),
      ),
    ],
    secrets: [server.password],
    stop: () => server.kill(),
    close: async () => {
      pager.close();
      await server.close();
    },
  };
}

/** A message ends its first line with its id; what is said after that belongs to it. */
function arrivalsIn(lines: readonly string[]): readonly Arrival[] {
  const found: Arrival[] = [];
  for (const line of lines) {
    const said = /^\S+ PRIVMSG \S+ :(.*)$/.exec(line)?.[1];
    if (said === undefined) continue;
    const id = / \[([^\]]+)\]$/.exec(said)?.[1];
    const last = found.at(-1);
    if (id !== undefined) found.push({ id, to: IRC_PERSON, words: said });
    else if (last !== undefined) found.splice(-1, 1, { ...last, words: `${last.words}\n${said}` });
    else found.push({ id: '', to: IRC_PERSON, words: said });
  }
  return found;
}
