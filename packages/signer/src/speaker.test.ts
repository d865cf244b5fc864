import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { genesisRoster, keysOf, type Roster } from '@quorate/authority';
import { openVault } from '@quorate/mpc';
import { b64, type SignerId, utf8, verifyEd25519, verifyRotationProof } from '@quorate/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEvents } from './events.ts';
import { exists, filesIn, makeDirectory } from './files.ts';
import { idIn, keysIn, openIdentity, openNext, promoteNext } from './identities.ts';
import { initSigner } from './init.ts';
import { createNetwork, silent, type TestNetwork } from './network.test-kit.ts';
import { prepareRotation } from './prepare-rotation.ts';
import { createSelf, type Self } from './self.ts';
import { createSpeaker, type Speaker } from './speaker.ts';

let root: string;
let network: TestNetwork;
let dir: string;
let id: SignerId;
let roster: Roster;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-speaker-'));
  network = await createNetwork({ signers: 3, threshold: 2 });
  dir = network.dirs[0] ?? '';
  id = network.genesis.signers[0]?.id as SignerId;
  roster = genesisRoster(network.genesis, network.genesisHash);
});
afterEach(async () => {
  await network[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const given = (sequence = 1) => ({ genesis: network.genesis, genesisHash: network.genesisHash, sequence });
/** As the acts make the roster with what `prepareRotation` gave. */
function applied({ body: { proof: _, ...keys } }: ReturnType<typeof prepareRotation>, since = 1): Roster {
  const before = roster.signerKeys.get(id);
  if (before === undefined) throw new Error('no such signer');
  return { ...roster, signerKeys: roster.signerKeys.set(id, before.push({ ...keys, since })) };
}
function open(of = dir): { self: Self; speaker: Speaker } {
  const vault = openVault(filesIn(of).key);
  const identity = openIdentity(vault, of);
  const self = createSelf(identity, network.genesis, network.genesisHash, Date.now, idIn(of, identity));
  return { self, speaker: createSpeaker({ self, vault, dir: of, events: createEvents(silent, self.id) }) };
}
const [info, aad] = [utf8.encode('test'), utf8.encode('header')];
const reads = async ({ speaker }: { speaker: Speaker }, sealingKey: string): Promise<boolean> => {
  const peer = open(network.dirs[1]).self.identity;
  try {
    return utf8.decode(await speaker.party.open(info, aad, peer.seal(b64.decode(sealingKey), info, aad, utf8.encode('hello')))) === 'hello';
  } catch {
    return false;
  }
};
const signs = (signature: Uint8Array | null | undefined, key: string): Promise<boolean> =>
  signature == null ? Promise.resolve(false) : verifyEd25519(b64.decode(key), info, signature);

test('a rotation is prepared once, durably, with a proof for exactly this signer, organisation and number', async () => {
  const first = prepareRotation(dir, given());
  expect(first.signerId).toBe(id);
  expect(prepareRotation(dir, given())).toEqual(first);
  expect(prepareRotation(dir, given(2)).body).toMatchObject({ identityKey: first.body.identityKey });
  const { genesisHash, genesis } = network;
  const rotation = { genesisHash, orgId: genesis.orgId, signerId: id, sequence: 1 };
  expect(await verifyRotationProof(rotation, first.body)).toBe(true);
  expect(await verifyRotationProof({ ...rotation, sequence: 2 }, first.body)).toBe(false);
  expect(await verifyRotationProof(rotation, { ...first.body, proof: 'not base64' })).toBe(false);
  const stranger = join(root, 'stranger');
  makeDirectory(stranger);
  await initSigner(stranger);
  expect(() => prepareRotation(stranger, given())).toThrow('not in the roster');
});

test('with keys prepared a running signer is understood by who has applied the act and by who has not', async () => {
  const running = open();
  const before = keysIn(running.self.identity);
  const { body } = prepareRotation(dir, given());
  // Nobody told it: it finds them when something comes that it cannot read otherwise.
  expect(running.speaker.party.alsoSign?.(info)).toBeNull();
  expect(await reads(running, body.sealingKey)).toBe(true);
  expect(await reads(running, before.sealingKey)).toBe(true);
  expect(await signs(running.speaker.party.sign(info), before.identityKey)).toBe(true);
  expect(await signs(running.speaker.party.alsoSign?.(info), body.identityKey)).toBe(true);
  expect(running.self.sign('ack', { genesisHash: '', orgId: '', number: 1, head: '', time: 0 } as never).signerId).toBe(id);
});

test('with the act applied there are only the new keys, in memory and on disk', async () => {
  const running = open();
  const before = keysIn(running.self.identity);
  const prepared = prepareRotation(dir, given());
  const next = applied(prepared);
  running.speaker.follow(next);
  expect(keysIn(running.self.identity)).toEqual(keysOf({ signerKeys: next.signerKeys.map((all) => all.map(({ since: _, ...keys }) => keys as never)) }, id));
  expect(await reads(running, before.sealingKey)).toBe(false);
  expect(await reads(running, prepared.body.sealingKey)).toBe(true);
  expect(await signs(running.speaker.party.sign(info), prepared.body.identityKey)).toBe(true);
  expect(running.speaker.party.alsoSign?.(info)).toBeNull();
  expect(exists(filesIn(dir).next)).toBe(false);
  expect(open().self.id).toBe(id);
  // And once more, from there.
  const again = prepareRotation(dir, given(2));
  expect(again.signerId).toBe(id);
  expect(again.body.identityKey).not.toBe(prepared.body.identityKey);
});

test('a signer that stopped anywhere in between starts with the keys that the acts name', async () => {
  const prepared = prepareRotation(dir, given());
  const next = applied(prepared);
  // Before the act: both are there, and the present ones count.
  const early = open();
  early.speaker.follow(roster);
  expect(keysIn(early.self.identity).identityKey).toBe(id);
  expect(exists(filesIn(dir).next)).toBe(true);
  // After the act, before the file took the other's place.
  const late = open();
  late.speaker.follow(next);
  expect(keysIn(late.self.identity).identityKey).toBe(prepared.body.identityKey);
  // After all of it, and where the store was put back to before the act: it has what the acts to come will name.
  const done = open();
  done.speaker.follow(roster);
  done.speaker.follow(next);
  expect(keysIn(done.self.identity).identityKey).toBe(prepared.body.identityKey);
  promoteNext(dir);
  expect(keysIn(open().self.identity).identityKey).toBe(prepared.body.identityKey);
});

test('keys that were prepared again while the signer runs never take the place of those in use unless the act names them', async () => {
  const running = open();
  const first = prepareRotation(dir, given());
  // It has seen the first ones, and then they are thrown away for others.
  expect(await reads(running, first.body.sealingKey)).toBe(true);
  await rm(filesIn(dir).next);
  const second = prepareRotation(dir, given());
  expect(second.body.identityKey).not.toBe(first.body.identityKey);
  const held = keysIn(running.self.identity);
  running.speaker.follow(applied(first));
  expect(keysIn(open().self.identity)).toEqual(held);
  running.speaker.follow(applied(second));
  expect(keysIn(running.self.identity).identityKey).toBe(second.body.identityKey);
  expect(keysIn(open().self.identity).identityKey).toBe(second.body.identityKey);
});

test('keys that the act does not name are not taken, and an old copy of the directory has no say', async () => {
  const copy = join(root, 'copy');
  await cp(dir, copy, { recursive: true });
  const next = applied(prepareRotation(dir, given()));
  // Somebody prepared again elsewhere: these are others.
  prepareRotation(copy, given());
  const old = open(copy);
  const held = keysIn(old.self.identity);
  old.speaker.follow(next);
  expect(keysIn(old.self.identity)).toEqual(held);
  expect(openNext(openVault(filesIn(copy).key), copy)).not.toBeNull();
  const own = open();
  own.speaker.follow(next);
  expect(keysIn(own.self.identity).identityKey).toBe(keysOf(next, id)?.identityKey);
});
