import pg from 'pg';

/** The same server, another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/**
 * Creates the database when it is not there yet.
 *
 * @param template copied with all it holds; nobody may be connected to it.
 * @returns its URL.
 */
export async function ensureDatabase(
  serverUrl: string,
  { name, template = 'template0' }: { readonly name: string; readonly template?: string },
): Promise<string> {
  await onServer(serverUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(
        `CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE ${client.escapeIdentifier(template)}`,
      );
    }
  });
  return databaseUrl(serverUrl, name);
}

export async function canConnect(url: string): Promise<boolean> {
  return onServer(url, async (client) => {
    await client.query('SELECT 1');
    return true;
  }).catch(() => false);
}

async function onServer<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  // A server that goes away is told by the query that fails; the event has nobody else to tell.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
