import type { Egress } from '../egress.ts';
import type { Heartbeat } from '../ports.ts';

/** Less than the pause between two beats. */
const TIMEOUT_MS = 10_000;

/** A POST without a body to whoever waits for it, such as a dead man's switch. */
export function createHttpHeartbeat({
  egress,
  url,
}: {
  readonly egress: Egress;
  readonly url: string;
}): Heartbeat {
  return {
    async beat() {
      const answer = await egress.request({ method: 'POST', url, guard: 'given', timeoutMs: TIMEOUT_MS });
      return answer.outcome === 'answered' && answer.status < 300;
    },
  };
}
