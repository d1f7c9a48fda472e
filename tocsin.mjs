#!/usr/bin/env node
// `npx tocsin …`: from its sources in a checkout, from dist where only that is.
import { existsSync } from 'node:fs';

const source = new URL('./src/cli.ts', import.meta.url);

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('./dist/cli.js', import.meta.url).href);
}
