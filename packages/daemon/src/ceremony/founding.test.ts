import { createECDH, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { b64, b64url, compare, deriveCredentialId, deriveId, type Genesis, genesisHashOf, hex, SignerId } from '@quorate/wire';
import { generateNkey } from '@quorate/link';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonText } from '../files.ts';
import { readFingerprint } from '../fingerprint.ts';
import { makeSignerCard, readSignerCard, type SignerCard, signerFingerprint } from './card.ts';
import { compareFingerprints, makeApproval, makeFounding, readDraft, readFounding } from './founding.ts';
import { addToRoster, readRoster } from './roster.ts';

const dir = mkdtempSync(join(tmpdir(), 'quorate-founding-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const put = (name: string, value: unknown): string => {
  const path = join(dir, name);
  writeFileSync(path, jsonText(value));
  return path;
};

interface Made {
  readonly card: SignerCard;
  readonly sign: (message: Uint8Array) => Uint8Array;
}
const raw = (key: KeyObject): string => b64.encode(b64url.decode(createPublicKey(key).export({ format: 'jwk' }).x as string));

function makeSigner(): Made {
  const identity = generateKeyPairSync('ed25519').privateKey;
  const importKey = b64.encode(hex.decode(createECDH('secp256k1').generateKeys('hex', 'compressed')));
  const keys = { identityKey: raw(identity), sealingKey: raw(generateKeyPairSync('x25519').privateKey), importKey };
  const signing = (message: Uint8Array): Uint8Array => new Uint8Array(sign(null, message, identity));
  return { card: makeSignerCard(keys, generateNkey().publicKey, signing), sign: signing };
}

const signers = [makeSigner(), makeSigner(), makeSigner()].sort((a, b) => compare(b64.decode(a.card.identityKey), b64.decode(b.card.identityKey)));
const [first, second, third] = signers as [Made, Made, Made];

function genesisWith(made: readonly Made[], username = 'operations'): Genesis {
  const roster = made.map(({ card: { identityKey, sealingKey, importKey } }) => ({ id: SignerId.parse(identityKey), identityKey, sealingKey, importKey }));
  const publicKey = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).publicKey;
  return {
    v: '1',
    orgId: deriveId('or', 0, 'seed'),
    epoch: 0,
    threshold: 2,
    signers: roster,
    administrators: [{ userId: deriveId('us', 0, 'seed'), username, isServiceAccount: true, credId: deriveCredentialId(0, 'seed'), publicKey }],
    passkeys: { rpId: '', origins: [], userVerification: 'required' },
  };
}
const genesis = genesisWith(signers);
const genesisHash = genesisHashOf(genesis);
const approvalOf = ({ card, sign }: Made, hash = genesisHash) => makeApproval(hash, SignerId.parse(card.identityKey), sign);

describe('a card', () => {
  test('with one key swapped for another signer’s is refused, the whole one is taken', async () => {
    await expect(readSignerCard(put('swapped.json', { ...first.card, sealingKey: second.card.sealingKey }))).rejects.toThrow('not a signer’s card');
    await expect(readSignerCard(put('nkey.json', { ...first.card, nkey: second.card.nkey }))).rejects.toThrow('not a signer’s card');
    expect(await readSignerCard(put('whole.json', first.card))).toEqual(first.card);
  });

  test('has one fingerprint, however it is written down', () => {
    const fingerprint = signerFingerprint(first.card);
    expect(fingerprint).toMatch(/^[a-z2-7]{5}(-[a-z2-7]{5}){7}$/);
    expect(readFingerprint(` ${fingerprint.toUpperCase().replaceAll('-', ' ')} `)).toBe(fingerprint);
    expect(readFingerprint(fingerprint.slice(1))).toBeNull();
    expect(new Set(signers.map(({ card }) => signerFingerprint(card))).size).toBe(3);
  });
});

describe('a roster', () => {
  test('takes a card by the fingerprint that its operator said, and by no other', async () => {
    const path = join(dir, 'roster.json');
    const card = put('third.json', third.card);
    await expect(addToRoster(path, card, signerFingerprint(first.card))).rejects.toThrow('have it sent again, by another way');
    await expect(addToRoster(path, card, 'aaaaa')).rejects.toThrow('eight groups');
    await addToRoster(path, card, signerFingerprint(third.card));
    await addToRoster(path, put('first.json', first.card), signerFingerprint(first.card));
    await addToRoster(path, card, signerFingerprint(third.card));
    expect((await readRoster(path)).signers).toEqual([first.card, third.card]);
  });

  test('that was changed is refused', async () => {
    const roster = JSON.parse(readFileSync(join(dir, 'roster.json'), 'utf8')) as { signers: SignerCard[] };
    const [one, other] = roster.signers as [SignerCard, SignerCard];
    await expect(readRoster(put('changed.json', { ...roster, signers: [{ ...one, importKey: other.importKey }, other] }))).rejects.toThrow('was changed');
    await expect(readRoster(put('turned.json', { ...roster, signers: [other, one] }))).rejects.toThrow('not in their order');
    await expect(readRoster(put('twice.json', { ...roster, signers: [one, one] }))).rejects.toThrow('not in their order');
    expect((await readRoster(put('good.json', roster))).signers.length).toBe(2);
  });
});

describe('before it is approved, a genesis', () => {
  const all = signers.map(({ card }) => signerFingerprint(card));

  test('with a signer that nobody vouched for is refused, and so is one that lacks a signer', () => {
    expect(() => compareFingerprints(genesis, all.slice(1))).toThrow('names signers whose fingerprints you did not give');
    expect(() => compareFingerprints(genesis, [...all, signerFingerprint(makeSigner().card)])).toThrow('stand for no signer');
    expect(() =>
      compareFingerprints(
        genesisWith([first, second, makeSigner()].sort((a, b) => compare(b64.decode(a.card.identityKey), b64.decode(b.card.identityKey)))),
        all,
      ),
    ).toThrow('fingerprints you did not give');
    compareFingerprints(genesis, all);
  });

  test('that was changed after its hash was said is refused', () => {
    expect(() => readDraft(put('draft.json', { ...genesis, threshold: 3 }), genesisHash)).toThrow('another hash');
    expect(() => readDraft(put('draft.json', { ...genesis, signers: [...genesis.signers].reverse() }), genesisHash)).toThrow('signers must ascend');
    expect(readDraft(put('draft.json', genesis), genesisHash)).toEqual(genesis);
  });
});

describe('a founding', () => {
  test('lacks an approval, or has one for another genesis, of a stranger or by another hand, and is refused', async () => {
    const [a, b, c] = signers.map((signer) => approvalOf(signer));
    const other = genesisHashOf(genesisWith(signers, 'somebody else'));
    const refusedWith = (approvals: readonly unknown[], text: string) => expect(makeFounding(genesis, genesisHash, approvals)).rejects.toThrow(text);
    await refusedWith([a, c], `Not approved yet by\n  ${signerFingerprint(second.card)}`);
    await refusedWith([a, approvalOf(second, other), c], 'is for another genesis');
    await refusedWith([a, { ...approvalOf(second, other), genesisHash }, c], 'is for another genesis');
    await refusedWith([a, makeApproval(genesisHash, SignerId.parse(second.card.identityKey), first.sign), c], 'not by that signer');
    await refusedWith([a, b, c, approvalOf(makeSigner())], 'no signer of this genesis');
    await refusedWith([a, b, {}], 'One of the approvals is none');
    expect((await makeFounding(genesis, genesisHash, [c, a, b])).approvals).toEqual([a, b, c]);
  });

  test('is what a daemon starts on, only with the hash that was typed', async () => {
    const founding = await makeFounding(
      genesis,
      genesisHash,
      signers.map((signer) => approvalOf(signer)),
    );
    const path = put('founding.json', founding);
    await expect(readFounding(path, 'ab'.repeat(32))).rejects.toThrow('another hash');
    await expect(readFounding(put('short.json', { ...founding, approvals: founding.approvals.slice(1) }), genesisHash)).rejects.toThrow('Not approved yet');
    await expect(readFounding(put('bare.json', genesis), genesisHash)).rejects.toThrow('not a founding');
    expect(await readFounding(path, genesisHash)).toEqual(genesis);
  });
});
