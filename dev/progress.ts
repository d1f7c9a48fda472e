const SHOWN_AFTER_MS = 1000;
const REPEATED_EVERY_MS = 5000;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Waits for the work, and says so as soon as that takes longer than a second, and again every five.
 *
 * @param detail what is known of the progress at the moment; asked for each line.
 */
export async function withProgress<Result>(
  what: string,
  work: Promise<Result>,
  detail: () => string | undefined = () => undefined,
): Promise<Result> {
  const startedAtMs = performance.now();
  const seconds = () => ((performance.now() - startedAtMs) / 1000).toFixed(1);
  let isShown = false;
  const show = () => {
    isShown = true;
    say(`  … ${[what, detail()].filter(Boolean).join(': ')} (${seconds()} s)`);
  };
  const first = setTimeout(show, SHOWN_AFTER_MS);
  const repeated = setInterval(show, REPEATED_EVERY_MS);
  try {
    const result = await work;
    if (isShown) say(`  ${what}: ${seconds()} s`);
    return result;
  } finally {
    clearTimeout(first);
    clearInterval(repeated);
  }
}
