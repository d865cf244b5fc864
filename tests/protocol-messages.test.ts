/**
 * Hostile protocol messages between real signers: the session fails closed, the signers live, the culprit stands in the
 * log, and a new session works.
 */
import { b64, type Evidence } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileMpc, type Said, type Twist } from './support/hostile-mpc.ts';
import { type LogLine, recordingLog } from './support/recording-log.ts';
import { type SignersOnly, startSigners } from './support/signers.ts';

const CULPRIT = 1;
let net: SignersOnly;
let twist: Twist | null = null;
const lines: LogLine[] = [];

beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  // One of the five speaks as the test says; the other four are what we ship.
  await net.stop(CULPRIT);
  await net.start(CULPRIT, { mpc: hostileMpc((said, protocol) => (twist === null ? [said] : twist(said, protocol))) });
});
afterAll(() => net[Symbol.asyncDispose]());

const newWallet = (): Evidence => net.evidence(net.administrator, { method: 'POST', path: '/wallets', payload: JSON.stringify({ network: 'KeyECDSA' }) });
const outcomes = async (evidence: Evidence) => (await net.callAll('keygen', { evidence, attempt: 1 }, 8_000)).map((result) => result.status);

async function expectFailsClosed(wrong: Twist, { named = true } = {}): Promise<void> {
  lines.length = 0;
  twist = wrong;
  const results = await outcomes(newWallet()).finally(() => {
    twist = null;
  });
  // Without the certificate of all five nothing is usable, whatever single signers answered.
  expect(results).toContain('rejected');
  const culprit = net.ids[CULPRIT] as string;
  if (named)
    expect(
      lines.some((line) => JSON.stringify(line).includes(culprit)),
      'the culprit stands in the log',
    ).toBe(true);
  await expectWorks();
}

async function expectWorks(): Promise<void> {
  const { certificate } = await net.newKey(net.administrator);
  expect(certificate.signatures).toHaveLength(5);
}

const first =
  (change: (said: Said) => readonly Said[]): Twist =>
  (said) =>
    said.seq === 0 ? change(said) : [said];

describe('a signer whose key generation message is', () => {
  test('cut short: the session fails, the signer is named, the next key is made', () =>
    expectFailsClosed(first((said) => [{ ...said, body: said.body.subarray(0, -1) }])));
  test('oversized: the session fails, the signer is named, the next key is made', () =>
    expectFailsClosed(first((said) => [{ ...said, body: new Uint8Array(70_000) }])));
  test('followed by other bytes: the session fails, the signer is named, the next key is made', () =>
    expectFailsClosed(first((said) => [{ ...said, body: Uint8Array.of(...said.body, 0) }])));
  test('rubbish: the session fails, the signer is named, the next key is made', () =>
    expectFailsClosed(first((said) => [{ ...said, body: new Uint8Array(said.body.length).fill(0xa1) }])));
  test('sent in two versions: the session fails, the signer is named, the next key is made', () =>
    expectFailsClosed(first((said) => [said, { ...said, body: said.body.map((byte, i) => (i === said.body.length - 1 ? byte ^ 1 : byte)) }])));
  test('held back: the session ends at its deadline, and the next key is made', () =>
    expectFailsClosed(
      first(() => []),
      { named: false },
    ));

  test('sent twice, byte for byte: the repeat is dropped and the key is made', async () => {
    twist = (said) => [said, said];
    expect(await outcomes(newWallet())).toEqual(Array(5).fill('fulfilled'));
    twist = null;
    await expectWorks();
  });
});

describe('a signing message', () => {
  test('with a number of radix 0 ends the session, names the signer, and the signers live', async () => {
    const { certificate } = await net.newKey(net.administrator);
    const evidence = net.evidence(net.administrator, {
      method: 'POST',
      path: `/wallets/${certificate.body.walletId}/signatures`,
      payload: JSON.stringify({ kind: 'Hash', hash: '55'.repeat(32) }),
    });
    const participants = net.participants(0, CULPRIT, 2);
    lines.length = 0;
    twist = (said, protocol) => (protocol === 'sign' && said.to === 'all' && said.seq === 0 ? [{ ...said, body: withRadixZero(said.body) }] : [said]);
    const results = await Promise.allSettled([0, CULPRIT, 2].map((i) => net.call(i, 'sign', { evidence, certificate, participants, attempt: 1 }, 20_000)));
    twist = null;
    expect(results.filter((result) => result.status === 'rejected').length).toBeGreaterThanOrEqual(2);
    expect(lines.some((line) => JSON.stringify(line).includes(net.ids[CULPRIT] as string))).toBe(true);
    const replies = await Promise.all([0, CULPRIT, 2].map((i) => net.call(i, 'sign', { evidence, certificate, participants, attempt: 2 }, 60_000)));
    expect(new Set(replies.map((reply) => reply.s)).size).toBe(1);
  });
});

/** CBOR text "radix" followed by 16 becomes "radix" followed by 0. */
function withRadixZero(body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode('radix');
  const changed = body.slice();
  for (let at = 0; at + text.length < changed.length; at++) {
    if (text.every((byte, i) => changed[at + i] === byte)) {
      expect(changed[at + text.length]).toBe(0x10);
      changed[at + text.length] = 0;
      return changed;
    }
  }
  throw new Error('the message holds no number');
}

describe('a protocol message from outside', () => {
  test('by an unknown sender, by the server, or for another session changes nothing: the key is made', async () => {
    const stray: Uint8Array[] = [];
    net.transport.setTap(({ to, bytes }) => {
      // Every message also arrives cut, with a foreign signature, and again later from the transport.
      const forged = bytes.slice();
      forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
      stray.push(bytes);
      net.transport.deliver(to, forged);
      net.transport.deliver(to, bytes.subarray(0, -10));
      return [bytes, bytes];
    });
    net.channel.sendProtocol({ to: net.ids, broadcast: true, session: '00'.repeat(32), seq: 0, deadline: Date.now() + 5_000, body: new Uint8Array(8) });
    expect(await outcomes(newWallet())).toEqual(Array(5).fill('fulfilled'));
    net.transport.setTap(null);
    for (const bytes of stray) for (const id of net.ids) net.transport.deliver(id, bytes);
    await expectWorks();
  });
});

test('the log names no secret and no foreign text', async () => {
  const { certificate } = await net.newKey(net.administrator);
  expect(b64.decode(net.ids[0] as string)).toHaveLength(32);
  expect(certificate.body.publicShares).toHaveLength(5);
  const text = JSON.stringify(lines);
  expect(text).not.toMatch(/BEGIN|secret_share|sealedShare/);
});
