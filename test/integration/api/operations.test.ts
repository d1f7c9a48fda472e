import { describe, expect, test } from 'vitest';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

describe('health', () => {
  test('says that this process is alive, whatever else is away', async () => {
    office.readiness.postgres = async () => 'connection refused';
    expect((await office.get('/healthz')).json()).toEqual({ status: 'ok' });
  });

  test('is ready when all three are', async () => {
    const answer = await office.get('/readyz');
    expect(answer.statusCode).toBe(200);
    const ready = { state: 'ready', detail: null };
    expect(answer.json()).toEqual({ status: 'ready', postgres: ready, temporal: ready, worker: ready });
  });

  test.each(['postgres', 'temporal', 'worker'] as const)(
    'is away when %s is, and says which',
    async (part) => {
      office.readiness[part] = async () => 'no answer in 2 s';
      const answer = await office.get('/readyz');
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({
        status: 'away',
        [part]: { state: 'away', detail: 'no answer in 2 s' },
      });
    },
  );
});

describe('metrics', () => {
  test('count incidents, facts and pages, and measure answers by route', async () => {
    await office.report();
    office.now += 5000;
    await office.get('/v1/policy', 'lead1');
    const answer = await office.get('/metrics');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('text/plain');
    for (const line of [
      'tocsin_incidents{stage="received"} 1',
      'tocsin_incidents{stage="closed"} 0',
      'tocsin_inbox_unfiled 1',
      'tocsin_page_attempts{outcome="sent"} 0',
      'tocsin_record_up 1',
      'tocsin_pager_messages{method="sms",outcome="refused"} 0',
      'tocsin_page_step_lateness_seconds_bucket{le="+Inf"} 0',
      'tocsin_http_request_duration_seconds_count{method="GET",route="/v1/policy",status="200"} 1',
    ]) {
      expect(answer.body).toContain(`${line}\n`);
    }
  });

  test('name no incident', async () => {
    const { incidentId } = await office.report();
    await office.get(`/v1/incidents/${incidentId}`, 'lead1');
    expect((await office.get('/metrics')).body).not.toContain(incidentId);
  });
});

describe('headers', () => {
  test('keep a browser from doing what no page of ours needs', async () => {
    const { headers } = await office.get('/healthz');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the documentation', () => {
  test('has a page', async () => {
    const page = await office.get('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
  });

  test('says of a page of it that is not there what is said of any other', async () => {
    problemOf(await office.get('/docs/static/none.js'));
  });
});
