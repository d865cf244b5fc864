/**
 * The demo's voice: numbered steps, what was seen in each, and what that proves.
 *
 * @module
 */
import type { OnProgress, Stage } from '../progress.ts';

export interface Show {
  readonly onProgress: OnProgress;
  /** One numbered step. `proves` is printed when `work` has come to its end. */
  step<T>(title: string, proves: string, work: () => Promise<T>): Promise<T>;
  fact(name: string, value: string): void;
  say(text: string): void;
}

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const stages: Readonly<Record<Stage, string>> = {
  primes: 'safe primes, four for each signer',
  aux: 'aux info among the signers',
};
const BAR = 24;
const QUIET_INTERVAL_MS = 5_000;

export function createShow(sink: Sink, now: () => number = () => performance.now()): Show {
  const terminal = sink.isTTY === true;
  const color = terminal && process.env['NO_COLOR'] === undefined;
  const paint = (code: number, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const line = (text: string): unknown => sink.write(`${text}\n`);
  const started = new Map<Stage, number>();
  let steps = 0;
  let last = 0;

  const progress = (stage: Stage, done: number): void => {
    const begun = started.get(stage) ?? now();
    started.set(stage, begun);
    const seconds = Math.round((now() - begun) / 1000);
    const full = Math.round(done * BAR);
    const text = `   [${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${String(Math.floor(done * 100)).padStart(3)} %  ${stages[stage]}, ${seconds} s`;
    if (done === 1) {
      line(`${terminal ? '\r\x1b[2K' : ''}${text}`);
      last = 0;
    } else if (terminal) {
      sink.write(`\r\x1b[2K${text.slice(0, (sink.columns ?? 80) - 1)}`);
    } else if (now() - last >= QUIET_INTERVAL_MS) {
      last = now();
      line(text);
    }
  };

  return {
    onProgress: progress,
    fact: (name, value) => line(`   ${paint(2, name.padEnd(22))} ${value}`),
    say: line,
    async step(title, proves, work) {
      steps += 1;
      line(`\n${paint(1, `${String(steps).padStart(2)}  ${title}`)}`);
      const begun = now();
      const result = await work();
      line(`   ${paint(32, '✓')} ${proves} ${paint(2, `(${((now() - begun) / 1000).toFixed(1)} s)`)}`);
      return result;
    },
  };
}
