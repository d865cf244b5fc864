/**
 * A signer or server as a process: started, killed, started again on the same folder, and told what shall go wrong.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Numbered, Order, Said } from './control.ts';
import type { Rule } from './weather.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const child = fileURLToPath(new URL('./child.ts', import.meta.url));
const LONG_MS = 120_000;

export interface Party {
  readonly which: 'signer' | 'server';
  /** From 1. */
  readonly number: number;
  readonly name: string;
  readonly id: string;
  readonly pid: number;
  readonly alive: boolean;
  /** Where it answers HTTP: the API, or a signer's health listener. */
  readonly url: string;
  /** Where its metrics are. */
  readonly metricsUrl: string;
  /** How often it was started. */
  readonly starts: number;
  /** Into this weather. */
  start(rules?: readonly Rule[]): Promise<void>;
  tell(order: Order): Promise<void>;
  /** Resolves when it stops at the step that it was told to hold at. */
  held(): Promise<string>;
  /** Ends it at once, or sees it ended already. */
  kill(): Promise<void>;
  /** As its operator would. The exit code. */
  stop(): Promise<number | null>;
  ended(): Promise<void>;
}

/** All that any process has printed, on both streams: where secrets are looked for. */
export const printed: string[] = [];

/** Processes that must not outlive this one, should it stop early. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export function partyOf(o: { which: Party['which']; number: number; id: string; config: string; env?: Record<string, string> }): Party {
  const name = `${o.which} ${o.number}`;
  let running: ChildProcess | null = null;
  let over: Promise<void> = Promise.resolve();
  let url = '';
  let metricsUrl = '';
  let starts = 0;
  let orders = 0;
  let atStep = Promise.withResolvers<string>();
  const confirmed = new Map<number, () => void>();
  /** Where its line about its address begins with this. */
  const announced = o.which === 'signer' ? 'health listener open' : 'server started';

  function need(): ChildProcess {
    if (running === null) throw new Error(`${name} does not run`);
    return running;
  }

  const party: Party = {
    which: o.which,
    number: o.number,
    name,
    id: o.id,
    get pid() {
      return need().pid ?? 0;
    },
    get alive() {
      return running !== null;
    },
    get url() {
      return url;
    },
    get metricsUrl() {
      // A signer has them beside its health.
      return o.which === 'signer' ? url : metricsUrl;
    },
    get starts() {
      return starts;
    },
    async start(rules = []) {
      starts++;
      const seed = String(o.number * 1000 + starts);
      const started = spawn(process.execPath, ['-C', 'source', '--disable-warning=ExperimentalWarning', child, o.which, seed, 'start', '--config', o.config], {
        cwd: root,
        env: { PATH: process.env['PATH'] ?? '', QUORATE_ADDON: 'test', ...o.env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      running = started;
      children.add(started);
      // Read before anything is opened.
      started.send({ order: 'weather', rules, number: 0 } satisfies Numbered, () => {});
      // Of a channel whose other end was killed; that it has ended is told by `exit`.
      started.on('error', () => {});
      atStep = Promise.withResolvers();
      const listening = Promise.withResolvers<string>();
      listening.promise.catch(() => {});
      let [rest, said] = ['', ''];
      started.stdout?.on('data', (chunk: Buffer) => {
        printed.push(String(chunk));
        rest += chunk;
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (line.includes('metrics listener open')) metricsUrl = addressIn(line);
          if (line.includes(announced)) listening.resolve(addressIn(line));
        }
      });
      started.stderr?.on('data', (chunk: Buffer) => {
        printed.push(String(chunk));
        said = (said + chunk).slice(-4_000);
      });
      started.on('message', (message: Said) => {
        if ('at' in message) atStep.resolve(message.at);
        else confirmed.get(message.done)?.();
      });
      over = new Promise((resolve) => {
        started.once('exit', () => {
          children.delete(started);
          if (running === started) running = null;
          listening.reject(new Error(`${name} ended before it listened: ${said}`));
          resolve();
        });
      });
      url = await within(listening.promise, `${name} to listen`);
    },
    async tell(order) {
      const number = ++orders;
      const done = new Promise<void>((resolve) => confirmed.set(number, resolve));
      const target = need();
      target.send({ ...order, number } satisfies Numbered, () => {});
      // One that dies of what it is told confirms nothing.
      await within(Promise.race([done, over]), `${name} to do ${order.order}`).finally(() => confirmed.delete(number));
    },
    held: () =>
      atStep.promise.finally(() => {
        atStep = Promise.withResolvers();
      }),
    async kill() {
      running?.kill('SIGKILL');
      await over;
    },
    async stop() {
      const target = need();
      target.kill('SIGTERM');
      await over;
      return target.exitCode;
    },
    ended: () => over,
  };
  return party;
}

function addressIn(line: string): string {
  const { url, port } = JSON.parse(line) as { url?: string; port?: number };
  return url ?? `http://127.0.0.1:${port}`;
}

export async function within<T>(work: Promise<T>, what: string, ms = LONG_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms / 1_000} s for ${what}`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again; a look that throws is one that did not hold. */
export async function until(holds: () => Promise<boolean> | boolean, what: string, ms = LONG_MS): Promise<void> {
  for (const end = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (
      await Promise.resolve()
        .then(holds)
        .catch(() => false)
    )
      return;
    if (Date.now() > end) throw new Error(`waited ${ms / 1_000} s for ${what}`);
  }
}
