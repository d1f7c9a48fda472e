import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'undici';

/** A real browser, as far as a form with a file needs one. Source: Chrome DevTools Protocol. */
export interface Browser {
  /** Opens a page, puts the file into its only file field, and presses its button. */
  sendFile(url: string, file: string): Promise<void>;
  /** What the page says of its state. */
  state(): Promise<string>;
  close(): Promise<void>;
}

const PROGRAM = '/usr/bin/chromium';

interface Result {
  readonly [name: string]: unknown;
}

export async function startChromium(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    throw new Error('There is no browser to test pages with: install the Debian package `chromium`.');
  }
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-chromium-'));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const browser = spawn(
    PROGRAM,
    [...options, '--remote-debugging-port=0', `--user-data-dir=${directory}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const socket = new WebSocket(await addressOf(browser));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the browser does not answer')));
  });
  const waiting = new Map<number, (message: Result) => void>();
  let last = 0;
  let session = '';
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Result & { readonly id?: number };
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  const call = async (method: string, params: object): Promise<Result> => {
    const id = (last += 1);
    const answered = new Promise<Result>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params, ...(session !== '' && { sessionId: session }) }));
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result as Result;
  };
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await call('Runtime.evaluate', { expression, returnByValue: true });
    return (result as Result)['value'];
  };
  const state = async (): Promise<string> => {
    const text = await evaluate(`document.querySelector('[role=status]')?.textContent ?? ''`);
    return typeof text === 'string' ? text.trim() : '';
  };

  return {
    state,
    sendFile: async (url, file) => {
      session = '';
      const { targetId } = await call('Target.createTarget', { url });
      const attached = await call('Target.attachToTarget', { targetId, flatten: true });
      session = String(attached['sessionId']);
      while ((await evaluate('document.readyState')) !== 'complete' || (await state()) === '') {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { root } = await call('DOM.getDocument', {});
      const { nodeId } = await call('DOM.querySelector', {
        nodeId: (root as Result)['nodeId'],
        selector: 'input[type=file]',
      });
      await call('DOM.setFileInputFiles', { files: [file], nodeId });
      await evaluate(`document.querySelector('button').click()`);
    },
    close: async () => {
      socket.close();
      const gone = once(browser, 'exit');
      browser.kill('SIGKILL');
      await gone;
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('the browser says nothing');
  for await (const line of createInterface({ input: stderr })) {
    const address = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the browser did not come up');
}
