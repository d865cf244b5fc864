/**
 * The server as attacker, against real signers: it holds the server's keys and everything users ever sent it, and still
 * cannot make the signers do what no user signed.
 */
import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { challengeOf, deriveCredentialId, deriveId, type Evidence, formatEncryptionKey, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, newActor, newKey as newCredential, post } from '../packages/authority/src/organisation.test-kit.ts';
import { type SignersOnly, startSigners } from './support/signers.ts';

let net: SignersOnly;
let owner: Actor;
beforeAll(async () => {
  net = await startSigners();
  owner = net.administrator;
  await net.act(owner, { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":true}' });
});
afterAll(() => net[Symbol.asyncDispose]());

const newPoint = (): Uint8Array => secp256k1.getPublicKey(secp256k1.utils.randomSecretKey());
const exportBody = (point = newPoint()): string =>
  JSON.stringify({ encryptionKey: formatEncryptionKey(point), supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }] });
const exportOf = (certificate: KeyCertificate, actor = owner, body = exportBody()): Evidence =>
  net.evidence(actor, { method: 'POST', path: `/wallets/${certificate.body.walletId}/export`, payload: body });
const codes = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'fulfilled' ? 'accepted' : (result.reason as { code?: string }).code));
const all = (code: string): string[] => Array(5).fill(code);
const hash = (): string => randomBytes(32).toString('hex');
const signatureOf = (certificate: KeyCertificate, digest = hash()): Evidence =>
  net.evidence(owner, post(`/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: digest }));

async function signs(certificate: KeyCertificate): Promise<boolean> {
  const participants = net.participants(0, 1, 2);
  const evidence = signatureOf(certificate);
  const replies = await Promise.all([0, 1, 2].map((i) => net.call(i, 'sign', { evidence, certificate, participants, attempt: 1 }, 60_000)));
  return replies.every((reply) => reply.r === replies[0]?.r);
}

describe('a server that changes what the user signed', () => {
  test.each([
    ['swaps encryptionKey for its own', (e: Evidence) => ({ ...e, payload: exportBody() })],
    ['swaps the method', (e: Evidence) => ({ ...e, statement: { ...e.statement, method: 'PUT' as const } })],
    [
      'swaps the path for another wallet’s',
      (e: Evidence) => ({ ...e, statement: { ...e.statement, path: '/wallets/wa-00000-00000-0000000000000000/export' } }),
    ],
    ['swaps the body and its hash', (e: Evidence) => ({ ...e, payload: exportBody(), statement: { ...e.statement, payloadHash: '0'.repeat(64) } })],
    ['swaps the user', (e: Evidence) => ({ ...e, statement: { ...e.statement, userId: newActor().userId } })],
    [
      'renews the time',
      (e: Evidence) => ({
        ...e,
        statement: { ...e.statement, issuedAt: String(Number(e.statement.issuedAt) + 1), expiresAt: String(Number(e.statement.expiresAt) + 1) },
      }),
    ],
  ])('%s is refused by every signer', async (_, change) => {
    const { certificate } = await net.newKey(owner);
    const results = await net.callAll('export', { evidence: change(exportOf(certificate)), certificate });
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    for (const code of codes(results)) expect(['action/mismatch', 'action/credential-unknown', 'wallet/unknown']).toContain(code);
  });

  test('and after all that the wallet signs, and its owner exports it', async () => {
    const { certificate } = await net.newKey(owner);
    expect(await signs(certificate)).toBe(true);
    expect(codes(await net.callAll('export', { evidence: exportOf(certificate), certificate }))).toEqual(all('accepted'));
  });
});

describe('a server that replays', () => {
  test('yesterday’s evidence is refused by every signer', async () => {
    const { certificate } = await net.newKey(owner);
    const yesterday = net.evidence(owner, {
      method: 'POST',
      path: `/wallets/${certificate.body.walletId}/export`,
      payload: exportBody(),
      now: Date.now() - 86_400_000,
    });
    expect(codes(await net.callAll('export', { evidence: yesterday, certificate }))).toEqual(all('action/expired'));
    expect(await signs(certificate)).toBe(true);
  });

  test('a signature request for another effect is refused by every signer', async () => {
    const { certificate } = await net.newKey(owner);
    const evidence = signatureOf(certificate);
    for (const code of codes(await net.callAll('export', { evidence, certificate }))) expect(code).toBe('action/mismatch');
    for (const code of codes(await net.callAll('keygen', { evidence, attempt: 1 }))) expect(code).toBe('action/mismatch');
    for (const code of codes(await net.callAll('act', { number: net.state().head.number + 1, evidence, acks: [] }))) expect(code).toBe('action/mismatch');
    expect(await signs(certificate)).toBe(true);
  });

  test('a wallet’s creation is not repeated: there is one key to one request', async () => {
    const { evidence, certificate } = await net.newKey(owner);
    const results = await net.callAll('keygen', { evidence, attempt: 1 });
    for (const result of results) {
      if (result.status === 'fulfilled') expect(result.value.body).toEqual(certificate.body);
      else expect((result.reason as { code: string }).code).toMatch(/^(key\/exists|evidence\/spent)$/);
    }
  });
});

describe('a server that invents', () => {
  test('a permission, in an act that nobody signed, is refused by every signer', async () => {
    const mallory = newActor();
    const evidence = net.evidence(
      { ...mallory, userId: owner.userId, credId: owner.credId },
      post('/permissions', { name: 'all', operations: ['Keys:Export'] }),
    );
    expect(codes(await net.callAll('act', { number: net.state().head.number + 1, evidence, acks: [] }))).toEqual(all('action/signature-invalid'));
  });

  test('a permission for a user who has none, is refused by every signer', async () => {
    const key = newCredential();
    const record = await net.act(owner, post('/auth/service-accounts', { name: `clerk ${randomBytes(4).toString('hex')}`, publicKey: key.publicKey }));
    const challenge = challengeOf(record.evidence.statement);
    const clerk: Actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
    const { certificate } = await net.newKey(owner);
    expect(codes(await net.callAll('export', { evidence: exportOf(certificate, clerk), certificate }))).toEqual(all('auth/forbidden'));
    expect(await signs(certificate)).toBe(true);
  });

  test('an act whose acknowledgements it made itself does not count', async () => {
    const evidence = net.evidence(owner, post('/permissions', { name: `held back ${hash()}`, operations: ['Wallets:Read'] }));
    const number = net.state().head.number + 1;
    const { ack } = await net.call(0, 'act', { number, evidence, acks: [] });
    const forged = net.ids.slice(1, 3).map((signerId) => ({ body: ack.body, signerId, signature: `${'A'.repeat(86)}==` }));
    await net.callAll('certify', { number, acks: [ack, ...forged] });
    for (const i of [0, 1, 4]) expect((await net.call(i, 'status', {})).head.number).toBe(number - 1);
    await net.commit(evidence, [ack]);
    expect((await net.call(0, 'status', {})).head).toEqual(net.state().head);
  });

  test('a key certificate for another public key is refused by every signer', async () => {
    const { certificate } = await net.newKey(owner);
    const forged = { ...certificate, body: { ...certificate.body, publicKey: Buffer.from(newPoint()).toString('hex') } };
    for (const code of codes(await net.callAll('export', { evidence: exportOf(certificate), certificate: forged }))) expect(code).toBe('certificate/invalid');
    expect(await signs(certificate)).toBe(true);
  });
});

describe('a server that keeps the certificate of a revocation to itself', () => {
  test('undoes nothing: whoever has acknowledged it obeys it, also after a restart, and what it would give waits for the certificate', async () => {
    const { certificate } = await net.newKey(owner);
    const setting = (exportEnabled: boolean): Evidence =>
      net.evidence(owner, { method: 'PUT', path: '/organisation/settings', payload: JSON.stringify({ exportEnabled }) });
    const off = setting(false);
    const number = net.state().head.number + 1;
    const acks = (await Promise.all(net.ids.map((_, i) => net.call(i, 'act', { number, evidence: off, acks: [] })))).map((reply) => reply.ack);
    expect(codes(await net.callAll('export', { evidence: exportOf(certificate), certificate }))).toEqual(all('export/disabled'));
    await net.stop(0);
    await net.start(0);
    expect(codes(await net.callAll('export', { evidence: exportOf(certificate), certificate }))).toEqual(all('export/disabled'));
    await net.commit(off, acks);

    const on = setting(true);
    const given = (await Promise.all(net.ids.map((_, i) => net.call(i, 'act', { number: number + 1, evidence: on, acks: [] })))).map((reply) => reply.ack);
    expect(codes(await net.callAll('export', { evidence: exportOf(certificate), certificate }))).toEqual(all('export/disabled'));
    await net.commit(on, given);
    expect(codes(await net.callAll('export', { evidence: exportOf(certificate), certificate }))).toEqual(all('accepted'));
  });
});

describe('a server that offers two acts for one number', () => {
  test('gets one acknowledgement of each signer, and can finish only one of them', async () => {
    const number = net.state().head.number + 1;
    const one = net.evidence(owner, post('/permissions', { name: `one ${hash()}`, operations: ['Wallets:Read'] }));
    const two = net.evidence(owner, post('/permissions', { name: `two ${hash()}`, operations: ['Wallets:Read'] }));
    const first = await net.call(0, 'act', { number, evidence: one, acks: [] });
    await expect(net.call(0, 'act', { number, evidence: two, acks: [] })).rejects.toMatchObject({ code: 'authority/conflict' });
    expect((await net.call(0, 'act', { number, evidence: one, acks: [] })).ack).toEqual(first.ack);
    await net.commit(one, [first.ack]);
    expect(codes(await net.callAll('act', { number, evidence: two, acks: [] }))).toEqual(all('authority/conflict'));
    expect((await net.call(4, 'status', {})).head).toEqual(net.state().head);
  });
});
