import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { newKey, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';

let network: TestNetwork | null = null;
let dir: string | null = null;
afterEach(async () => {
  await network?.[Symbol.asyncDispose]();
  if (dir !== null) await rm(dir, { recursive: true, force: true });
  network = null;
  dir = null;
});

let named = 0;
const act = async (net: TestNetwork) =>
  signedCall(net.server.url, net.admin, 'POST', '/auth/service-accounts', { name: `account ${++named}`, publicKey: newKey().pem });
async function until(done: () => boolean, ms = 60_000): Promise<void> {
  for (const end = Date.now() + ms; !done(); await new Promise((resolve) => setTimeout(resolve, 50))) if (Date.now() > end) throw new Error('not in time');
}
const heads = (net: TestNetwork): number[] => net.signers.map((signer) => signer.state().head.number);

test('a signer that was away through several acts gets them all, and nobody is asked again after that', async () => {
  network = await startNetwork();
  const net = network;
  const away = net.signers[4] as (typeof net.signers)[number];
  away.down = true;
  for (let i = 0; i < 3; i++) expect((await act(net)).status).toBe(200);
  expect(away.state().head.number).toBe(0);
  away.down = false;
  await until(() => heads(net).every((number) => number === 3));
  const asked = (): number => net.signers.reduce((sum, { heard }) => sum + heard.filter((kind) => kind === 'act' || kind === 'certify').length, 0);
  // What was asked before then may still wait for its answer, five seconds long.
  for (let last = -1; last !== asked(); await new Promise((resolve) => setTimeout(resolve, 5_500))) last = asked();
  const before = asked();
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  expect(asked()).toBe(before);
  expect((await act(net)).status).toBe(200);
});

test('a server that dies between certificate and push finishes after its restart', async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-outbox-'));
  const die = (step: string): void => {
    if (step === 'act/certified') throw new Error('died');
  };
  network = await startNetwork({ dir, hooks: { durable: die } });
  const net = network;
  expect((await act(net)).status).toBe(500);
  expect(heads(net)).toEqual([0, 0, 0, 0, 0]);
  await net.restart({});
  await until(() => heads(net).every((number) => number === 1));
  expect((await act(net)).status).toBe(200);
});
