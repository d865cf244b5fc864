/**
 * Somebody on the link between server and signers, who sees and carries every byte: reads, drops, delays, reorders,
 * redirects, changes and replays. Real signers; the owner gets what it asked for or an error, and nothing twice.
 */
import { encodeEnvelope, envelopeOf, frameOf, generatePartyKeys, keyParty } from '@quorate/link';
import { type KeyCertificate, type SignerId, utf8 } from '@quorate/wire';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bent } from '../support/hostile-mpc.ts';
import { kindOf } from '../support/liar.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { all, codes, EXPORT_ON, newHash, permission, type Requests, requestsTo } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let requests: Requests;
let certificate: KeyCertificate;
const lines: LogLine[] = [];
beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  await net.act(net.administrator, EXPORT_ON);
  certificate = (await net.newKey(net.administrator)).certificate;
});
afterAll(() => net[Symbol.asyncDispose]());
afterEach(() => {
  net.transport.setTap(null);
  lines.length = 0;
});

const newKey = async () => (await net.newKey(net.administrator)).certificate;

test('somebody on the link who reads along, to learn requests and shares', async () => {
  const calls: string[] = [];
  const notices: string[] = [];
  net.transport.setTap(({ bytes }) => {
    (/^(call|reply)\//.test(kindOf(bytes)) ? calls : notices).push(Buffer.from(bytes).toString('latin1'));
    return [bytes];
  });
  const own = await newKey();
  const evidence = requests.exportOf(own);
  const released = await net.callAll('export', { evidence, certificate: own });
  expect(codes(released)).toEqual(all('accepted'));
  expect(calls.length).toBeGreaterThan(10);
  // What signers tell each other about a key is signed, not sealed.
  expect(notices.some((text) => text.includes(own.body.keyId))).toBe(true);
  const requested = [evidence.payload, evidence.signature, evidence.statement.nonce, own.body.publicKey];
  for (const secret of requested) expect(calls.some((text) => text.includes(secret))).toBe(false);
  for (const reply of released) {
    const share = reply.status === 'fulfilled' ? reply.value.encryptedKeyShare : '';
    expect([...calls, ...notices].some((text) => text.includes(share))).toBe(false);
  }
});

test('somebody on the link who plays every message of a signature and an act again, to have them done twice', async () => {
  const recorded: { to: string; bytes: Uint8Array }[] = [];
  net.transport.setTap(({ to, bytes }) => {
    recorded.push({ to, bytes });
    return [bytes];
  });
  await requests.sign(certificate);
  await net.act(net.administrator, permission());
  net.transport.setTap(null);
  lines.length = 0;
  const before = await net.call(0, 'status', {});
  for (const { to, bytes } of recorded) net.transport.deliver(to, bytes);
  await expect.poll(() => lines.filter(({ code }) => code === 'replayed').length).toBeGreaterThan(10);
  expect(lines.some(({ msg }) => msg === 'signature made' || msg === 'act acknowledged')).toBe(false);
  expect((await net.call(0, 'status', {})).head).toEqual(before.head);
  await net.act(net.administrator, permission());
});

test('somebody on the link who gives one signer what is for another, to have it act in its place', async () => {
  const [first, second] = net.participants(0, 1) as [SignerId, SignerId];
  net.transport.setTap(({ to, bytes }) => {
    if (to === first) net.transport.deliver(second, bytes);
    return to === second ? [] : [bytes];
  });
  const evidence = net.evidence(net.administrator, permission());
  const offered = { number: net.state().head.number + 1, evidence, acks: [] };
  const asked = Promise.allSettled([net.call(0, 'act', offered), net.call(1, 'act', offered, 1_500)]);
  await expect.poll(() => lines.some(({ signerId, code }) => signerId === second && code === 'other-receiver')).toBe(true);
  expect(codes(await asked)).toEqual(['accepted', 'timeout']);
  net.transport.setTap(null);
  await net.commit(evidence);
});

test('somebody on the link who changes a bit of every call, to have another request obeyed', async () => {
  const own = await newKey();
  const request = { evidence: requests.exportOf(own), certificate: own };
  net.transport.setTap(({ bytes }) => (kindOf(bytes) === 'call/export' ? [bytes.map((byte, i) => (i === bytes.length - 100 ? byte ^ 1 : byte))] : [bytes]));
  const results = await net.callAll('export', request, 1_000);
  expect(codes(results)).not.toContain('accepted');
  await expect.poll(() => lines.filter(({ code }) => code === 'bad-signature').length).toBeGreaterThanOrEqual(5);
  net.transport.setTap(null);
  expect(codes(await net.callAll('export', request))).toEqual(all('accepted'));
});

test('somebody on the link who changes every answer, to have the server believe another', async () => {
  net.transport.setTap(({ bytes }) => (kindOf(bytes).startsWith('reply/') ? [bent(bytes)] : [bytes]));
  const evidence = net.evidence(net.administrator, permission());
  const number = net.state().head.number + 1;
  expect(codes(await net.callAll('act', { number, evidence, acks: [] }, 1_000))).not.toContain('accepted');
  net.transport.setTap(null);
  await net.commit(evidence);
});

test('a stranger on the link with keys of its own, to call signers as a server would', async () => {
  const stranger = keyParty(generatePartyKeys());
  const server = net.channel;
  const request = { evidence: requests.signatureOf(certificate), certificate, participants: net.participants(0, 1, 2), attempt: 1 };
  let calls = 0;
  net.transport.setTap(({ to, bytes }) => {
    const frame = frameOf(bytes);
    const envelope = frame === null ? null : envelopeOf(frame);
    if (envelope?.kind !== 'call/sign') return [bytes];
    calls++;
    // The same call, under the stranger's own name, and under the server's with the stranger's signature.
    for (const from of [stranger.id, envelope.from])
      net.transport.deliver(
        to,
        encodeEnvelope({ ...envelope, from }, (message) => stranger.sign(message)),
      );
    return [];
  });
  const results = await Promise.allSettled([0, 1, 2].map((i) => server.call(net.ids[i] as string, 'sign', request, { deadline: Date.now() + 1_500 })));
  expect(codes(results)).not.toContain('accepted');
  expect(calls).toBe(3);
  const refused = (code: string) => lines.filter((line) => line['code'] === code).length;
  await expect.poll(() => [refused('unknown-sender'), refused('bad-signature')]).toEqual([3, 3]);
  expect(lines).toHaveLength(6);
  net.transport.setTap(null);
  await requests.sign(certificate);
});

test('somebody on the link who loses every third message, and says the others twice and in another order', { timeout: 120_000 }, async () => {
  let count = 0;
  let held: { to: string; bytes: Uint8Array }[] = [];
  net.transport.setTap(({ to, bytes }) => {
    // Joins, intents and tombstones are said again; calls and the protocol's own messages are not.
    const repeated = /^notice\/(join|intent|tombstone|auditHead)$/.test(kindOf(bytes));
    if (repeated && ++count % 3 === 0) return [];
    if (repeated && count % 3 === 1) {
      held.push({ to, bytes });
      if (held.length < 4) return [];
      const late = held.reverse();
      held = [];
      for (const { to: receiver, bytes: old } of late) net.transport.deliver(receiver, old);
      return [];
    }
    return [bytes, bytes];
  });
  const own = await newKey();
  const released = await net.callAll('export', { evidence: requests.exportOf(own), certificate: own }, 20_000);
  // With what was lost an export may need to be asked for once more; it is never half of one.
  if (codes(released).some((code) => code !== 'accepted')) {
    net.transport.setTap(null);
    expect(codes(await net.callAll('export', { evidence: requests.exportOf(own), certificate: own }))).toEqual(all('accepted'));
  }
  net.transport.setTap(null);
  await requests.sign(await newKey());
});

test('somebody on the link who holds messages back until their deadline has passed, to have them obeyed later', async () => {
  const held: { to: string; bytes: Uint8Array }[] = [];
  net.transport.setTap(({ to, bytes }) => {
    if (!kindOf(bytes).startsWith('call/')) return [bytes];
    held.push({ to, bytes });
    return [];
  });
  const own = certificate;
  const request = { evidence: requests.exportOf(own), certificate: own };
  expect(codes(await net.callAll('export', request, 500))).not.toContain('accepted');
  net.transport.setTap(null);
  await new Promise((resolve) => setTimeout(resolve, 200));
  lines.length = 0;
  for (const { to, bytes } of held) net.transport.deliver(to, bytes);
  await expect.poll(() => lines.filter(({ code }) => code === 'expired').length).toBe(5);
  expect(lines.some(({ msg }) => msg === 'key retired')).toBe(false);
  await requests.sign(own);
});

test('somebody on the link who floods signers with bytes that are none of theirs, to stop them', async () => {
  const rubbish = [new Uint8Array(100_000).fill(7), new Uint8Array(2_000_000), utf8.encode(newHash())];
  for (let i = 0; i < 300; i++) for (const id of net.ids) net.transport.deliver(id, rubbish[i % 3] as Uint8Array);
  await requests.sign(await newKey());
  expect(lines.filter(({ code }) => code === 'oversized' || code === 'malformed').length).toBeGreaterThan(1_000);
});
