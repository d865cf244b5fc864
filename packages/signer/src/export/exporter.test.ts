import { DatabaseSync } from 'node:sqlite';
import { verifyBySigner } from '@quorate/authority';
import { envelopeOf, frameOf } from '@quorate/link';
import { openVault } from '@quorate/mpc';
import { b64, challengeOf, isRefusal, type KeyCertificate, type ReplyOf, sha256Hex, type Signed, type SignerId } from '@quorate/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realMpc } from '../mpc.ts';
import { createNetwork, freezeAt, oneTimeKey, schemes, type TestNetwork } from '../network.test-kit.ts';
import { filesIn } from '../files.ts';
import { openIdentity } from '../identities.ts';
import { createSelf } from '../self.ts';
import { openStore } from '../store/store.ts';

let network: TestNetwork;
let certificate: KeyCertificate;

beforeEach(async () => {
  network = await createNetwork();
  await network.startAll();
  await network.act('PUT', '/organisation/settings', { exportEnabled: true });
  certificate = await network.makeWallet();
});
afterEach(async () => network[Symbol.asyncDispose]());

function kindOf(bytes: Uint8Array): string {
  const frame = frameOf(bytes);
  return (frame === null ? null : envelopeOf(frame))?.kind ?? '';
}

type Replies = PromiseSettledResult<ReplyOf<'export'>>[];
const codesOf = (replies: readonly PromiseSettledResult<unknown>[]): string[] =>
  replies.map((reply) => (reply.status === 'fulfilled' ? 'ok' : isRefusal(reply.reason) ? reply.reason.code : (reply.reason as Error).name));
const valuesOf = (replies: Replies): ReplyOf<'export'>[] => replies.filter((reply) => reply.status === 'fulfilled').map(({ value }) => value);
const ciphertexts = (replies: Replies): (string | null)[] => replies.map((reply) => (reply.status === 'fulfilled' ? reply.value.encryptedKeyShare : null));
const exportTo = (encryptionKey: string, ms?: number): Promise<Replies> =>
  network.callAll('export', { evidence: network.exportEvidence(certificate, encryptionKey), certificate }, ms);

/** What they say when no more comes: a signer ends a little before its caller does, and a busy one may need longer to say so. */
async function saidInTheEnd(ask: (ms: number) => Promise<Replies>, ms: number): Promise<Replies> {
  const replies = await ask(ms);
  return codesOf(replies).some((code, i) => code === 'LinkError' && network.signers[i] !== null) ? ask(30_000) : replies;
}

/** Reads a signer's store; the signer must be stopped. */
async function tombstonesOf(index: number): Promise<number> {
  await using store = await openStore(filesIn(network.dirs[index] ?? '').store);
  return (await store.read('load', {})).retired.length;
}

/** The same of one that runs. */
function heldBy(index: number): number {
  const db = new DatabaseSync(filesIn(network.dirs[index] ?? '').store, { readOnly: true });
  try {
    return (db.prepare('SELECT count(*) AS n FROM tombstones').get() as { n: number }).n;
  } finally {
    db.close();
  }
}

test('every reply binds ciphertext, key, encryption key and tombstones', async () => {
  const encryptionKey = oneTimeKey();
  const replies = await exportTo(encryptionKey);
  expect(codesOf(replies)).toEqual(Array(5).fill('ok'));
  for (const [i, { release, encryptedKeyShare, tombstones }] of valuesOf(replies).entries()) {
    expect(release.signerId).toBe(network.ids[i]);
    expect(release.body).toMatchObject({ index: i + 1, encryptionKey, keyId: certificate.body.keyId, publicShares: certificate.body.publicShares });
    expect(release.body.ciphertextHash).toBe(sha256Hex(b64.decode(encryptedKeyShare)));
    expect(new Set(tombstones.map(({ signerId }) => signerId)).size).toBeGreaterThanOrEqual(3);
    expect(tombstones.every(({ body }) => body.challenge === release.body.challenge)).toBe(true);
  }
});

test('every reply says, by a quorum and in the same words, whose credential asked and that it might', async () => {
  const replies = await exportTo(oneTimeKey());
  expect(codesOf(replies)).toEqual(Array(5).fill('ok'));
  const [administrator] = network.genesis.administrators;
  for (const [i, { authorization, release }] of valuesOf(replies).entries()) {
    if (authorization === undefined) throw new Error('a reply without an authorization');
    const { body, signatures } = authorization;
    expect(body).toMatchObject({ challenge: release.body.challenge, keyId: certificate.body.keyId, headHash: network.state.head.hash });
    expect(body).toMatchObject({ credId: administrator?.credId, userId: administrator?.userId, publicKey: administrator?.publicKey });
    const signers = signatures.map(({ signerId }) => signerId);
    expect(signers).toContain(network.ids[i]);
    expect(signers.length).toBeGreaterThanOrEqual(3);
    for (const signature of signatures) expect(await verifyBySigner(network.state, 'authorization', { body, ...signature }, 'present')).toBe(true);
  }
});

test('the same pair gets the same ciphertext and release under a new challenge, a new encryption key another', async () => {
  const encryptionKey = oneTimeKey();
  const first = await exportTo(encryptionKey);
  const again = await exportTo(encryptionKey);
  expect(ciphertexts(again)).toEqual(ciphertexts(first));
  expect(valuesOf(again).map(({ release }) => release)).toEqual(valuesOf(first).map(({ release }) => release));
  const other = await exportTo(oneTimeKey());
  expect(codesOf(other)).toEqual(Array(5).fill('ok'));
  expect(ciphertexts(other)).not.toEqual(ciphertexts(first));
  // Statements go on being gathered until all have retired it.
  await expect.poll(async () => valuesOf(await exportTo(encryptionKey)).map(({ tombstones }) => tombstones.length)).toEqual(Array(5).fill(5));
  // The key was retired once, whoever asks how often.
  expect(valuesOf(other).map(({ release }) => release.body.tombstonedAt)).toEqual(valuesOf(first).map(({ release }) => release.body.tombstonedAt));
});

test('concurrent requests for one pair agree on one ciphertext', async () => {
  const encryptionKey = oneTimeKey();
  const [a, b] = (await Promise.all([exportTo(encryptionKey), exportTo(encryptionKey)])) as [Replies, Replies];
  expect(codesOf(a)).toEqual(Array(5).fill('ok'));
  expect(ciphertexts(a)).toEqual(ciphertexts(b));
});

test('with too few signers nothing is retired, and the key signs once they are back', async () => {
  for (const i of [2, 3, 4]) await network.stop(i);
  const replies = await saidInTheEnd((ms) => exportTo(oneTimeKey(), ms), 2_500);
  expect(codesOf(replies).slice(0, 2)).toEqual(['export/undecided', 'export/undecided']);
  await network.stop(0);
  expect(await tombstonesOf(0)).toBe(0);
  const back = await Promise.all([0, 2, 3, 4].map((i) => network.start(i)));
  await Promise.all(back.map(({ ready }) => ready));
  expect(codesOf(await network.sign(certificate, [0, 1, 2]))).toEqual(['ok', 'ok', 'ok']);
});

test('one that was away learns of the tombstone from its peers before it is asked', async () => {
  await network.stop(4);
  expect(codesOf(await exportTo(oneTimeKey())).slice(0, 4)).toEqual(Array(4).fill('ok'));
  await network.start(4);
  await network.stop(4);
  expect(await tombstonesOf(4)).toBe(1);
});

test('one that missed the call is retired by its peers’ tombstones alone', async () => {
  const evidence = network.exportEvidence(certificate, oneTimeKey());
  const retired = new Set<string>();
  network.transport.setTap(({ from, bytes }) => {
    if (from !== undefined && kindOf(bytes) === 'notice/tombstone') retired.add(from);
    return [bytes];
  });
  await Promise.all([0, 1, 2].map((i) => network.call(i, 'export', { evidence, certificate })));
  // Each says its own once it has it.
  await expect.poll(() => retired.size).toBe(5);
  network.transport.setTap(null);
  expect(codesOf(await network.sign(certificate, [2, 3, 4]))).toEqual(Array(3).fill('key/retired'));
  // Its share is released as soon as it is asked.
  expect((await network.call(4, 'export', { evidence, certificate })).tombstones.length).toBeGreaterThanOrEqual(3);
});

test('a session under way is ended by the export', async () => {
  const speaking = new Set<string>();
  network.transport.setTap(({ from, bytes }) => {
    if (from === undefined || kindOf(bytes) !== 'protocol') return [bytes];
    speaking.add(from);
    // What the first one says is on its way for good: without the export they would wait.
    return from === network.ids[0] ? [] : [bytes];
  });
  const signing = network.sign(certificate, [0, 1, 2]);
  await expect.poll(() => speaking.size).toBe(3);
  expect(codesOf(await exportTo(oneTimeKey()))).toEqual(Array(5).fill('ok'));
  for (const code of codesOf(await signing)) expect(['key/retired', 'signature/failed']).toContain(code);
  network.transport.setTap(null);
});

describe('is refused, and the key still signs:', () => {
  const everyone = async (evidence = network.exportEvidence(certificate, oneTimeKey()), given = certificate): Promise<string[]> => [
    ...new Set(codesOf(await network.callAll('export', { evidence, certificate: given }))),
  ];

  test('what is not an export request, a foreign wallet, a bad key, an unreadable scheme, switched off', async () => {
    const { walletId } = certificate.body;
    const other = await network.makeWallet();
    const body = { encryptionKey: oneTimeKey(), supportedSchemes: schemes };
    const path = `/wallets/${walletId}/export`;
    const signing = network.evidence('POST', `/wallets/${walletId}/signatures`, { kind: 'Hash', hash: '00'.repeat(32) });
    expect(await everyone(signing)).toEqual(['action/mismatch']);
    expect(await everyone(network.evidence('POST', `/wallets/${other.body.walletId}/export`, body))).toEqual(['wallet/unknown']);
    expect(await everyone(undefined, other)).toEqual(['wallet/unknown']);
    expect(await everyone(network.evidence('POST', path, { ...body, encryptionKey: b64.encode(new Uint8Array(34)) }))).toEqual(['export/encryption-key']);
    expect(await everyone(network.evidence('POST', path, { ...body, supportedSchemes: [{ protocol: 'FROST', curve: 'ed25519' }] }))).toEqual(['export/scheme']);
    const swapped = { ...network.evidence('POST', path, body), payload: JSON.stringify({ ...body, encryptionKey: oneTimeKey() }) };
    expect(await everyone(swapped)).toEqual(['action/mismatch']);
    const forged = { ...certificate, body: { ...certificate.body, publicKey: other.body.publicKey } };
    expect(await everyone(undefined, forged)).toEqual(['certificate/invalid']);
    const old = String(Date.now() - 86_400_000);
    expect(await everyone(network.evidence('POST', path, body, { issuedAt: old, expiresAt: String(Number(old) + 300_000) }))).toEqual(['action/expired']);
    await network.act('PUT', '/organisation/settings', { exportEnabled: false });
    expect(await everyone(network.evidence('POST', path, body))).toEqual(['export/disabled']);
    expect(codesOf(await network.sign(certificate, [0, 1, 2]))).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('a liar among the signers', () => {
  /** Signer 4 as somebody who has its keys and does what it likes. */
  async function liar() {
    await network.stop(4);
    const dir = network.dirs[4] ?? '';
    const self = createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, Date.now);
    const channel = network.speakAs(self);
    const evidence = network.exportEvidence(certificate, oneTimeKey());
    const subject = {
      genesisHash: network.genesisHash,
      challenge: challengeOf(evidence.statement),
      keyId: certificate.body.keyId,
      encryptionKey: (JSON.parse(evidence.payload) as { encryptionKey: string }).encryptionKey,
    };
    const { number: headNumber, hash: headHash } = network.state.head;
    const yes = self.sign('intent', { ...subject, answer: 'yes', code: '', headNumber, headHash });
    const tombstone = self.sign('tombstone', { ...subject, time: Date.now() });
    const tell = (intents: Signed<'intent'>[], given = evidence): void =>
      channel.notify(network.ids.slice(0, 4), 'tombstone', { tombstone, evidence: given, intents, certificate });
    return { self, channel, evidence, yes, tell, subject };
  }
  const retiredAt = async (index: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await network.stop(index);
    return tombstonesOf(index);
  };

  test('retires no key by a tombstone without the intents of a quorum', async () => {
    const { channel, yes, tell } = await liar();
    const [a, b] = network.ids as [SignerId, SignerId];
    tell([]);
    tell([yes]);
    tell([yes, yes, yes]);
    tell([yes, { ...yes, signerId: a }, { ...yes, signerId: b }]);
    expect(await retiredAt(0)).toBe(0);
    channel.close();
  });

  test('retires no key by a quorum’s intents for another request, or with another request’s evidence', async () => {
    const { channel, evidence, tell, subject } = await liar();
    // Honest yeses to a real request, heard by the liar, for a key of its own wallet.
    const heard: Signed<'intent'>[] = [];
    channel.onNotice('intent', ({ intent }) => {
      heard.push(intent);
    });
    const other = await network.exportEvidence(certificate, oneTimeKey());
    for (const i of [0, 1]) network.call(i, 'export', { evidence: other, certificate }).catch(() => {});
    await expect.poll(() => new Set(heard.map(({ signerId }) => signerId)).size).toBe(2);
    expect(heard.every(({ body }) => body.challenge !== subject.challenge)).toBe(true);
    tell([...heard]);
    tell([...heard], other);
    tell([...heard], { ...evidence, payload: other.payload });
    expect(await retiredAt(0)).toBe(0);
    channel.close();
  });

  test('does not speak for others, and its true yes counts with those of two others', async () => {
    const { self, channel, evidence, yes } = await liar();
    const [a] = network.ids as [SignerId];
    channel.notify(network.ids.slice(0, 4), 'intent', { intent: { ...yes, signerId: a } });
    channel.notify(network.ids.slice(0, 4), 'intent', { intent: yes });
    expect(self.id).toBe(yes.signerId);
    const replies = await Promise.all([0, 1].map((i) => network.call(i, 'export', { evidence, certificate }).catch((error: { code: string }) => error.code)));
    // Three yeses retire the key, here and, by their tombstones, at those that nobody called: which makes a quorum.
    expect(replies.every((reply) => typeof reply === 'object')).toBe(true);
    channel.close();
  });
});

test('a signer that says another credential asked is left out of what the others say', async () => {
  await network.stop(4);
  const dir = network.dirs[4] ?? '';
  const self = createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, Date.now);
  const channel = network.speakAs(self);
  // It says yes as the others do, and of the credential what it likes.
  channel.onNotice('intent', ({ intent, authorization }) => {
    if (authorization === undefined) return;
    const lie = self.sign('authorization', { ...authorization.body, publicKey: 'its own' });
    channel.notify(network.ids.slice(0, 4), 'intent', { intent: self.sign('intent', intent.body), authorization: lie });
  });
  const replies = valuesOf(await exportTo(oneTimeKey()));
  expect(replies).toHaveLength(4);
  for (const { authorization } of replies) {
    expect(authorization?.body.publicKey).toBe(network.genesis.administrators[0]?.publicKey);
    expect(authorization?.signatures.map(({ signerId }) => signerId)).not.toContain(self.id);
  }
  // What they say one by one is a quorum's word together, whomever each of them heard.
  expect(new Set(replies.flatMap(({ authorization }) => authorization?.signatures.map(({ signerId }) => signerId) ?? [])).size).toBeGreaterThanOrEqual(3);
  channel.close();
});

test('a signer that is behind catches up and takes part', async () => {
  await network.stop(4);
  await network.act('POST', '/permissions', { name: 'reader', operations: ['Wallets:Read'] });
  await network.start(4);
  expect(codesOf(await exportTo(oneTimeKey()))).toEqual(Array(5).fill('ok'));
});

test('a signer whose facade lies releases what it says, under its own signature', async () => {
  await network.stop(1);
  await network.start(1, {
    mpc: {
      ...realMpc,
      openVault: (path) => {
        const vault = realMpc.openVault(path);
        return { ...vault, release: async (input) => ({ ...(await vault.release(input)), encryptedKeyShare: new Uint8Array(281).fill(1) }) };
      },
    },
  });
  const replies = await exportTo(oneTimeKey());
  expect(codesOf(replies)).toEqual(Array(5).fill('ok'));
  expect(valuesOf(replies)[1]?.release.body.ciphertextHash).toBe(sha256Hex(new Uint8Array(281).fill(1)));
});

describe.each(['tombstone', 'release', 'tombstone-statement'] as const)('all signers die right after the step %s', (step) => {
  test('and after a restart the key signs no more and the export is finished with the same ciphertexts', async () => {
    const encryptionKey = oneTimeKey();
    const frozen = network.ids.map(() => freezeAt(step));
    for (const [i, { hooks }] of frozen.entries()) {
      await network.stop(i);
      await network.start(i, { hooks });
    }
    const evidence = network.exportEvidence(certificate, encryptionKey);
    const before: (string | null)[] = network.ids.map(() => null);
    for (const i of network.ids.keys()) {
      network.call(i, 'export', { evidence, certificate }).then(
        ({ encryptedKeyShare }) => (before[i] = encryptedKeyShare),
        () => {},
      );
    }
    await frozen[0]?.reached;
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const i of network.ids.keys()) await network.stop(i);
    expect(await tombstonesOf(0)).toBe(1);
    await network.startAll();
    expect(codesOf(await network.sign(certificate, [0, 1, 2]))).toEqual(Array(3).fill('key/retired'));
    const after = await exportTo(encryptionKey);
    expect(codesOf(after)).toEqual(Array(5).fill('ok'));
    for (const [i, ciphertext] of before.entries()) if (ciphertext !== null) expect(ciphertexts(after)[i]).toBe(ciphertext);
    expect(ciphertexts(await exportTo(encryptionKey))).toEqual(ciphertexts(after));
  });
});

test('when only one signer got as far as its tombstone, it drags the others after it', async () => {
  const frozen = freezeAt('tombstone');
  await network.stop(0);
  await network.start(0, { hooks: frozen.hooks });
  void exportTo(oneTimeKey());
  await frozen.reached;
  for (const i of network.ids.keys()) await network.stop(i);
  await network.startAll();
  await expect.poll(() => [2, 3, 4].map(heldBy)).toEqual([1, 1, 1]);
  expect(codesOf(await network.sign(certificate, [2, 3, 4]))).toEqual(Array(3).fill('key/retired'));
});

test.each(['the same challenge', 'a new challenge'])('an export whose tombstones were lost on the line is finished by a repeat, with %s', async (how) => {
  await network.stop(4);
  const encryptionKey = oneTimeKey();
  const evidence = network.exportEvidence(certificate, encryptionKey);
  const cutOff = new Set<string>(network.ids.slice(2, 4));
  network.transport.setTap(({ to, bytes }) => (cutOff.has(to) && kindOf(bytes) === 'notice/tombstone' ? [] : [bytes]));
  const first = await saidInTheEnd((ms) => network.callAll('export', { evidence, certificate }, ms), 1_500);
  expect(codesOf(first).slice(0, 4)).toEqual(['ok', 'ok', 'export/unfinished', 'export/unfinished']);
  network.transport.setTap(null);
  const again = how === 'the same challenge' ? await network.callAll('export', { evidence, certificate }) : await exportTo(encryptionKey);
  expect(codesOf(again).slice(0, 4)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(ciphertexts(again).slice(0, 2)).toEqual(ciphertexts(first).slice(0, 2));
});
