/**
 * `health`: asks a daemon on this host how it is, without any other program. What containers and people ask with.
 *
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Address } from './common-settings.ts';
import { CannotRun, exitCodes } from './exit.ts';
import { type Command, command } from './program.ts';
import type { Settings, ValuesOf } from './settings.ts';

const ASK_MS = 4_000;
const BETWEEN_MS = 1_000;
/** An answer names every signer and is far below. */
const MAX_BYTES = 65_536;

interface Answer {
  readonly good: boolean;
  readonly text: string;
}

/** Of a daemon with these settings, of which one, as `addressOf` picks it, is where `/livez` and `/readyz` are. `null`: nowhere. */
export const healthCommand = <S extends Settings>(settings: S, addressOf: (values: ValuesOf<S>) => Address | null): Command =>
  command({
    about: 'Asks the daemon that runs here whether it is ready, and prints what it says. Ends with 1 where it is not, with 69 where it does not answer.',
    settings,
    flags: {
      live: { about: 'Asks only whether it is alive.', bare: true },
      wait: { about: 'Seconds, up to 3600, to wait until it is.' },
    },
    async run(values, flags, { out }) {
      const address = addressOf(values);
      if (address === null) throw new CannotRun('configuration', 'health is off in this configuration: give it an address.');
      const url = `http://${reachable(address)}/${flags['live'] === true ? 'livez' : 'readyz'}`;
      const answer = await askUntil(url, secondsOf(flags['wait']));
      if (answer === null) throw new CannotRun('unavailable', `Nothing answers at ${url}.`);
      out(answer.text);
      return answer.good ? exitCodes.ok : exitCodes.no;
    },
  });

/** Who listens on all addresses is asked on loopback. */
function reachable({ host, port }: Address): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
}

function secondsOf(given: unknown): number {
  const seconds = given === undefined ? 0 : Number(given);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 3_600) throw new CannotRun('usage', '--wait takes a number of seconds from 0 to 3600.');
  return seconds;
}

/** The first good answer, else the last one; `null` for none. */
async function askUntil(url: string, seconds: number): Promise<Answer | null> {
  for (const end = Date.now() + seconds * 1_000; ; await pause(BETWEEN_MS)) {
    const answer = await ask(url);
    if (answer?.good === true || Date.now() + BETWEEN_MS > end) return answer;
  }
}

async function ask(url: string): Promise<Answer | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_MS), redirect: 'error' });
    let text = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (text.length > MAX_BYTES) return null;
    }
    return { good: response.status === 200, text };
  } catch {
    return null;
  }
}
