import { Resolver } from 'node:dns/promises';

/** Of one question; a mail waits for a few of them. */
const TIMEOUT_MS = 2000;

/** Asks the DNS of this machine, briefly. */
export function createDnsResolver(): (name: string, type: string) => Promise<readonly unknown[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  return async (name, type) => {
    const answer = await resolver.resolve(name, type as 'TXT');
    return Array.isArray(answer) ? answer : [answer];
  };
}
