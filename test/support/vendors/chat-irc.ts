import { setTimeout as sleep } from 'node:timers/promises';
import { createIrcRooms } from '../../../src/adapters/chat-irc.ts';
import type { ChatVendor } from './chat.ts';
import { type IrcPerson, startNgircd } from './ngircd.ts';
import { PATIENCE_MS } from './vendor.ts';

/** A real server, one of our people, and somebody else. */
export async function startChatIrc(): Promise<ChatVendor> {
  const server = await startNgircd();
  let anna = await server.join('anna');
  const rooms = createIrcRooms({
    url: `irc://tocsin:${server.password}@127.0.0.1:${server.port}`,
    // It lets a client say about one line a second.
    timeoutMs: PATIENCE_MS * 4,
    reconnectMs: 200,
  });

  /** What the server says to a question of hers until it has said this numeric. */
  const asked = async (line: string, end: string): Promise<readonly string[]> => {
    const before = anna.lines.length;
    anna.say(line);
    const endsAtMs = Date.now() + 10_000;
    for (;;) {
      const said = anna.lines.slice(before);
      if (said.some((one) => new RegExp(`^:\\S+ (?:${end})`).test(one))) return said;
      if (Date.now() > endsAtMs) throw new Error(`no ${end} to ${line}: ${said.join('\n')}`);
      await sleep(20);
    }
  };
  const isThere = async (room: string) =>
    (await asked(`LIST ${room}`, '323 ')).some((line) => line.includes(` 322 anna ${room} `));
  const enter = async (person: IrcPerson, room: string) => {
    person.say(`JOIN ${room}`);
    await sleep(300);
  };
  /** It takes about one line a second of hers. */
  const untilRead = async () => {
    await asked(`PING ${Date.now()}`, 'PONG ');
    await sleep(100);
  };

  return {
    rooms,
    script: async (...behaviours) => {
      for (const behaviour of behaviours) {
        if (behaviour === 'never') server.freeze();
        else if (behaviour === 'drop') {
          server.freeze();
          void sleep(500).then(() => server.kill());
        } else throw new Error(`IRC knows no ${behaviour}`);
      }
    },
    recover: async () => {
      server.thaw();
      await server.kill();
      await server.start();
      anna = await server.join('anna');
    },
    found: async (name) => {
      const room = `#${name}`;
      if (!(await isThere(room))) return [];
      await enter(anna, room);
      await untilRead();
      const modes = (await asked(`MODE ${room}`, '324 ')).find((line) => / 324 /.test(line)) ?? '';
      const topic = (await asked(`TOPIC ${room}`, '33[12] ')).find((line) => / 332 /.test(line)) ?? '';
      return [
        {
          title: / :(.*)$/.exec(topic)?.[1] ?? '',
          isPrivate: / \+\S*[isp]/.test(modes),
          isClosed: / \+\S*m/.test(modes),
          invited: anna.lines.filter((line) => line.includes(' INVITE anna ')),
          said: anna.lines.flatMap((line) =>
            line.startsWith(':tocsin') ? (new RegExp(` PRIVMSG ${room} :(.*)$`).exec(line)?.[1] ?? []) : [],
          ),
        },
      ];
    },
    say: async (name, text) => {
      await enter(anna, `#${name}`);
      anna.say(`PRIVMSG #${name} :${text}`);
      await untilRead();
    },
    squat: async (name) => enter(await server.join('mallory'), `#${name}`),
    guest: { username: 'responder1', mail: 'anna@stand.example', addresses: ['anna'] },
    problems: () => [],
    secrets: [server.password],
    stop: () => server.kill(),
    close: () => server.close(),
  };
}
