import pg from 'pg';

/** Hears of rows at the moment at which anybody can read them. */
export interface RowNews {
  /** When that row was there, on the clock of `performance.now()`: ask before it can be written. */
  written(id: string): Promise<number>;
  stop(): Promise<void>;
}

/** Whoever writes a row notifies the channel of its id in the same transaction; `prepare` runs before, in plain SQL. */
export async function hearOfRows(
  databaseUrl: string,
  { channel, prepare }: { readonly channel: string; readonly prepare: string },
): Promise<RowNews> {
  const waiting = new Map<string, (tick: number) => void>();
  const listener = new pg.Client({ connectionString: databaseUrl });
  // A server that goes away is told by what is then waited for in vain.
  listener.on('error', () => {});
  listener.on('notification', ({ payload = '' }) => {
    waiting.get(payload)?.(performance.now());
    waiting.delete(payload);
  });
  await listener.connect();
  await listener.query(`${prepare}; LISTEN ${channel}`);
  return {
    written: (id) => new Promise((resolve) => waiting.set(id, resolve)),
    stop: () => listener.end(),
  };
}
