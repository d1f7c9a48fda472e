import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Wake } from '../domain/clocks.ts';

/**
 * One timer at the nearest instant. It is left running when the instant moves away (it then rings in vain, once)
 * and is replaced only by a nearer one: re-arming at every step would double the history.
 */
export class AlarmClock {
  #at: number | null = null;
  #scope: CancellationScope | null = null;
  #hasRung = false;

  /** Rings at the instant, which the timer's label names with what it is for; null leaves the clock as it is. */
  setFor(wake: Wake | null): void {
    this.#hasRung = false;
    if (wake === null || (this.#at !== null && this.#at <= wake.at)) return;
    this.#scope?.cancel();
    this.#at = wake.at;
    const scope = new CancellationScope();
    this.#scope = scope;
    void scope.run(() => this.#wait(wake)).catch(ignoreCancellation);
  }

  hasRung(): boolean {
    return this.#hasRung;
  }

  async #wait({ at, what }: Wake): Promise<void> {
    await sleep(Math.max(1, at - Date.now()), { summary: `${what}, ${new Date(at).toISOString()}` });
    this.#at = null;
    this.#scope = null;
    this.#hasRung = true;
  }
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
