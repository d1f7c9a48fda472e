import { isIP } from 'node:net';
import { nameOf, valueOf } from '../raw-mail.ts';

/** Who handed a mail to us, as the one of our hosts says that took it. */
export interface Client {
  readonly address: string;
  /** What it called itself. Anybody can say anything. */
  readonly helo: string | undefined;
  /** Empty for the null return path. */
  readonly mailFrom: string | undefined;
}

/**
 * Reads it from the stamps of our hosts, for mail that is fetched from a mailbox. The uppermost stamp is the latest. Who
 * sends a mail may write stamps into it that name our hosts, so one below is believed only where the one above says
 * that one of ours, found by its address, handed the mail on. Source: RFC 5321, section 4.4
 */
export function clientOf(fields: readonly string[], ourHosts: ReadonlySet<string>): Client | undefined {
  const stamps = fields
    .filter((field) => nameOf(field) === 'received')
    .map((field) => stampOf(valueOf(field)));
  for (const stamp of stamps) {
    if (stamp === undefined || !ourHosts.has(stamp.by)) return undefined;
    if (isOurs(stamp, ourHosts)) continue;
    return { address: stamp.address, helo: stamp.helo, mailFrom: returnPathOf(fields) };
  }
  return undefined;
}

interface Stamp {
  readonly by: string;
  readonly address: string;
  /** The name that our host found for the address. */
  readonly name: string;
  readonly helo: string;
}

function isOurs({ address, name }: Stamp, ourHosts: ReadonlySet<string>): boolean {
  return address.startsWith('127.') || address === '::1' || ourHosts.has(address) || ourHosts.has(name);
}

/** `from helo (name [address]) by host`, as Postfix and Sendmail write it, or `from name ([address] helo=…)` of Exim. */
function stampOf(value: string): Stamp | undefined {
  const parts = /^from\s+(\S+)\s+\(([^()]*)\)(?:\s+\((?:[^()]|\([^()]*\))*\))*\s+by\s+([^\s;()]+)/i.exec(
    value,
  );
  if (parts === null) return undefined;
  const [, from = '', seen = '', by = ''] = parts;
  const exim = /(?:^|\s)helo=(\S*)/i.exec(seen);
  const [, name = '', address = ''] =
    /^(?:\S+@)?([^\s[\]]*)\s*\[(?:IPv6:)?([0-9A-Fa-f:.]+)\](?:\s|:|$)/i.exec(seen) ?? [];
  if (isIP(address) === 0) return undefined;
  return {
    by: by.toLowerCase(),
    address: address.toLowerCase(),
    name: (exim === null ? name : from).toLowerCase(),
    helo: exim?.[1] ?? from,
  };
}

/** The one that our host wrote when it delivered stands above all stamps; one below is the sender's. */
function returnPathOf(fields: readonly string[]): string | undefined {
  const first = fields.find((field) => ['return-path', 'received'].includes(nameOf(field)));
  if (first === undefined || nameOf(first) !== 'return-path') return undefined;
  return /^<([^<>]*)>$/.exec(valueOf(first))?.[1];
}
