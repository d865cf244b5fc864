/**
 * Acts on wallets and keys, attacked. Real signers; the test is the server, and the member of the organisation that it
 * helps.
 */
import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { publicKeyHashOf } from '@quorate/authority';
import { verifyWallet } from '@quorate/client';
import { addressOf, networkOf } from '@quorate/chains';
import { challengeOf, deriveCredentialId, deriveId, type Evidence, formatEncryptionKey, hex, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, type Asked, newActor, newKey, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
beforeAll(async () => {
  net = await startSigners();
  await net.act(net.administrator, put('/organisation/settings', { exportEnabled: true }));
});
afterAll(() => net[Symbol.asyncDispose]());

const put = (path: string, body: unknown = {}): Asked => ({ method: 'PUT', path, payload: JSON.stringify(body) });
const remove = (path: string, body: unknown = {}): Asked => ({ method: 'DELETE', path, payload: JSON.stringify(body) });
const unique = (): string => randomBytes(6).toString('hex');
const idOf = (evidence: Evidence, kind: 'wa' | 'us' | 'pm') => deriveId(kind, 0, challengeOf(evidence.statement));
const all = (code: string): string[] => Array(5).fill(code);
const codes = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as { code?: string }).code));
const administrator = (): Actor => net.administrator;

/** A service account that holds these operations. */
async function newAccount(operations: readonly string[]): Promise<Actor> {
  const key = newKey();
  const { evidence } = await net.act(administrator(), post('/auth/service-accounts', { name: unique(), publicKey: key.publicKey }));
  const actor: Actor = { ...key, userId: idOf(evidence, 'us') as Actor['userId'], credId: deriveCredentialId(0, challengeOf(evidence.statement)) };
  const permission = await net.act(administrator(), post('/permissions', { name: unique(), operations }));
  await net.act(administrator(), post(`/permissions/${idOf(permission.evidence, 'pm')}/assignments`, { identityId: actor.userId }));
  return actor;
}

const user = () => newAccount(['Keys:Signatures:Create', 'Keys:Export', 'Keys:Delegate']);
const furtherWallet = (certificate: KeyCertificate, network = 'Ethereum'): Asked => post('/wallets', { network, signingKey: { id: certificate.body.keyId } });
const pathTo = ({ body }: KeyCertificate, wallet: string = body.walletId): string => `/wallets/${wallet}`;

/** Each of the five is asked for a signature that it takes part in, each time by a new request. */
const signAtAll = (actor: Actor, path: string, certificate: KeyCertificate): Promise<unknown[]> =>
  Promise.allSettled(
    net.ids.map((_, i) => {
      const evidence = net.evidence(actor, post(`${path}/signatures`, { kind: 'Hash', hash: unique().padEnd(64, '0') }));
      return net.call(i, 'sign', { evidence, certificate, participants: net.participants(i, (i + 1) % 5, (i + 2) % 5), attempt: 1 });
    }),
  ).then(codes);

/** Three sign together; whether what they made is a signature of the key. */
async function signs(actor: Actor, path: string, certificate: KeyCertificate): Promise<boolean> {
  const digest = randomBytes(32);
  const evidence = net.evidence(actor, post(`${path}/signatures`, { kind: 'Hash', hash: digest.toString('hex') }));
  const participants = net.participants(0, 1, 2);
  const [reply] = await Promise.all([0, 1, 2].map((i) => net.call(i, 'sign', { evidence, certificate, participants, attempt: 1 })));
  return secp256k1.verify(hex.decode(`${reply?.r}${reply?.s}`), digest, hex.decode(certificate.body.publicKey), { prehash: false });
}

const exporting = (actor: Actor, path: string): Evidence =>
  net.evidence(
    actor,
    post(`${path}/export`, {
      encryptionKey: formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey())),
      supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }],
    }),
  );
const exportAtAll = async (actor: Actor, path: string, certificate: KeyCertificate): Promise<unknown[]> =>
  codes(await net.callAll('export', { evidence: exporting(actor, path), certificate }));

/** All five have acknowledged it; nobody is given the certificate. @returns what finishes it */
async function heldBack(asked: Asked): Promise<() => Promise<unknown>> {
  const evidence = net.evidence(administrator(), asked);
  const replies = await Promise.all(net.ids.map((_, i) => net.call(i, 'act', { number: net.state().head.number + 1, evidence, acks: [] })));
  return () =>
    net.commit(
      evidence,
      replies.map(({ ack }) => ack),
    );
}

test('a server that plays a request for a further wallet as the making of a key, and the reverse, to get what nobody signed', async () => {
  const { certificate } = await net.newKey(administrator());
  const further = net.evidence(administrator(), furtherWallet(certificate));
  const making = net.evidence(administrator(), post('/wallets', { network: 'Ethereum' }));
  expect(codes(await net.callAll('keygen', { evidence: further, attempt: 1 }))).toEqual(all('action/mismatch'));
  expect(codes(await net.callAll('act', { number: net.state().head.number + 1, evidence: making, acks: [] }))).toEqual(all('action/mismatch'));
  const replies = await Promise.all(net.ids.map((_, i) => net.call(i, 'keygen', { evidence: making, attempt: 1 })));
  expect(new Set(replies.map(({ body }) => body.publicKey)).size).toBe(1);
  await net.commit(further);
  expect(await signs(administrator(), pathTo(certificate, idOf(further, 'wa')), certificate)).toBe(true);
});

test('a server that answers a further wallet with another key, to receive what is sent to it', async () => {
  const [mine, theirs] = [await net.newKey(administrator()), await net.newKey(administrator())];
  const { evidence } = await net.act(administrator(), furtherWallet(mine.certificate));
  const trust = { genesis: net.genesis, genesisHash: net.genesisHash };
  const ethereum = networkOf('Ethereum');
  if (ethereum === null) throw new Error('no Ethereum');
  const answer = (certificate: KeyCertificate, request: Evidence = evidence) => {
    const { keyId: id, scheme, curve, publicKey } = certificate.body;
    return {
      id: idOf(evidence, 'wa'),
      network: 'Ethereum',
      address: addressOf(ethereum, hex.decode(publicKey)),
      signingKey: { id, scheme, curve, publicKey },
      keyCertificate: certificate,
      walletRequest: { statement: request.statement, payload: request.payload },
    };
  };
  const payload = evidence.payload.replace(mine.certificate.body.keyId, theirs.certificate.body.keyId);
  const other = net.evidence(administrator(), furtherWallet(theirs.certificate));
  for (const lie of [answer(theirs.certificate), answer(theirs.certificate, { ...evidence, payload }), answer(theirs.certificate, other)])
    await expect(verifyWallet(lie, trust)).rejects.toMatchObject({ code: 'certificate/invalid' });
  await expect(verifyWallet({ ...answer(mine.certificate), walletRequest: undefined }, trust)).rejects.toMatchObject({ code: 'certificate/invalid' });
  await expect(verifyWallet(answer(mine.certificate), trust)).resolves.toMatchObject({ publicKey: mine.certificate.body.publicKey, network: 'Ethereum' });
});

test('a server that presents another key’s certificate for a wallet, to have it signed or exported by that key', async () => {
  const [mine, theirs] = [await net.newKey(administrator()), await net.newKey(administrator())];
  const { evidence } = await net.act(administrator(), furtherWallet(mine.certificate));
  const further = pathTo(mine.certificate, idOf(evidence, 'wa'));
  for (const [path, certificate] of [
    [further, theirs.certificate],
    [pathTo(mine.certificate), theirs.certificate],
    [pathTo(theirs.certificate), mine.certificate],
  ] as const) {
    expect(await signAtAll(administrator(), path, certificate)).toEqual(all('wallet/unknown'));
    expect(await exportAtAll(administrator(), path, certificate)).toEqual(all('wallet/unknown'));
  }
  expect(await signs(administrator(), further, mine.certificate)).toBe(true);
});

test('a member that has a wallet put on a key of another kind, to have its bytes signed under foreign rules', async () => {
  const { certificate } = await net.newKey(administrator());
  for (const network of ['Solana', 'no network']) {
    const { evidence } = await net.act(administrator(), furtherWallet(certificate, network));
    expect(await signAtAll(administrator(), pathTo(certificate, idOf(evidence, 'wa')), certificate)).toEqual(all('key/scheme'));
  }
  const { evidence } = await net.act(administrator(), furtherWallet(certificate, 'Polygon'));
  expect(await signs(administrator(), pathTo(certificate, idOf(evidence, 'wa')), certificate)).toBe(true);
});

test('a server that keeps back the certificate of an archive, to go on with the key', async () => {
  const [archived, other] = [await net.newKey(administrator()), await net.newKey(administrator())];
  const further = await net.act(administrator(), furtherWallet(archived.certificate));
  const finish = await heldBack(remove(`/keys/${archived.certificate.body.keyId}`));
  for (const path of [pathTo(archived.certificate), pathTo(archived.certificate, idOf(further.evidence, 'wa'))]) {
    expect(await signAtAll(administrator(), path, archived.certificate)).toEqual(all('key/archived'));
    expect(await exportAtAll(administrator(), path, archived.certificate)).toEqual(all('key/archived'));
  }
  expect(await signs(administrator(), pathTo(other.certificate), other.certificate)).toBe(true);
  await finish();
  expect(await signAtAll(administrator(), `/keys/${archived.certificate.body.keyId}`, archived.certificate)).toEqual(all('key/archived'));
  expect(await signs(administrator(), pathTo(other.certificate), other.certificate)).toBe(true);
});

test('a server that asks all five for a key that is never to be exported, and keeps back the act that says so', async () => {
  const [declared, free] = [await net.newKey(administrator()), await net.newKey(administrator())];
  const born = await net.newKey(administrator(), 'KeyECDSA', { neverExportable: true });
  const further = await net.act(administrator(), furtherWallet(born.certificate));
  const finish = await heldBack(put(`/keys/${declared.certificate.body.keyId}/never-exportable`));
  for (const [path, certificate] of [
    [pathTo(declared.certificate), declared.certificate],
    [`/keys/${declared.certificate.body.keyId}`, declared.certificate],
    [pathTo(born.certificate), born.certificate],
    [pathTo(born.certificate, idOf(further.evidence, 'wa')), born.certificate],
  ] as const) {
    expect(await exportAtAll(administrator(), path, certificate)).toEqual(all('export/never-exportable'));
  }
  await finish();
  expect(await exportAtAll(administrator(), pathTo(declared.certificate), declared.certificate)).toEqual(all('export/never-exportable'));
  expect(await signs(administrator(), pathTo(declared.certificate), declared.certificate)).toBe(true);
  expect(await exportAtAll(administrator(), pathTo(free.certificate), free.certificate)).toEqual(all('ok'));
});

test('an administrator that signs or exports with a key delegated to another, while the server keeps the delegation back', async () => {
  const owner = await user();
  const later = await net.newKey(administrator(), 'KeyECDSA', { delayDelegation: true });
  const born = await net.newKey(administrator(), 'KeyECDSA', { delegateTo: owner.userId });
  expect(born.certificate.body.ownerId).toBe(owner.userId);
  expect(await signs(administrator(), pathTo(later.certificate), later.certificate)).toBe(true);
  const finish = await heldBack(post(`/wallets/${later.certificate.body.walletId}/delegate`, { userId: owner.userId }));
  expect(await signAtAll(administrator(), pathTo(later.certificate), later.certificate)).toEqual(all('key/not-owner'));
  await finish();
  const further = await net.act(administrator(), furtherWallet(later.certificate));
  for (const [path, certificate] of [
    [pathTo(later.certificate), later.certificate],
    [`/keys/${later.certificate.body.keyId}`, later.certificate],
    [pathTo(later.certificate, idOf(further.evidence, 'wa')), later.certificate],
    [pathTo(born.certificate), born.certificate],
  ] as const) {
    expect(await signAtAll(administrator(), path, certificate)).toEqual(all('key/not-owner'));
    expect(await exportAtAll(administrator(), path, certificate)).toEqual(all('key/not-owner'));
    expect(await signs(owner, path, certificate)).toBe(true);
  }
  expect(await exportAtAll(owner, pathTo(born.certificate), born.certificate)).toEqual(all('ok'));
});

test('a member that may delegate, to take over a key that is delegated already, by its other name', async () => {
  const [owner, thief] = [await user(), await user()];
  const { certificate } = await net.newKey(administrator(), 'KeyECDSA', { delayDelegation: true });
  const { keyId, walletId } = certificate.body;
  await net.act(administrator(), post(`/wallets/${walletId}/delegate`, { userId: owner.userId }));
  const again = net.evidence(thief, post(`/wallets/${walletId}/delegate`, { userId: thief.userId }));
  expect(codes(await net.callAll('act', { number: net.state().head.number + 1, evidence: again, acks: [] }))).toEqual(all('key/delegated'));
  // No signer can tell from the act that this is the same key; all can when it is used.
  await net.act(thief, post(`/keys/${keyId}/delegate`, { delegateTo: thief.userId }));
  expect(await signAtAll(thief, `/keys/${keyId}`, certificate)).toEqual(all('key/not-owner'));
  expect(await signs(owner, `/keys/${keyId}`, certificate)).toBe(true);
});

test('a member that may delegate, to take the organisation’s key for itself', async () => {
  const thief = await user();
  const { certificate } = await net.newKey(administrator());
  const { keyId, walletId } = certificate.body;
  await net.act(thief, post(`/keys/${keyId}/delegate`, { delegateTo: thief.userId }));
  await net.act(thief, post(`/wallets/${walletId}/delegate`, { userId: thief.userId }));
  // It was not made to be delegated, and so it is still everyone's who may sign.
  expect(await signs(administrator(), pathTo(certificate), certificate)).toBe(true);
  expect(await exportAtAll(administrator(), pathTo(certificate), certificate)).toEqual(all('ok'));
});

test('a member that tags, archives or renounces without the operation, to change what others’ rules see', async () => {
  const { certificate } = await net.newKey(administrator());
  const { keyId, walletId } = certificate.body;
  const member = await newAccount(['Wallets:Tags:Delete', 'Keys:Update', 'Wallets:Create', 'Keys:Reuse', 'Keys:Create']);
  const refused = [
    put(`/wallets/${walletId}/tags`, { tags: ['cold'] }),
    post('/wallets', { network: 'Ethereum', signingKey: { id: keyId }, tags: ['cold'] }),
    remove(`/keys/${keyId}`),
    put(`/keys/${keyId}/never-exportable`),
    post(`/keys/${keyId}/delegate`, { delegateTo: member.userId }),
  ];
  for (const asked of refused) {
    const offered = { number: net.state().head.number + 1, evidence: net.evidence(member, asked), acks: [] };
    expect(codes(await net.callAll('act', offered))).toEqual(all('auth/forbidden'));
  }
  const making = net.evidence(member, post('/wallets', { network: 'Ethereum', tags: ['cold'] }));
  expect(codes(await net.callAll('keygen', { evidence: making, attempt: 1 }))).toEqual(all('auth/forbidden'));
  await net.act(member, remove(`/wallets/${walletId}/tags`, { tags: ['cold'] }));
  await net.act(administrator(), put(`/wallets/${walletId}/tags`, { tags: ['cold'] }));
  expect(
    net
      .state()
      .walletTags.get(walletId as never)
      ?.added.toArray(),
  ).toEqual(['cold']);
});

test('a server that takes one wallet id twice, by playing the same request again', async () => {
  const { certificate } = await net.newKey(administrator());
  const { evidence } = await net.act(administrator(), furtherWallet(certificate));
  const again = { number: net.state().head.number + 1, evidence, acks: [] };
  expect(codes(await net.callAll('act', again))).toEqual(all('evidence/spent'));
  const before = net.state().wallets.size;
  await net.act(administrator(), furtherWallet(certificate));
  expect(net.state().wallets.size).toBe(before + 1);
});

test('a member that has a key made for an account that is gone, to leave it to nobody', async () => {
  const gone = await user();
  const here = await user();
  await net.act(administrator(), remove(`/auth/service-accounts/${gone.userId}`));
  const making = net.evidence(administrator(), post('/wallets', { network: 'Ethereum', delegateTo: gone.userId }));
  expect(codes(await net.callAll('keygen', { evidence: making, attempt: 1 }))).toEqual(all('key/delegatee'));
  const { certificate } = await net.newKey(administrator(), 'Ethereum', { delegateTo: here.userId });
  expect(await signs(here, pathTo(certificate), certificate)).toBe(true);
});

test('a member that may confirm credentials, to bring in its own for a user to whom a key is delegated', async () => {
  const { certificate } = await net.newKey(administrator(), 'Ethereum', { delayDelegation: true });
  const { evidence } = await net.act(administrator(), post('/auth/users', { email: 'invited@example.org', kind: 'CustomerEmployee' }));
  const userId = deriveId('us', 0, challengeOf(evidence.statement));
  const delegate = post(`/wallets/${certificate.body.walletId}/delegate`, { userId });
  const early = { number: net.state().head.number + 1, evidence: net.evidence(administrator(), delegate), acks: [] };
  expect(codes(await net.callAll('act', early))).toEqual(all('key/delegatee'));
  const making = net.evidence(administrator(), post('/wallets', { network: 'Ethereum', delegateTo: userId }));
  expect(codes(await net.callAll('keygen', { evidence: making, attempt: 1 }))).toEqual(all('key/delegatee'));
  const owner = { ...newActor(), userId };
  const { credId: credentialId, publicKey } = owner;
  const credential = { credentialId, credentialKind: 'Key', credentialName: 'own', publicKey, publicKeyHash: publicKeyHashOf(publicKey) };
  await net.act(administrator(), post(`/auth/users/${userId}/confirm`, credential));
  const permission = await net.act(administrator(), post('/permissions', { name: unique(), operations: ['Keys:Signatures:Create'] }));
  await net.act(administrator(), post(`/permissions/${idOf(permission.evidence, 'pm')}/assignments`, { identityId: userId }));
  await net.act(administrator(), delegate);
  expect(await signs(owner, pathTo(certificate), certificate)).toBe(true);
  expect(await signAtAll(administrator(), pathTo(certificate), certificate)).toEqual(all('key/not-owner'));
});
