/**
 * A daemon as a child process: `signer` or `server`, a number for the weather's chances, then its command line. On the
 * published test primes, through the weather, and to be stopped at a step.
 *
 * @module
 */
import { type OpenTransport, openNats, runProgram, thisProcess } from '@quorate/daemon';
import { lyingMpc } from '@quorate/devnet';
import * as mpc from '@quorate/mpc';
import { serverProgram } from '@quorate/server';
import { signerProgram } from '@quorate/signer';
import { PATIENT } from '../../support/patient.ts';
import { IN_SESSION, type Numbered, type Said } from './control.ts';
import { type Rule, seeded, type Weather, weatherAround } from './weather.ts';

const [which, seed, ...args] = process.argv.slice(2);
const tell = (said: Said): void => void process.send?.(said);
const random = seeded(Number(seed));
let rules: readonly Rule[] = [];
let weather: Weather | null = null;
let aheadMs = 0;
let dieAt: string | null = null;
let holdAt: string | null = null;
let go = (): void => {};
let lies = false;

/** Nothing after this line happens in a process that was to die here. */
function reached(step: string): void {
  if (dieAt === step) process.kill(process.pid, 'SIGKILL');
}

async function stopped(step: string): Promise<void> {
  reached(step);
  if (holdAt !== step) return;
  holdAt = null;
  const goingOn = new Promise<void>((resolve) => {
    go = resolve;
  });
  tell({ at: step });
  await goingOn;
}

process.on('message', (message) => {
  const order = message as Numbered;
  switch (order.order) {
    case 'weather':
      rules = order.rules;
      weather?.set(rules);
      break;
    case 'clock':
      aheadMs = order.aheadMs;
      break;
    case 'die':
      dieAt = order.step;
      break;
    case 'hold':
      holdAt = order.step;
      break;
    case 'go':
      holdAt = null;
      go();
      break;
    case 'lie':
      lies = order.lies;
      break;
  }
  tell({ done: order.number });
});
// The channel alone keeps no daemon up.
process.channel?.unref();

const openTransport: OpenTransport = async (access) => {
  const opened = await openNats(access);
  weather = weatherAround(access.self, opened.transport, random, (kind) => {
    if (kind === 'protocol') reached(IN_SESSION);
  });
  weather.set(rules);
  return { ...opened, transport: weather.transport };
};
const now = (): number => Date.now() + aheadMs;
const common = { openTransport, now, testFixtures: true };
const program =
  which === 'server'
    ? serverProgram({ ...common, limits: PATIENT.server, hooks: { durable: reached } })
    : signerProgram({ ...common, limits: PATIENT.signer, mpc: lyingMpc(mpc, () => lies), tables: 'off', hooks: { durable: stopped } });
process.exitCode = await runProgram(program, args, thisProcess);
