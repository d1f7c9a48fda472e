import { run } from './cli/program.ts';

/** The entry of `tocsin`. */

// Whoever reads our output may have seen enough (`tocsin list | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  // Node knows the terminal, and NO_COLOR.
  isColored: process.stdout.isTTY && process.stdout.hasColors(),
  operator: () => import('./wiring.ts'),
});
