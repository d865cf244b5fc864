/**
 * After its own tombstone a signer contributes nothing to any session of the key, not even to one under way.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { envelopeOf, frameOf } from '@quorate/link';
import { formatEncryptionKey, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignersOnly, startSigners } from './support/signers.ts';

let net: SignersOnly;
beforeAll(async () => {
  net = await startSigners();
  await net.act(net.administrator, { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":true}' });
});
afterAll(() => net[Symbol.asyncDispose]());

const path = (certificate: KeyCertificate, what: string): string => `/wallets/${certificate.body.walletId}/${what}`;
const exportRequest = (certificate: KeyCertificate) => {
  const encryptionKey = formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
  const payload = JSON.stringify({ encryptionKey, supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }] });
  return { evidence: net.evidence(net.administrator, { method: 'POST', path: path(certificate, 'export'), payload }), certificate };
};
const signRequest = (certificate: KeyCertificate) => ({
  evidence: net.evidence(net.administrator, {
    method: 'POST',
    path: path(certificate, 'signatures'),
    payload: JSON.stringify({ kind: 'Hash', hash: '66'.repeat(32) }),
  }),
  certificate,
  participants: net.participants(0, 1, 2),
  attempt: 1,
});

/** Kinds of envelopes in the order in which they were published, by sender. */
function recordKinds(onKind: (from: string, kind: string) => void): void {
  net.transport.setTap(({ bytes }) => {
    const frame = frameOf(bytes);
    const envelope = frame === null ? null : envelopeOf(frame);
    if (envelope !== null) onKind(envelope.from, envelope.kind);
    return [bytes];
  });
}

describe('a key that is exported while it signs', () => {
  test('gives no signature, and nobody contributes after its own tombstone', async () => {
    const { certificate } = await net.newKey(net.administrator);
    const after = new Map<string, string[]>();
    const underWay = Promise.withResolvers<void>();
    recordKinds((from, kind) => {
      if (kind === 'protocol') underWay.resolve();
      if (kind === 'notice/tombstone' && !after.has(from)) after.set(from, []);
      else after.get(from)?.push(kind);
    });
    const signing = signRequest(certificate);
    const signatures = Promise.allSettled([0, 1, 2].map((i) => net.call(i, 'sign', signing, 60_000)));
    await underWay.promise;
    const released = await net.callAll('export', exportRequest(certificate));
    const results = await signatures;
    net.transport.setTap(null);

    expect(released.map((result) => result.status)).toEqual(Array(5).fill('fulfilled'));
    expect(results.map((result) => result.status)).toEqual(Array(3).fill('rejected'));
    expect(after.size).toBe(5);
    for (const kinds of after.values()) expect(kinds).not.toContain('protocol');
  });

  test('refuses every later session, with whichever participants, also after a restart', async () => {
    const { certificate } = await net.newKey(net.administrator);
    await net.callAll('export', exportRequest(certificate));
    for (const three of [
      [0, 1, 2],
      [2, 3, 4],
    ] as const) {
      const request = { ...signRequest(certificate), participants: net.participants(...three) };
      for (const i of three) await expect(net.call(i, 'sign', request)).rejects.toMatchObject({ code: 'key/retired' });
    }
    await net.stop(0);
    await net.start(0);
    await expect(net.call(0, 'sign', signRequest(certificate))).rejects.toMatchObject({ code: 'key/retired' });
    const { certificate: another } = await net.newKey(net.administrator);
    const request = signRequest(another);
    const replies = await Promise.all([0, 1, 2].map((i) => net.call(i, 'sign', request, 60_000)));
    expect(new Set(replies.map((reply) => reply.s)).size).toBe(1);
  });
});

describe('an export to which too few signers agree', () => {
  test('leaves no tombstone: two of five say yes, and the key still signs', async () => {
    const { certificate } = await net.newKey(net.administrator);
    const request = exportRequest(certificate);
    const results = await Promise.allSettled([0, 1].map((i) => net.call(i, 'export', request, 3_000)));
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'export/undecided' } });
    const signing = signRequest(certificate);
    const replies = await Promise.all([0, 1, 2].map((i) => net.call(i, 'sign', signing, 60_000)));
    expect(new Set(replies.map((reply) => reply.s)).size).toBe(1);
  });
});
