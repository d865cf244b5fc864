import { openVault } from '@quorate/mpc';
import { hex, isRefusal, type KeyCertificate, type ReplyOf, verifyEcdsa } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesIn } from './files.ts';
import { openIdentity } from './identities.ts';
import { createNetwork, freezeAt, oneTimeKey, random, type TestNetwork } from './network.test-kit.ts';
import { createSelf } from './self.ts';

const codesOf = (replies: readonly PromiseSettledResult<unknown>[]): string[] =>
  replies.map((reply) => (reply.status === 'fulfilled' ? 'ok' : isRefusal(reply.reason) ? reply.reason.code : (reply.reason as Error).name));

let network: TestNetwork;
let certificate: KeyCertificate;
beforeAll(async () => {
  network = await createNetwork();
  await network.startAll();
  await network.act('PUT', '/organisation/settings', { exportEnabled: true });
  certificate = await network.makeWallet();
});
afterAll(async () => network[Symbol.asyncDispose]());

describe('a key', () => {
  test('is certified by all with equal bodies, and the same evidence gives the same certificate again', async () => {
    const evidence = network.evidence('POST', '/keys', { scheme: 'ECDSA', curve: 'secp256k1' });
    const make = async () => (await network.callAll('keygen', { evidence, attempt: 1 })).map((reply) => (reply.status === 'fulfilled' ? reply.value : null));
    const first = await make();
    expect(new Set(first.map((reply) => JSON.stringify(reply?.body))).size).toBe(1);
    expect(first[0]?.body).toMatchObject({ walletId: '', network: '', scheme: 'ECDSA' });
    expect(await make()).toEqual(first);
  });

  test('is not made with a signer missing, and the id is still free for the next attempt', async () => {
    const evidence = network.evidence('POST', '/wallets', { network: 'Bitcoin' });
    await network.stop(3);
    const failed = await network.callAll('keygen', { evidence, attempt: 1 }, 700);
    expect(codesOf(failed).filter((code) => code === 'ok')).toEqual([]);
    await network.start(3);
    expect(codesOf(await network.callAll('keygen', { evidence, attempt: 2 }))).toEqual(Array(5).fill('ok'));
  });

  test('whose signer died with its share pending is finished by the same evidence, and completed by the certificate', async () => {
    const frozen = freezeAt('share-pending');
    await network.stop(2);
    await network.start(2, frozen);
    const evidence = network.evidence('POST', '/wallets', { network: 'Ethereum' });
    const others = Promise.allSettled([0, 1, 3, 4].map((i) => network.call(i, 'keygen', { evidence, attempt: 1 })));
    network.call(2, 'keygen', { evidence, attempt: 1 }).catch(() => {});
    await frozen.reached;
    await network.stop(2);
    expect(codesOf(await others)).toEqual(Array(4).fill('ok'));
    await network.start(2);
    const replies = await Promise.all(network.ids.map((_, i) => network.call(i, 'keygen', { evidence, attempt: 2 })));
    const made = { body: replies[0]?.body as KeyCertificate['body'], signatures: replies.map(({ signature }) => signature) };
    const request = { evidence: network.exportEvidence(made, oneTimeKey()), certificate: made };
    // A certificate with a signature missing, or one signature twice, completes nothing.
    for (const signatures of [made.signatures.slice(1), [...made.signatures.slice(1), ...made.signatures.slice(1, 2)]]) {
      await expect(network.call(2, 'export', { ...request, certificate: { ...made, signatures } })).rejects.toMatchObject({
        code: 'certificate/invalid',
      });
    }
    expect(codesOf(await network.callAll('export', request))).toEqual(Array(5).fill('ok'));
  });

  test('whose signer died before it had a share stays unmade, and another one can be made', async () => {
    const frozen = freezeAt('keygen-begin');
    await network.stop(2);
    await network.start(2, frozen);
    let reached = false;
    void frozen.reached.then(() => (reached = true));
    let evidence = network.evidence('POST', '/wallets', { network: 'Ethereum' });
    // The others wait for it to the end, which a busy machine may not leave it time to die before.
    for (let ms = 1_500; ; ms *= 2) {
      const codes = codesOf(await network.callAll('keygen', { evidence, attempt: 1 }, ms));
      expect(codes).not.toContain('ok');
      if (reached || ms > 30_000) break;
      evidence = network.evidence('POST', '/wallets', { network: 'Ethereum' });
    }
    expect(reached).toBe(true);
    await network.stop(2);
    await network.start(2);
    expect(codesOf(await network.callAll('keygen', { evidence, attempt: 2 }))).toEqual(Array(5).fill('key/failed'));
    expect((await network.makeWallet()).signatures).toHaveLength(5);
  });

  test('is not made by evidence for something else, of another organisation, or in another’s words', async () => {
    const body = { network: 'Ethereum' };
    const good = network.evidence('POST', '/wallets', body);
    const tries = {
      'action/mismatch': network.exportEvidence(certificate, oneTimeKey()),
      'authority/foreign': network.evidence('POST', '/wallets', body, { genesisHash: '00'.repeat(32) }),
      'authority/head-unknown': network.evidence('POST', '/wallets', body, { headHash: '11'.repeat(32) }),
      'authority/behind': network.evidence('POST', '/wallets', body, { headNumber: '9999' }),
      'action/signature-invalid': { ...good, signature: network.evidence('POST', '/wallets', body).signature },
      'request/unsupported': network.evidence('POST', '/wallets', { network: 'Dogecoin' }),
    };
    for (const [code, evidence] of Object.entries(tries))
      expect(codesOf(await network.callAll('keygen', { evidence, attempt: 1 })), code).toEqual(Array(5).fill(code));
    expect(codesOf(await network.callAll('keygen', { evidence: good, attempt: 1 }))).toEqual(Array(5).fill('ok'));
  });
});

describe('a signature', () => {
  test('verifies against the certificate’s key, and two sessions at once do not hinder each other', async () => {
    const digest = random(32);
    const [first, second] = await Promise.all([network.sign(certificate, [0, 2, 4], digest), network.sign(certificate, [1, 2, 3])]);
    expect([...codesOf(first), ...codesOf(second)]).toEqual(Array(6).fill('ok'));
    const { r, s } = (first[0] as PromiseFulfilledResult<ReplyOf<'sign'>>).value;
    expect(verifyEcdsa(hex.decode(certificate.body.publicKey), digest, hex.decode(r + s))).toBe(true);
  });

  test('is made by exactly the threshold of distinct members, the one asked among them', async () => {
    const hash = hex.encode(random(32));
    const evidence = network.evidence('POST', `/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash });
    const [a, b, c, d] = network.ids;
    for (const participants of [
      [a, b],
      [a, b, c, d],
      [a, a, b],
      [b, c, d],
    ]) {
      const call = network.call(0, 'sign', { evidence, certificate, participants: participants.filter((id) => id !== undefined), attempt: 1 });
      await expect(call).rejects.toMatchObject({ code: 'request/invalid' });
    }
  });

  test('is not made by another key’s certificate, by a forged one, or for a path that names another wallet', async () => {
    const other = await network.makeWallet();
    const { walletId, keyId } = certificate.body;
    const body = { kind: 'Hash', hash: '00'.repeat(32) };
    const participants = network.ids.slice(0, 3);
    const ask = (path: string, given: KeyCertificate) =>
      network.call(0, 'sign', { evidence: network.evidence('POST', path, body), certificate: given, participants, attempt: 1 });
    await expect(ask(`/wallets/${walletId}/signatures`, other)).rejects.toMatchObject({ code: 'wallet/unknown' });
    await expect(ask(`/keys/${keyId}/signatures`, other)).rejects.toMatchObject({ code: 'key/unknown' });
    const forged = { ...certificate, body: { ...certificate.body, walletId: other.body.walletId } };
    await expect(ask(`/wallets/${other.body.walletId}/signatures`, forged)).rejects.toMatchObject({ code: 'wallet/unknown' });
    const second = { ...certificate, body: { ...certificate.body, executionId: '00'.repeat(32) } };
    await expect(ask(`/wallets/${walletId}/signatures`, second)).rejects.toMatchObject({ code: 'certificate/invalid' });
  });

  test('is not asked for in an export’s name', async () => {
    const evidence = network.exportEvidence(certificate, oneTimeKey());
    const participants = network.ids.slice(0, 3);
    await expect(network.call(0, 'sign', { evidence, certificate, participants, attempt: 1 })).rejects.toMatchObject({ code: 'action/mismatch' });
    await expect(network.call(0, 'act', { number: network.state.head.number + 1, evidence, acks: [] })).rejects.toMatchObject({ code: 'action/mismatch' });
  });
});

test('a session survives what it is not told: foreign, cut and repeated protocol messages', async () => {
  // Signer 4 takes no part and talks into every session it hears of.
  await network.stop(4);
  const dir = network.dirs[4] ?? '';
  const self = createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, Date.now);
  const channel = network.speakAs(self);
  network.transport.setTap(({ bytes }) => [bytes, bytes]);
  const noise = setInterval(() => {
    for (const session of ['00'.repeat(32), 'nonsense']) {
      channel.sendProtocol({ to: network.ids.slice(0, 3), broadcast: true, session, seq: 0, deadline: Date.now() + 5_000, body: random(2_000) });
    }
  }, 20);
  expect(codesOf(await network.sign(certificate, [0, 1, 2]))).toEqual(Array(3).fill('ok'));
  clearInterval(noise);
  network.transport.setTap(null);
  channel.close();
  await network.start(4);
});

test('status tells head, build and whether it can sign', async () => {
  const status = await network.call(0, 'status', {});
  expect(status).toMatchObject({ signerId: network.ids[0], ready: true, head: network.state.head, checks: { auxInfo: 'ok', audit: 'ok' } });
  expect(status.build.testFixtures).toBe(true);
});
