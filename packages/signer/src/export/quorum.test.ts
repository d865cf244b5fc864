import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Roster } from '@quorate/authority';
import { b64, type BodyOf, type Genesis, type Signed, signedBytes, SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { proofIn, type Subject } from './quorum.ts';

const newIdentity = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, identityKey: b64.encode(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32))) };
};
const first = Array.from({ length: 5 }, newIdentity);
const second = Array.from({ length: 3 }, newIdentity);
const ids = first.map(({ identityKey }) => SignerId.parse(identityKey));
const ROTATED = 7;
/** Three of five have had other keys since act 7. */
const roster: Roster = {
  genesis: { threshold: 3 } as Genesis,
  genesisHash: 'ab'.repeat(32),
  signerKeys: new Map(
    ids.map((id, i) => {
      const later = second[i];
      const keys = [{ identityKey: id, since: 0 }, ...(later === undefined ? [] : [{ identityKey: later.identityKey, since: ROTATED }])];
      return [id, keys.map((each) => ({ ...each, sealingKey: '', importKey: '' }))];
    }),
  ) as unknown as Roster['signerKeys'],
};
const subject = { genesisHash: roster.genesisHash, challenge: 'c', keyId: 'k', encryptionKey: 'e' } as Subject;
const yes = (i: number, privateKey: KeyObject | undefined, headNumber: number): Signed<'intent'> => {
  const body = { ...subject, answer: 'yes', code: '', headNumber, headHash: `${headNumber}` } as BodyOf<'intent'>;
  const signerId = ids[i] as SignerId;
  if (privateKey === undefined) throw new Error('no such key');
  return { body, signerId, signature: b64.encode(new Uint8Array(sign(null, signedBytes('intent', body, signerId), privateKey))) };
};
const by = (identities: readonly { readonly privateKey: KeyObject }[], head: number) => [0, 1, 2].map((i) => yes(i, identities[i]?.privateKey, head));

test('an administrator who gave signers keys of its own says no yes with them for a head from before, where more could be exported', async () => {
  for (const head of [0, ROTATED - 1]) {
    expect(await proofIn(roster, subject, by(second, head))).toBeNull();
    expect((await proofIn(roster, subject, by(first, head)))?.head.number).toBe(head);
  }
});

test('a thief of replaced keys says no yes for a head from after the rotation', async () => {
  expect(await proofIn(roster, subject, by(first, ROTATED))).toBeNull();
  const mixed = [...by(second, ROTATED).slice(0, 2), yes(4, first[4]?.privateKey, ROTATED)];
  expect((await proofIn(roster, subject, mixed))?.yeses).toEqual(mixed);
});
