import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { simpleParser } from 'mailparser';

/** One mail as it was taken in. */
export interface Mail {
  readonly id: string;
  /** The sender of the envelope; empty for a bounce. */
  readonly from: string;
  /** The recipients of the envelope: who really got it, whatever the headers say. */
  readonly to: readonly string[];
  readonly subject: string;
  /** With its angle brackets; empty when there is none. */
  readonly messageId: string;
  /** RFC 3339, from the header; null when it has none. */
  readonly date: string | null;
  /** RFC 3339 */
  readonly receivedAt: string;
  readonly text: string;
  readonly html: string | null;
  /** By lower-case name, unfolded, not decoded; several of one name are separated by line feeds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly size: number;
  }[];
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** The mails in memory and, where there is a directory, as files that any mail program opens. */
export class MailStore {
  static async open(directory: string | undefined): Promise<MailStore> {
    const store = new MailStore(directory);
    if (directory !== undefined) await store.#readBack(directory);
    return store;
  }

  readonly #directory: string | undefined;
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  #kept: { readonly mail: Mail; readonly raw: Buffer }[] = [];

  private constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  all(): readonly Mail[] {
    return this.#kept.map(({ mail }) => mail);
  }

  find(id: string): { readonly mail: Mail; readonly raw: Buffer } | undefined {
    return this.#kept.find(({ mail }) => mail.id === id);
  }

  /** Resolves when the mail would survive a crash of this process. */
  async add(message: Buffer, envelope: Envelope, receivedAt: Date): Promise<Mail> {
    const id = `${receivedAt.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`;
    const raw = Buffer.concat([traceOf(envelope, id, receivedAt), message]);
    const mail = await parse(raw, id);
    if (this.#directory !== undefined) {
      const file = join(this.#directory, `${id}.eml`);
      writeFileSync(`${file}.draft`, raw, { mode: 0o600 });
      renameSync(`${file}.draft`, file);
    }
    this.#kept.push({ mail, raw });
    this.#arrivals.emit('mail', mail);
    return mail;
  }

  waitFor(fits: (mail: Mail) => boolean, timeoutMs: number): Promise<Mail> {
    const there = this.all().find(fits);
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#arrivals.off('mail', look);
        reject(new Error(`no such mail within ${timeoutMs} ms; there are ${this.#kept.length} others`));
      }, timeoutMs);
      const look = (mail: Mail) => {
        if (!fits(mail)) return;
        clearTimeout(timer);
        this.#arrivals.off('mail', look);
        resolve(mail);
      };
      this.#arrivals.on('mail', look);
    });
  }

  clear(): void {
    for (const { mail } of this.#kept) {
      if (this.#directory !== undefined) rmSync(join(this.#directory, `${mail.id}.eml`), { force: true });
    }
    this.#kept = [];
  }

  async #readBack(directory: string): Promise<void> {
    for (const name of readdirSync(directory)
      .filter((file) => file.endsWith('.eml'))
      .toSorted()) {
      const raw = readFileSync(join(directory, name));
      this.#kept.push({ raw, mail: await parse(raw, name.slice(0, -'.eml'.length)) });
    }
  }
}

/** The lines that a mail server puts before what it delivers: the envelope outlives the connection only there. */
function traceOf({ from, to }: Envelope, id: string, receivedAt: Date): Buffer {
  const lines = [
    `Return-Path: <${from}>`,
    ...to.map((recipient) => `Delivered-To: ${recipient}`),
    `Received: by stand.example with SMTP id ${id};`,
    `\t${receivedAt.toUTCString().replace('GMT', '+0000')}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

async function parse(raw: Buffer, id: string): Promise<Mail> {
  const parsed = await simpleParser(raw, { skipImageLinks: true, skipTextLinks: true });
  const lines = parsed.headerLines.map(({ key, line }) => ({ key, value: valueOf(line) }));
  const trace = lines.slice(
    0,
    lines.findIndex(({ key }) => key === 'received'),
  );
  const headers: Record<string, string> = {};
  for (const { key, value } of lines) {
    headers[key] = headers[key] === undefined ? value : `${headers[key]}\n${value}`;
  }
  return {
    id,
    from: trace.find(({ key }) => key === 'return-path')?.value.slice(1, -1) ?? '',
    to: trace.filter(({ key }) => key === 'delivered-to').map(({ value }) => value),
    subject: parsed.subject ?? '',
    messageId: parsed.messageId ?? '',
    date: parsed.date?.toISOString() ?? null,
    receivedAt: instantOf(id),
    text: parsed.text ?? '',
    html: parsed.html || null,
    headers,
    attachments: parsed.attachments.map(({ filename, contentType, size }) => ({
      filename: filename ?? '',
      contentType,
      size,
    })),
  };
}

/** A header line without its name, unfolded. The parser hands out bytes as characters, and servers of today send UTF-8. */
function valueOf(line: string): string {
  const value = line.slice(line.indexOf(':') + 1);
  return Buffer.from(value, 'latin1')
    .toString('utf8')
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .trim();
}

/** The identifier begins with the instant to the millisecond, which the header of the mail has no room for. */
function instantOf(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/, '$1-$2-$3T$4:$5:$6.$7Z');
}
