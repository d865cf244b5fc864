/** Receipts of exports across rotations: statements with earlier, present and later keys than those at the request's head. */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { nextHead } from '@quorate/authority';
import {
  type ActRecord,
  b64,
  canonicalJson,
  type Head,
  isRefusal,
  type Json,
  rotationBytes,
  type Signed,
  signedBytes,
  type SignedKind,
  type SignerKeys,
} from '@quorate/wire';
import { beforeAll, expect, test } from 'vitest';
import { createReceipt } from './create-receipt.ts';
import { type KnownRoster, learnRoster } from './learn-roster.ts';
import type { TestSigner } from './network.test-kit.ts';
import { authorizationBy, changed, newReceiptCase, NOW, type ReceiptCase } from './receipt.test-kit.ts';
import { verifyReceipt } from './verify-receipt.ts';

let given: ReceiptCase;
/** Acts 1 and 2 come before the request. Act 3 rotates the first signer, act 4 the second; both acknowledge act 1 late, anew. */
let acts: ActRecord[];
let roster: KnownRoster;
let [first, second]: [Rotated, Rotated] = [] as never;

interface Rotated extends TestSigner {
  readonly keys: SignerKeys;
  readonly secretKey: Uint8Array;
}
function rotatedSigner(id: TestSigner['id']): Rotated {
  const { secretKey, publicKey } = ed25519.keygen();
  const keys = {
    identityKey: b64.encode(publicKey),
    sealingKey: b64.encode(x25519.keygen().publicKey),
    importKey: b64.encode(secp256k1.keygen().publicKey),
  };
  const sign = <K extends SignedKind>(kind: K, body: Signed<K>['body']): Signed<K> => ({
    body,
    signerId: id,
    signature: b64.encode(ed25519.sign(signedBytes(kind, body, id), secretKey)),
  });
  return { id, keys, secretKey, sign };
}

const trust = () => ({ genesis: given.network.genesis, genesisHash: given.network.genesisHash });
const verify = (text: string) => verifyReceipt(text, given.network.genesisHash, { now: NOW });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : `${error}`),
  );
const write = (receipt: unknown): string => canonicalJson(receipt as Json);

beforeAll(async () => {
  given = await newReceiptCase();
  const { genesis, genesisHash, signers } = given.network;
  [first, second] = [rotatedSigner(signers[0]?.id as TestSigner['id']), rotatedSigner(signers[1]?.id as TestSigner['id'])];
  acts = [...given.acts];
  let head: Head = { number: 0, hash: genesisHash };
  const heads: Head[] = [];
  for (const { evidence } of acts) {
    head = nextHead({ head }, evidence);
    heads.push(head);
  }
  const ackOf = ({ number, hash }: Head) => ({ genesisHash, orgId: genesis.orgId, number, head: hash, time: NOW });
  let now: readonly TestSigner[] = signers;
  for (const next of [first, second]) {
    const proof = ed25519.sign(rotationBytes({ genesisHash, orgId: genesis.orgId, signerId: next.id, sequence: 1 }, next.keys), next.secretKey);
    const evidence = given.ask(head, 'PUT', `/signers/${encodeURIComponent(next.id)}/keys`, { ...next.keys, proof: b64.encode(proof) });
    head = nextHead({ head }, evidence);
    const ack = ackOf(head);
    acts.push({ number: head.number, evidence, acks: now.map((signer) => signer.sign('ack', ack)) });
    now = now.map((signer) => (signer.id === next.id ? next : signer));
  }
  const [one] = acts as [ActRecord];
  const third = one.acks.find(({ signerId }) => signerId === signers[2]?.id) as Signed<'ack'>;
  const own = one.acks.find(({ signerId }) => signerId === first.id) as Signed<'ack'>;
  acts[0] = { ...one, acks: [own, second.sign('ack', ackOf(heads[0] as Head)), third] };
  roster = await learnRoster(trust(), async (after) => ({ acts: acts.slice(after) }));
});

/** The answer with these signers' statements made anew. */
function restated(by: readonly TestSigner[]) {
  const { answer } = given;
  const anew = <K extends 'release' | 'tombstone'>(kind: K, all: readonly unknown[]): Signed<K>[] =>
    (all as readonly Signed<K>[]).map((one) => by.find(({ id }) => id === one.signerId)?.sign(kind, one.body) ?? one);
  return { ...answer, releases: anew('release', answer.releases ?? []), tombstones: anew('tombstone', answer.tombstones ?? []) };
}

test('statements from before a rotation need no acts, whatever is known of later keys', async () => {
  const text = await createReceipt(given.answer, { ...trust(), roster });
  expect(text).toBe(await createReceipt(given.answer, trust()));
  expect(await verify(text)).toMatchObject({ authority: 'signers', released: given.network.signers.map(({ id }) => id) });
});

test('one that was made after a later rotation brings the acts up to that rotation, and no further', async () => {
  const answer = restated([first]);
  expect(await codeOf(createReceipt(answer, { ...trust(), roster }))).toBe('receipt/incomplete');
  const text = await createReceipt(answer, { ...trust(), roster, acts });
  const read = JSON.parse(text) as { acts: ActRecord[] };
  expect(read.acts.map(({ number }) => number)).toEqual([1, 2, 3]);
  // Of act 1 the acknowledgement with a key of act 4 proves nothing to who has these acts alone.
  expect(read.acts[0]?.acks.map(({ signerId }) => signerId)).not.toContain(second.id);
  expect(await verify(text)).toMatchObject({ authority: 'acts', head: { number: 2 }, released: given.network.signers.map(({ id }) => id) });

  const longer = changed(text, (receipt) => void receipt.acts?.push(acts[3] as never));
  expect(await codeOf(verify(write(longer)))).toBe('receipt/chain');
  const shorter = changed(text, (receipt) => void receipt.acts?.pop());
  expect(await codeOf(verify(write(shorter)))).toBe('receipt/statement');
  const bare = changed(text, (receipt) => void delete (receipt as { acts?: unknown }).acts);
  await expect(verify(write(bare))).rejects.toMatchObject({ code: 'receipt/statement', detail: { hint: expect.stringContaining('full=true') } });
});

test('with both rotated the acts go to the last one, and late acknowledgements with its key count', async () => {
  const text = await createReceipt(restated([first, second]), { ...trust(), roster, acts });
  const read = JSON.parse(text) as { acts: ActRecord[] };
  expect(read.acts).toHaveLength(4);
  expect(read.acts[0]?.acks).toHaveLength(3);
  expect((await verify(text)).authority).toBe('acts');
});

test('what a thief of a replaced key says of a later request is left out, and spoils a receipt that has it', async () => {
  const { evidence, authorization, network, answer } = given;
  // The same statements, said at a head that comes after both rotations.
  const body = { ...authorization.body, headNumber: roster.head.number, headHash: roster.head.hash };
  const now = network.signers.map((signer) => (signer.id === first.id ? first : signer.id === second.id ? second : signer));
  const honest = { ...restated(now), requests: [evidence], authorizations: [authorizationBy(now, body)] };
  const text = await createReceipt(honest, { ...trust(), roster, acts });
  expect((await verify(text)).released).toHaveLength(3);

  const stolen = { ...honest, releases: answer.releases ?? [] };
  expect(await codeOf(createReceipt(stolen, { ...trust(), roster, acts }))).toBe('receipt/incomplete');
  const spoilt = changed(text, (receipt) => void Object.assign(receipt, { releases: answer.releases }));
  expect(await codeOf(verify(write(spoilt)))).toMatch(/^receipt\/(statement|chain)$/);
});
