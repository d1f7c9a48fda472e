import type { NodemailerError } from 'nodemailer';

/** A pool of connections to a mail server. */
export interface Pool<Mail, Info> {
  sendMail(mail: Mail): Promise<Info>;
  close(options?: { readonly force?: boolean }): void;
}

export interface Sessions<Mail, Info> {
  send(mail: Mail): Promise<Info>;
  /** At once; what is being sent fails. */
  close(): void;
}

/**
 * Sends through pools that `open` makes, one after the other. A server that says 4xx may be saying it for the rest of the
 * session (so many messages, and no more): a connection kept open would hear it for every mail that comes after. The next
 * mail opens another pool, and the one before ends with what it had under way.
 */
export function sessionsOf<Mail, Info>(open: () => Pool<Mail, Info>): Sessions<Mail, Info> {
  const underWay = new Map<Pool<Mail, Info>, number>();
  let current: Pool<Mail, Info> | undefined;
  const begin = (): Pool<Mail, Info> => {
    current ??= open();
    underWay.set(current, (underWay.get(current) ?? 0) + 1);
    return current;
  };
  const end = (pool: Pool<Mail, Info>): void => {
    const left = (underWay.get(pool) ?? 1) - 1;
    underWay.set(pool, left);
    if (pool === current || left > 0) return;
    underWay.delete(pool);
    pool.close();
  };
  return {
    async send(mail) {
      const pool = begin();
      try {
        return await pool.sendMail(mail);
      } catch (error) {
        if (isPutOff(error as Partial<NodemailerError>) && pool === current) current = undefined;
        throw error;
      } finally {
        end(pool);
      }
    },
    close() {
      for (const pool of underWay.keys()) pool.close({ force: true });
    },
  };
}

function isPutOff({ responseCode = 0 }: Partial<NodemailerError>): boolean {
  return responseCode >= 400 && responseCode < 500;
}
