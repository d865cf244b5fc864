/**
 * Rotation of a signer's keys, under attack: by whoever stole the key that was replaced, by the server, by users. Real
 * signers over the real link; the test is the server, and holds a copy of signer 0's disk from before its rotation.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysOf, nextHead, partyOf } from '@quorate/authority';
import { type Channel, openChannel } from '@quorate/link';
import { type Identity, openVault } from '@quorate/mpc';
import { prepareRotation, readKeptHeads, readTrailOfStore, verifyAudit } from '@quorate/signer';
import { b64, type BodyOf, type Evidence, isRefusal, type KeyCertificate, type Signed, type SignedKind, signedBytes, type SignerId } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Asked, newActor, newSignerKeys, rotation } from '../../packages/authority/src/organisation.test-kit.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let root: string;
/** Of signer 0, whose disk was copied before its rotation. */
let stolen: Identity;
let certificate: KeyCertificate;
/** The act that replaced what was stolen. */
let rotated: Evidence;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-rotation-'));
  net = await startSigners();
  ({ certificate } = await net.newKey(net.administrator));
  await cp(net.dir(0), join(root, 'copy'), { recursive: true });
  const vault = openVault(join(root, 'copy', 'signer.key'));
  stolen = vault.openIdentity(new Uint8Array(await readFile(join(root, 'copy', 'identity.sealed'))));
  rotated = net.evidence(net.administrator, rotationOf(0));
  await net.commit(rotated);
});
afterAll(async () => {
  await net[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const idOf = (i: number): SignerId => net.ids[i] as SignerId;
/** What signer `i` has prepared, as an administrator asks for it. */
function rotationOf(i: number, sequence = 1): Asked {
  const { body } = prepareRotation(net.dir(i), { genesis: net.genesis, genesisHash: net.genesisHash, sequence });
  return { method: 'PUT', path: `/signers/${encodeURIComponent(idOf(i))}/keys`, payload: JSON.stringify(body) };
}
let named = 0;
const permission = (): Asked => ({ method: 'POST', path: '/permissions', payload: JSON.stringify({ name: `p ${++named}`, operations: ['Wallets:Read'] }) });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );
const headOf = async (i: number) => (await net.call(i, 'status', {}, 60_000)).head;
const offer = (evidence: Evidence): Promise<string[]> =>
  Promise.all(net.ids.map((_, i) => codeOf(net.call(i, 'act', { number: net.state().head.number + 1, evidence, acks: [] }))));
const asThief = <K extends SignedKind>(kind: K, body: BodyOf<K>): Signed<K> => ({
  body,
  signerId: idOf(0),
  signature: b64.encode(stolen.sign(signedBytes(kind, body, idOf(0)))),
});
const sign = async (signers: readonly number[]): Promise<string[]> => {
  const evidence = net.evidence(net.administrator, {
    method: 'POST',
    path: `/wallets/${certificate.body.walletId}/signatures`,
    payload: JSON.stringify({ kind: 'Hash', hash: '66'.repeat(32) }),
  });
  const request = { evidence, certificate, participants: net.participants(...signers), attempt: 1 };
  return Promise.all(signers.map((i) => codeOf(net.call(i, 'sign', request, 60_000))));
};

/** Someone with private keys who says that it is signer 0; it hears all that is sent to signer 0. */
function impostor(identity: Identity): Channel {
  const { transport } = net;
  return openChannel({
    transport,
    self: {
      id: idOf(0),
      sign: (message) => identity.sign(message),
      seal: (...given) => identity.seal(...given),
      open: (...given) => identity.open(...given),
    },
    network: net.genesisHash,
    parties: (id) => partyOf(net.state(), id),
  });
}

test('a thief of a signer’s replaced identity key to speak on the link in its name', { timeout: 120_000 }, async () => {
  await net.stop(0);
  const thief = impostor(stolen);
  try {
    await expect(thief.call(idOf(1), 'chain', { after: 0, limit: 1 }, { deadline: Date.now() + 1_500 })).rejects.toMatchObject({ code: 'timeout' });
    // Nor does anybody tell it anything: what is meant for signer 0 is sealed to its new key.
    await expect(codeOf(net.call(0, 'status', {}, 1_500))).resolves.not.toBe('ok');
  } finally {
    thief.close();
  }
  await net.start(0);
  await net.signer(0).ready;
  expect(await sign([0, 1, 2])).toEqual(['ok', 'ok', 'ok']);
});

test('a thief of a signer’s replaced identity key to make a quorum with two acknowledgements of others', async () => {
  const evidence = net.evidence(net.administrator, permission());
  const number = net.state().head.number + 1;
  const head = nextHead(net.state(), evidence).hash;
  const true2 = await Promise.all([1, 2].map(async (i) => (await net.call(i, 'act', { number, evidence, acks: [] })).ack));
  const forged = asThief('ack', { genesisHash: net.genesisHash, orgId: net.genesis.orgId, number, head, time: Date.now() });
  for (const i of [1, 2, 3]) await codeOf(net.call(i, 'certify', { number, acks: [...true2, forged] }, 5_000));
  for (const i of [1, 2, 3]) expect((await headOf(i)).number).toBe(number - 1);
  // With the rotated signer's own word it is certified.
  await net.commit(evidence);
  for (const i of [0, 1, 2, 3, 4]) expect(await headOf(i)).toEqual(net.state().head);
});

test('a thief of a signer’s replaced identity key to stop everybody by contradicting what that signer once acknowledged', async () => {
  const evidence = net.evidence(net.administrator, permission());
  const number = net.state().head.number + 1;
  const body = { genesisHash: net.genesisHash, orgId: net.genesis.orgId, time: Date.now() };
  const acks = [asThief('ack', { ...body, number: 1, head: 'ab'.repeat(32) }), asThief('ack', { ...body, number, head: 'cd'.repeat(32) })];
  for (const i of [1, 2, 3, 4]) await net.call(i, 'act', { number, evidence, acks });
  for (const i of [1, 2, 3, 4]) expect((await net.call(i, 'status', {}, 60_000)).checks['acknowledgements']).toBe('ok');
  await net.commit(evidence);
  expect(await sign([0, 3, 4])).toEqual(['ok', 'ok', 'ok']);
});

test('a thief of a signer’s replaced identity key to accuse that signer with an audit head of its own making', async () => {
  const trail = readTrailOfStore(join(net.dir(0), 'signer.db'), idOf(0));
  const last = trail.rows.at(-1);
  if (last === undefined) throw new Error('the trail is empty');
  const { head } = net.state();
  const body = { genesisHash: net.genesisHash, number: last.number + 9, hash: 'ee'.repeat(32), actNumber: head.number, actHash: head.hash, time: Date.now() };
  const forged = asThief('auditHead', body);
  const given = { genesis: net.genesis, genesisHash: net.genesisHash, signerId: idOf(0), roster: net.state(), complete: false };
  expect((await verifyAudit(trail, { ...given, heads: [forged, ...readKeptHeads(join(net.dir(1), 'signer.db'))] })).findings).toEqual([]);
  // Told to a peer, it does not replace what that peer keeps.
  const thief = impostor(stolen);
  thief.notify([idOf(1)], 'auditHead', { audit: forged });
  await net.act(net.administrator, permission());
  thief.close();
  expect(readKeptHeads(join(net.dir(1), 'signer.db')).some(({ body: { hash } }) => hash === forged.body.hash)).toBe(false);
  // A head that the signer did sign, with the key it has now, is one that its trail must hold.
  const heard = () => readKeptHeads(join(net.dir(1), 'signer.db')).find(({ signerId, body: { number } }) => signerId === idOf(0) && number > last.number);
  await expect.poll(heard).toBeDefined();
  const mine = heard();
  expect((await verifyAudit(trail, { ...given, roster: net.state(), heads: mine === undefined ? [] : [mine] })).findings).toEqual([
    { fault: 'ends early', number: last.number + 1 },
  ]);
});

test('a server to give a signer keys of its own by an act that nobody signed', async () => {
  const keys = newSignerKeys();
  const asked = rotation(net.state(), idOf(1), keys);
  const nobody = newActor();
  const invented = [
    net.evidence(nobody, asked),
    net.evidence({ ...nobody, userId: net.administrator.userId, credId: net.administrator.credId }, asked),
    // A true request of the administrator's, with the server's payload in its place.
    { ...net.evidence(net.administrator, rotationOf(1)), payload: asked.payload },
  ];
  for (const evidence of invented) expect(new Set(await offer(evidence))).toEqual(new Set([expect.stringMatching(/^action\//)]));
  expect(keysOf(net.state(), idOf(1))?.since).toBe(0);
  await net.act(net.administrator, rotationOf(1));
  for (const i of [0, 1, 2, 3, 4]) expect(await headOf(i)).toEqual(net.state().head);
});

test('an administrator’s computer to have a signer’s keys replaced by some that nobody is proven to hold, or that another has', async () => {
  const [mine, other] = [newSignerKeys(), newSignerKeys()];
  const unproven = rotation(net.state(), idOf(2), { keys: mine.keys, privateKey: other.privateKey });
  expect(await offer(net.evidence(net.administrator, unproven))).toEqual(Array(5).fill('rotation/proof'));
  const peer = keysOf(net.state(), idOf(3));
  for (const [member, key] of [
    ['sealingKey', peer?.sealingKey],
    ['importKey', peer?.importKey],
    ['sealingKey', net.genesis.signers[0]?.sealingKey],
  ] as const) {
    const fresh = newSignerKeys();
    const took = rotation(net.state(), idOf(2), { ...fresh, keys: { ...fresh.keys, [member]: key ?? '' } });
    expect(await offer(net.evidence(net.administrator, took))).toEqual(Array(5).fill('rotation/key'));
  }
  await net.act(net.administrator, rotationOf(2));
  expect(await sign([0, 2, 4])).toEqual(['ok', 'ok', 'ok']);
});

test('a user who may do much, but not everything, to rotate a signer', async () => {
  const actor = newActor();
  const made = await net.act(net.administrator, {
    method: 'POST',
    path: '/auth/service-accounts',
    payload: JSON.stringify({ name: 'operator', publicKey: actor.publicKey }),
  });
  const account = net.state().userNames.get('operator');
  const credId = account === undefined ? undefined : net.state().users.get(account)?.credId;
  if (account === undefined || credId == null) throw new Error('no account');
  expect(made.number).toBe(net.state().head.number);
  await net.act(net.administrator, {
    method: 'POST',
    path: '/permissions',
    payload: JSON.stringify({ name: 'much', operations: ['Orgs:Update', 'Permissions:Assign'] }),
  });
  const permissionId = net.state().permissionNames.get('much');
  await net.act(net.administrator, { method: 'POST', path: `/permissions/${permissionId}/assignments`, payload: JSON.stringify({ identityId: account }) });
  const operator = { ...actor, userId: account, credId };
  const asked = rotationOf(3);
  expect(await offer(net.evidence(operator, asked))).toEqual(Array(5).fill('auth/forbidden'));
  await net.act(net.administrator, asked);
  expect(keysOf(net.state(), idOf(3))?.since).toBe(net.state().head.number);
});

test('a server that withholds a rotation from some signers to keep the replaced key in use among them', { timeout: 120_000 }, async () => {
  net.tellsChain = false;
  try {
    await net.commitWith([0, 1, 2], net.evidence(net.administrator, rotationOf(4)));
    // The rotated signer itself is one of those that hear nothing of it, and so is signer 3.
    expect((await net.call(3, 'status', {}, 60_000)).head.number).toBe(net.state().head.number - 1);
    // The next request names the head: whoever is to serve it learns the act from its peers first.
    expect(await sign([0, 3, 4])).toEqual(['ok', 'ok', 'ok']);
    for (const i of [3, 4]) expect(await headOf(i)).toEqual(net.state().head);
  } finally {
    net.tellsChain = true;
  }
  await net.act(net.administrator, permission());
  for (const i of [0, 1, 2, 3, 4]) expect(await headOf(i)).toEqual(net.state().head);
});

test('a server to bring a signer’s replaced keys back by telling its old rotation again', async () => {
  const first = rotated;
  await net.act(net.administrator, rotationOf(0, 2));
  expect(keysOf(net.state(), idOf(0))?.since).toBe(net.state().head.number);
  expect(await offer(first)).toEqual(Array(5).fill('rotation/proof'));
  const again: Asked = { method: 'PUT', path: first.statement.path, payload: first.payload };
  expect(await offer(net.evidence(net.administrator, again))).toEqual(Array(5).fill('rotation/proof'));
  await net.act(net.administrator, rotationOf(0, 3));
  expect(await sign([0, 1, 4])).toEqual(['ok', 'ok', 'ok']);
});
