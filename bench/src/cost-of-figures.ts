/**
 * What counting and measuring costs: everything that one signature tells its meters, at the server and at a signer, and a
 * scrape. `node -C source bench/src/cost-of-figures.ts`; no network, no addon's work.
 *
 * @module
 */
import { openServerMetrics } from '@quorate/server';
import { openSignerMetrics } from '@quorate/signer';

const RUNS = 20_000;
const ROUNDS = 5;

const nothing = { figures: null, brokerConnected: false, brokerWaitingBytes: 0 };
const server = openServerMetrics(async () => nothing);
const signer = openSignerMetrics(() => ({ ...nothing, primes: { primes: false, spare: false }, lastDrill: null }));

function atServer(): void {
  const { meter } = server;
  meter.begun('sign');
  for (const phase of ['verify', 'signers', 'store'] as const) meter.phase('sign', phase, 7);
  meter.ended('sign', true, 21);
  meter.answered({ method: 'POST', route: '/wallets/:walletId/signatures', status: 200, ms: 25 });
}

function atSigner(): void {
  const { meter } = signer;
  for (const phase of ['verify', 'join', 'begin', 'protocol', 'check'] as const) meter.phase('sign', phase, 4);
  meter.sessionEnded('sign', null);
  for (const event of ['signatureMade', 'decided']) meter.event(event);
  meter.decided('sign', null, 20);
}

/** The best of several rounds, after one to warm up; microseconds. */
function cost(work: () => void): number {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => {
    const began = performance.now();
    for (let i = 0; i < RUNS; i++) work();
    return ((performance.now() - began) / RUNS) * 1_000;
  });
  return Math.min(...rounds.slice(1));
}

async function scrape({ text }: { text(): Promise<string> }): Promise<string> {
  await text();
  const began = performance.now();
  for (let i = 0; i < ROUNDS; i++) await text();
  return `${((performance.now() - began) / ROUNDS).toFixed(1)} ms, ${(await text()).length} bytes`;
}

console.log(`one signature at the server   ${cost(atServer).toFixed(1)} µs`);
console.log(`one signature at a signer     ${cost(atSigner).toFixed(1)} µs`);
console.log(`one scrape of a server        ${await scrape(server.metrics)}`);
console.log(`one scrape of a signer        ${await scrape(signer.metrics)}`);
