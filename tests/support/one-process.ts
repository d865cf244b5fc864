/**
 * Daemons without a process for each: commands run in this one, and a server with its signers in one child, each from its
 * own configuration and with its own log and listeners.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openNats, runProgram } from '@quorate/daemon';
import { serverProgram } from '@quorate/server';
import { signerProgram } from '@quorate/signer';
import type { Ended, Which } from './daemons.ts';
import type { LogLine } from './recording-log.ts';

const options = { openTransport: openNats, testFixtures: true };
const programs = { signer: signerProgram(options), server: serverProgram(options) };

/** Runs a command to a good end. */
export async function goodHere(which: Which, args: readonly string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const around = { env: {}, out: (line: string) => (out += `${line}\n`), say: (line: string) => (err += `${line}\n`) };
  const code = await runProgram(programs[which], args, around);
  if (code !== 0) throw new Error(`quorate-${which} ${args[0]} ended with ${code}: ${err}`);
  return { code, out, err };
}

export interface OneProcess {
  /** What the daemons have logged so far. */
  readonly lines: readonly LogLine[];
  /** The lines that hold this message, once there are as many. Rejects where the process ends before. */
  logged(message: string, count?: number): Promise<readonly LogLine[]>;
  startSigners(): void;
  stop(): Promise<number | null>;
}

/** Starts the server of `server.yaml` in this folder; its signers, `signer-1.yaml` and so on, when they are told to start. */
export function startDaemons(dir: string, count: number): OneProcess {
  const child: ChildProcess = fork(fileURLToPath(new URL('./one-process-child.ts', import.meta.url)), [dir, String(count)], {
    execArgv: ['-C', 'source', '--disable-warning=ExperimentalWarning'],
    env: { PATH: process.env.PATH ?? '', QUORATE_ADDON: 'test' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: LogLine[] = [];
  let [rest, err] = ['', ''];
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as LogLine);
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const found = (message: string): LogLine[] => lines.filter(({ msg }) => msg === message);
  return {
    lines,
    logged: (message, wanted = 1) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (found(message).length < wanted) return;
          child.stdout?.off('data', look);
          resolve(found(message));
        };
        child.stdout?.on('data', look);
        look();
        void ended.then((code) => reject(new Error(`ended with ${code} before ${message}: ${err}`)));
      }),
    startSigners: () => void child.send('start'),
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      return ended;
    },
  };
}
