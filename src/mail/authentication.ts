import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { arc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { dmarc } from 'mailauth/lib/dmarc/index.js';
import { spf } from 'mailauth/lib/spf/index.js';
import { clientOf, type Client } from './authentication/client.ts';
import { bytesOf, rawMail, type RawMail } from './raw-mail.ts';
import { type Bounds, boundedLookups, type Lookups, type Resolver } from './authentication/lookups.ts';
import {
  acceptable,
  domainOf,
  judged,
  type DkimVerdict,
  type FoundSignature,
} from './authentication/signatures.ts';

/** Whether a mail is from whom it says. Plain data, fit for JSON; what strangers wrote is in it only as cleaned names. */
export interface Authentication {
  /** The one From address that all of this is about; `null` where there is none, or several. */
  readonly fromAddress: string | null;
  /**
   * `verified`: the From domain's own DMARC policy is met, or, where it has none, the domain itself signed. It says that
   * the mail comes from that domain, and nothing about who there wrote it.
   */
  readonly from: 'verified' | 'unverified';
  /** Of the client that handed the mail to us; `none` where it is not known. Source: RFC 7208 */
  readonly spf: { readonly result: Result; readonly domain: string | null };
  /** One for each signature. Source: RFC 6376 */
  readonly dkim: readonly DkimVerdict[];
  /** `policy` is what the From domain asks us to do with mail that fails. Source: RFC 7489 */
  readonly dmarc: { readonly result: Result; readonly policy: 'none' | 'quarantine' | 'reject' | null };
  /** What others on its way vouch for. It verifies nobody: we have no list of whom to believe. Source: RFC 8617 */
  readonly arc: 'none' | 'pass' | 'fail' | 'temperror' | 'unchecked';
  /** All of it on a line, for a person. */
  readonly summary: string;
}

/** In the words of RFC 8601; `temperror` may be another the next time. */
export type Result = 'none' | 'pass' | 'fail' | 'softfail' | 'neutral' | 'policy' | 'temperror' | 'permerror';

export interface AuthenticationOptions {
  /** Of the client that handed the mail over. Absent, it is read from the stamps of `ourHosts`. */
  readonly remoteAddress?: string;
  readonly helo?: string;
  /** Empty for the null return path. */
  readonly mailFrom?: string;
  readonly resolver: Resolver;
  /** Names and addresses of the hosts that take and hand on our mail, in small letters. */
  readonly ourHosts: readonly string[];
  /** For tests of them. */
  readonly bounds?: Bounds;
}

/** A usual mail needs five to ten lookups, and a resolver that works answers each in a fraction of a second. */
const BOUNDS: Bounds = { lookups: 40, totalMs: 10_000 };

/**
 * Checks SPF, DKIM, DMARC and ARC. It never throws: what cannot be found out is `temperror`. `Authentication-Results` in the
 * mail are not read, because whoever sent it may have written them.
 */
export async function authenticate(
  bytes: Uint8Array,
  options: AuthenticationOptions,
): Promise<Authentication> {
  const lookups = boundedLookups(options.resolver, options.bounds ?? BOUNDS);
  try {
    const mail = rawMail(bytes);
    return mail === undefined ? withSummary(NOTHING) : withSummary(await checked(mail, options, lookups));
  } catch {
    return withSummary(FAILED);
  } finally {
    lookups.close();
  }
}

type Findings = Omit<Authentication, 'summary'>;

async function checked(mail: RawMail, options: AuthenticationOptions, lookups: Lookups): Promise<Findings> {
  const { fields, refused, isArcSafe } = acceptable(mail);
  const verified = await dkimVerify(bytesOf({ ...mail, fields }), { resolver: lookups.resolve });
  const signatures = judged(verified.results as unknown as readonly FoundSignature[]);
  const arcResult = isArcSafe ? await arcOf(verified.arc, lookups) : 'unchecked';
  const sender = await spfOf(mail.fields, options, lookups);
  const from = verified.headerFrom.length === 1 ? verified.headerFrom[0] : undefined;
  const verdict =
    from === undefined
      ? { dmarc: { result: 'permerror', policy: null } as const, isVerified: false }
      : await dmarcOf({ from, signatures, sender }, lookups);
  return {
    fromAddress: from ?? null,
    from: verdict.isVerified ? 'verified' : 'unverified',
    spf: sender,
    dkim: [...signatures.map(({ domain, result }) => ({ domain, result })), ...refused],
    dmarc: verdict.dmarc,
    arc: arcResult,
  };
}

async function arcOf(data: unknown, lookups: Lookups): Promise<Authentication['arc']> {
  const { status } = await arc(data as Parameters<typeof arc>[0], { resolver: lookups.resolve });
  if (status.result === 'pass' || status.result === 'none') return status.result;
  return lookups.unanswered() > 0 ? 'temperror' : 'fail';
}

async function spfOf(
  fields: readonly string[],
  options: AuthenticationOptions,
  lookups: Lookups,
): Promise<Authentication['spf']> {
  const client = clientFrom(fields, options);
  if (client === undefined || isIP(client.address) === 0) return { result: 'none', domain: null };
  const { address, helo, mailFrom } = client;
  // Without an envelope sender it is the client itself that is checked. Source: RFC 7208, section 2.4
  const sender = mailFrom === undefined || mailFrom === '' ? undefined : mailFrom;
  if (sender === undefined && helo === undefined) return { result: 'none', domain: null };
  const { status, domain } = await spf({
    ip: address,
    helo: helo ?? `[${address}]`,
    // It stands in the explanation only, which is not kept.
    mta: 'localhost',
    ...(sender !== undefined && { sender }),
    resolver: lookups.resolve,
  });
  return { result: resultOf(status.result), domain: domainOf(domain) };
}

function clientFrom(
  fields: readonly string[],
  { remoteAddress, helo, mailFrom, ourHosts }: AuthenticationOptions,
): Client | undefined {
  return remoteAddress === undefined
    ? clientOf(fields, new Set(ourHosts.map((host) => host.toLowerCase())))
    : { address: remoteAddress, helo, mailFrom };
}

interface Claim {
  readonly from: string;
  readonly signatures: readonly FoundVerdict[];
  readonly sender: Authentication['spf'];
}

type FoundVerdict = ReturnType<typeof judged>[number];

async function dmarcOf(
  { from, signatures, sender }: Claim,
  lookups: Lookups,
): Promise<{ readonly dmarc: Authentication['dmarc']; readonly isVerified: boolean }> {
  const passing = signatures.filter(({ result }) => result === 'pass');
  const answer = await dmarc({
    headerFrom: [from],
    spfDomains: sender.result === 'pass' && sender.domain !== null ? [sender.domain] : [],
    dkimDomains: passing.map(({ domain }) => ({ domain })),
    resolver: lookups.resolve,
  });
  if (answer === false) return { dmarc: { result: 'permerror', policy: null }, isVerified: false };
  const result = resultOf(answer.status.result);
  if (result === 'none') {
    return { dmarc: { result, policy: null }, isVerified: passing.some(({ isAligned }) => isAligned) };
  }
  if (result === 'temperror') return { dmarc: { result, policy: null }, isVerified: false };
  const policy = policyOf(answer.policy);
  const { alignment } = answer;
  const isMet =
    isMetBy({ ...alignment.dkim, from, domains: passing.map(({ domain }) => domain) }) ||
    isMetBy({ ...alignment.spf, from, domains: [sender.domain] });
  if (isMet) return { dmarc: { result: 'pass', policy }, isVerified: true };
  // What could not be looked up might have met the policy.
  const isKnown = sender.result !== 'temperror' && signatures.every((each) => each.result !== 'temperror');
  return { dmarc: { result: isKnown ? 'fail' : 'temperror', policy }, isVerified: false };
}

interface Alignment {
  readonly result: string | false | undefined;
  readonly strict: boolean;
  readonly from: string;
  readonly domains: readonly (string | null)[];
}

/** mailauth finds the record and aligns by organization; where the record asks for the very domain, it does not insist. */
function isMetBy({ result, strict, from, domains }: Alignment): boolean {
  if (typeof result !== 'string') return false;
  const domain = domainToASCII(from.slice(from.lastIndexOf('@') + 1)).toLowerCase();
  return !strict || domains.includes(domain);
}

function policyOf(policy: unknown): Authentication['dmarc']['policy'] {
  const word = typeof policy === 'string' ? policy.trim().toLowerCase() : '';
  return word === 'none' || word === 'quarantine' || word === 'reject' ? word : null;
}

const RESULTS: readonly string[] = [
  'none',
  'pass',
  'fail',
  'softfail',
  'neutral',
  'policy',
  'permerror',
] satisfies readonly Result[];

function resultOf(word: string): Result {
  return RESULTS.includes(word) ? (word as Result) : 'temperror';
}

/** There is no header to check. */
const NOTHING: Findings = {
  fromAddress: null,
  from: 'unverified',
  spf: { result: 'none', domain: null },
  dkim: [],
  dmarc: { result: 'permerror', policy: null },
  arc: 'none',
};

const FAILED: Findings = {
  fromAddress: null,
  from: 'unverified',
  spf: { result: 'temperror', domain: null },
  dkim: [],
  dmarc: { result: 'temperror', policy: null },
  arc: 'temperror',
};

function withSummary(findings: Findings): Authentication {
  const { from, spf, dkim, dmarc, arc } = findings;
  const words = [
    `spf=${spf.result}${spf.domain === null ? '' : ` (${spf.domain})`}`,
    ...(dkim.length === 0 ? ['dkim=none'] : dkim.map(({ domain, result }) => `dkim=${result} (${domain})`)),
    `dmarc=${dmarc.result}${dmarc.policy === null ? '' : ` (p=${dmarc.policy})`}`,
    `arc=${arc}`,
  ];
  return { ...findings, summary: `From ${from}: ${words.join(', ')}` };
}
