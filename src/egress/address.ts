import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * True of an address that anybody on the internet could be behind. Everything with a purpose of its own is not:
 * loopback, link-local (where clouds keep credentials, 169.254.169.254), private, unique-local, shared, multicast,
 * reserved, documentation; nor what leads to an IPv4 address in disguise (mapped, NAT64, 6to4, Teredo, compatible).
 */
export function isPublicAddress(address: string): boolean {
  // The package reads more spellings than the system connects to.
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // The list of special ranges grows; what may be visited in IPv6 is one block, and stays it. Source: RFC 4291, 2.4.
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
