/**
 * Whoever would use a key that is exported: after its own tombstone a signer contributes nothing to any session of the
 * key, not even to one under way. Real signers; the test is the server.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kindOf } from '../support/liar.ts';
import { codes, EXPORT_ON, type Requests, requestsTo, saidInTheEnd } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let requests: Requests;
beforeAll(async () => {
  net = await startSigners();
  requests = requestsTo(net);
  await net.act(net.administrator, EXPORT_ON);
});
afterAll(() => net[Symbol.asyncDispose]());

const newKey = async () => (await net.newKey(net.administrator)).certificate;

test('a server that has a key sign while it is exported, to keep a signature for later', async () => {
  const certificate = await newKey();
  const after = new Map<string, string[]>();
  const underWay = Promise.withResolvers<void>();
  let held: { to: string; bytes: Uint8Array }[] = [];
  net.transport.setTap(({ from, to, bytes }) => {
    const kind = kindOf(bytes);
    if (from === undefined) return [bytes];
    if (kind === 'notice/tombstone' && !after.has(from)) after.set(from, []);
    else after.get(from)?.push(kind);
    if (kind === 'protocol') {
      underWay.resolve();
      // What the first one says comes to the others only once all have retired the key: no signature is quicker.
      if (from === net.ids[0] && after.size < 5) {
        held.push({ to, bytes });
        return [];
      }
    }
    if (after.size === 5) {
      for (const late of held) net.transport.deliver(late.to, late.bytes);
      held = [];
    }
    return [bytes];
  });
  const signatures = requests.trySign(requests.signatureOf(certificate), certificate, [0, 1, 2]);
  await underWay.promise;
  const released = await net.callAll('export', { evidence: requests.exportOf(certificate), certificate });
  const results = await signatures;
  net.transport.setTap(null);

  expect(released.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  expect(results.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  expect(after.size).toBe(5);
  for (const kinds of after.values()) expect(kinds).not.toContain('protocol');
  await requests.sign(await newKey());
});

test('a server that asks other signers, or restarted ones, to sign with an exported key', async () => {
  const certificate = await requests.exportNew();
  const retired = Array(3).fill('key/retired');
  for (const three of [
    [0, 1, 2],
    [2, 3, 4],
  ])
    expect(codes(await requests.trySign(requests.signatureOf(certificate), certificate, three))).toEqual(retired);
  await net.stop(0);
  await net.start(0);
  expect(codes(await requests.trySign(requests.signatureOf(certificate), certificate, [0, 1, 2]))).toEqual(retired);
  await requests.sign(await newKey());
});

test('a server that asks two of five for an export, to retire a key whose owner gets nothing', async () => {
  const certificate = await newKey();
  const request = { evidence: requests.exportOf(certificate), certificate };
  const ask = async (ms: number) => codes(await Promise.allSettled([0, 1].map((i) => net.call(i, 'export', request, ms))));
  expect(await saidInTheEnd(ask, 3_000)).toEqual(['export/undecided', 'export/undecided']);
  await requests.sign(certificate);
});
