import Fastify from 'fastify';
import pg from 'pg';

import { LOOPBACK } from '../../dev/port.ts';
import { serveParent } from '../child.ts';

/** The floor of intake: Fastify, one pool, one row, nothing asked of the body. */
serveParent(async ({ databaseUrl }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  pool.on('error', () => {});
  const app = Fastify();
  app.post('/reports', async (request, reply) => {
    const { rows } = await pool.query<{ id: string }>(
      'INSERT INTO floor_reports (body) VALUES ($1) RETURNING id',
      [JSON.stringify(request.body)],
    );
    return reply.status(202).send({ id: rows[0]?.id });
  });
  return { url: await app.listen({ host: LOOPBACK, port: 0 }) };
});
