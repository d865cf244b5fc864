/** Daemons as processes of their own: run to the end, or kept running. Everything they print is remembered. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const child = fileURLToPath(new URL('./daemon-child.ts', import.meta.url));

export type Which = 'signer' | 'server';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** What it has printed so far, on both streams. */
  readonly said: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line that holds this. Rejects where the process ends before. */
  line(text: string): Promise<string>;
}

/** All that any daemon has printed since the file was loaded: where secrets are looked for. */
export const everything: string[] = [];

export function launch(which: Which, args: readonly string[], env: Record<string, string> = {}): Running {
  const started = spawn(process.execPath, ['-C', 'source', '--disable-warning=ExperimentalWarning', child, which, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', QUORATE_ADDON: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  started.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
    everything.push(String(chunk));
  });
  started.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
    everything.push(String(chunk));
  });
  const ended = once(started, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return {
    process: started,
    said: () => out + err,
    ended,
    line(text) {
      const find = (): string | undefined => `${out}\n${err}`.split('\n').find((line) => line.includes(text));
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = find();
          if (found === undefined) return;
          for (const stream of [started.stdout, started.stderr]) stream.off('data', look);
          resolve(found);
        };
        for (const stream of [started.stdout, started.stderr]) stream.on('data', look);
        look();
        void ended.then(() => reject(new Error(`ended before it said ${text}: ${out}${err}`)));
      });
    },
  };
}

export const run = (which: Which, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => launch(which, args, env).ended;

/** Runs to a good end. */
export async function good(which: Which, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const ended = await run(which, args, env);
  if (ended.code !== 0) throw new Error(`quorate-${which} ${args[0]} ended with ${ended.code}: ${ended.err}`);
  return ended;
}

/** Sends the signal and gives the exit code. */
export async function stop(running: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  running.process.kill(signal);
  return (await running.ended).code;
}
