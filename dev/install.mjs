// What has to be true before any TypeScript can run: a Node that is new enough, and the packages of the lock file.
// Plain JavaScript without dependencies, because on a fresh checkout there is nothing else.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCK_FILE = `${ROOT}package-lock.json`;
/** Written by npm when an installation is complete: absent after one that was interrupted. */
const INSTALLED_FILE = `${ROOT}node_modules/.package-lock.json`;
const OLDEST_NODE = [20, 19];

/** Ends the process with one sentence when Node is too old to run what comes next. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(
    `Node ${process.versions.node} is too old: Tocsin needs ${OLDEST_NODE.join('.')} or later (24 LTS is a good choice).`,
  );
}

/** Runs `npm ci` when the packages are missing or are not those of the lock file. */
export async function installIfNeeded() {
  if (isInstalled()) return;
  const startedAtMs = Date.now();
  const secondsSoFar = () => Math.round((Date.now() - startedAtMs) / 1000);
  console.log('Installing the packages of package-lock.json (npm ci); about half a minute …');
  const progress = setInterval(() => console.log(`  … still installing (${secondsSoFar()} s)`), 5000);
  const outcome = await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  clearInterval(progress);
  if (outcome !== undefined) {
    fail(
      `The packages could not be installed (${outcome}): look at npm's own lines above, mend that, and start again.`,
    );
  }
  console.log(`Packages installed in ${secondsSoFar()} s.`);
}

function isInstalled() {
  if (!existsSync(INSTALLED_FILE)) return false;
  if (statSync(INSTALLED_FILE).mtimeMs >= statSync(LOCK_FILE).mtimeMs) return true;
  // A checkout makes the lock file young without changing it, and installing again would pull the packages from under
  // whatever runs meanwhile. So the contents decide.
  const wanted = JSON.parse(readFileSync(LOCK_FILE, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(INSTALLED_FILE, 'utf8')).packages;
  const isAsWanted = (path) => installed[path]?.version === wanted[path]?.version;
  return (
    Object.keys(installed).every(isAsWanted) &&
    Object.keys(wanted).every((path) => path === '' || wanted[path].optional || isAsWanted(path))
  );
}

/** Undefined when npm did its work, else what went wrong, in a few words. */
function runNpm(args) {
  // Inside `npm start` npm says where it is; otherwise it has to be on the PATH.
  const itself = process.env['npm_execpath'];
  const [command, first] = itself?.endsWith('.js') ? [process.execPath, [itself]] : ['npm', []];
  return new Promise((resolve) => {
    const npm = spawn(command, [...first, ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    npm.once('error', (error) => resolve(`npm did not start: ${error.message}`));
    npm.once('exit', (code, signal) => resolve(code === 0 ? undefined : `npm ended with ${signal ?? code}`));
  });
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
