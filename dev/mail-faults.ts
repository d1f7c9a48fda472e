/** How a mail server can fail its clients. */
export type Fault =
  /** A refusal; `at` says at which command. A 421 also ends the connection. */
  | {
      readonly kind: 'answer';
      readonly code: 421 | 450 | 451 | 452 | 550 | 552 | 554;
      readonly text?: string;
      readonly at?: 'recipient' | 'data';
    }
  /** The answer to the message comes so much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /**
   * The connection is cut after the message and before the answer. The client cannot know what became of the mail:
   * kept (its repetition is then a second one) unless said otherwise.
   */
  | { readonly kind: 'drop'; readonly keepsMail?: boolean }
  /** Every connection is cut as soon as it is made. */
  | { readonly kind: 'refuse-connections' };

export interface FaultScope {
  /** Only for mail to this address; in any case of letters. */
  readonly recipient?: string;
  /** So many times, then no more. Absent: until healed. */
  readonly times?: number;
}

interface Script {
  readonly fault: Fault;
  readonly recipient: string | undefined;
  left: number;
}

type Wanted<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

/** What was asked to go wrong, and how often still. */
export class MailFaults {
  #scripts: Script[] = [];

  add(fault: Fault, { recipient, times = Infinity }: FaultScope = {}): void {
    this.#scripts.unshift({ fault, recipient: recipient?.toLowerCase(), left: times });
  }

  clear(): void {
    this.#scripts = [];
  }

  active(): readonly { readonly fault: Fault; readonly recipient?: string; readonly left: number | null }[] {
    return this.#scripts.map(({ fault, recipient, left }) => ({
      fault,
      ...(recipient !== undefined && { recipient }),
      left: Number.isFinite(left) ? left : null,
    }));
  }

  /** Takes one use of the first fault of this kind that fits one of the recipients. */
  take<Kind extends Fault['kind']>(
    kind: Kind,
    recipients: readonly string[],
    fits: (fault: Wanted<Kind>) => boolean = () => true,
  ): Wanted<Kind> | undefined {
    const addresses = recipients.map((recipient) => recipient.toLowerCase());
    const script = this.#scripts.find(
      ({ fault, recipient }) =>
        isOfKind(fault, kind) && fits(fault) && (recipient === undefined || addresses.includes(recipient)),
    );
    if (script === undefined || !isOfKind(script.fault, kind)) return undefined;
    script.left -= 1;
    if (script.left <= 0) this.#scripts = this.#scripts.filter((other) => other !== script);
    return script.fault;
  }
}

function isOfKind<Kind extends Fault['kind']>(fault: Fault, kind: Kind): fault is Wanted<Kind> {
  return fault.kind === kind;
}
