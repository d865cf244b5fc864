import { b64, compare, hex, openShare, parseImportShare, readScalar, scalarOfSeed, utf8, writeScalar } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import seeds from '../../../vectors/ed25519-seed.json' with { type: 'json' };
import ed25519 from '../../../vectors/import-ed25519.json' with { type: 'json' };
import secp256k1 from '../../../vectors/import-secp256k1.json' with { type: 'json' };
import stark from '../../../vectors/import-stark.json' with { type: 'json' };
import { fastArithmetic } from './arithmetic.ts';
import { createImportShares, importSigners } from './import-shares.ts';
import { newNetwork } from './network.test-kit.ts';
import { interpolate } from './recombine.ts';

describe.each([secp256k1, stark, ed25519])('$curve: $source', (file) => {
  const curve = file.curve as 'secp256k1' | 'stark' | 'ed25519';
  const { multiply } = fastArithmetic;
  const open = (sealed: string, key: string) => openShare({ sealed: b64.decode(sealed), decryptionKey: hex.decode(key), multiply });

  test('the vectors’ shares open and make their key', async () => {
    const plaintexts = await Promise.all(file.signers.map(({ encryptedKeyShare, decryptionKey }) => open(encryptedKeyShare, decryptionKey)));
    expect(plaintexts.map(utf8.decode)).toEqual(file.signers.map(({ plaintext }) => plaintext));
    const points = plaintexts.map((plaintext, i) => ({ index: BigInt(i + 1), share: parseImportShare(plaintext).share }));
    expect(hex.encode(writeScalar(interpolate(curve, points.slice(1, 1 + file.minSigners))))).toBe(file.secret);
  });

  test('shares made for the vectors’ signers open with their keys and make the same key, by rank of raw id', async () => {
    const made = await createImportShares({ secret: hex.decode(file.secret), signers: [...file.signers].reverse(), minSigners: file.minSigners, curve });
    expect(made).toMatchObject({ protocol: file.protocol, curve, minSigners: file.minSigners, publicKey: file.publicKey });
    expect(made.encryptedKeyShares.map(({ signerId }) => signerId)).toEqual(file.signers.map(({ signerId }) => signerId));
    const ids = made.encryptedKeyShares.map(({ signerId }) => b64.decode(signerId));
    expect(ids.every((id, i) => i === 0 || compare(ids[i - 1] as Uint8Array, id) < 0)).toBe(true);
    const opened = await Promise.all(
      made.encryptedKeyShares.map(async ({ encryptedKeyShare }, i) => {
        const plaintext = await open(encryptedKeyShare, file.signers[i]?.decryptionKey ?? '');
        expect(plaintext).toHaveLength(file.signers[i]?.plaintext.length ?? 0);
        return parseImportShare(plaintext);
      }),
    );
    const points = opened.map(({ share }, i) => ({ index: BigInt(i + 1), share }));
    for (const subset of [points.slice(0, 3), points.slice(2), points]) expect(interpolate(curve, subset)).toBe(readScalar(hex.decode(file.secret)));
    expect(interpolate(curve, points.slice(0, 2))).not.toBe(readScalar(hex.decode(file.secret)));
    const publicShares = points.map(({ share }) => hex.encode(fastArithmetic.publicOf(curve, share)));
    for (const share of opened) expect(share.publicShares.map(hex.encode)).toEqual(publicShares);
  });

  test.each([
    ['a key of zero', { secret: new Uint8Array(32) }],
    ['a key above the order', { secret: new Uint8Array(32).fill(255) }],
    ['a key of 31 bytes', { secret: new Uint8Array(31).fill(1) }],
    ['a threshold of one', { minSigners: 1 }],
    ['a threshold above the signers', { minSigners: 6 }],
    ['the same signer twice', { signers: [...file.signers, ...file.signers.slice(0, 1)] }],
    ['a signer whose id is no base64', { signers: [...file.signers, { signerId: '?', encryptionKey: file.signers[0]?.encryptionKey ?? '' }] }],
  ])('%s is refused', async (_, wrong) => {
    const good = { secret: hex.decode(file.secret), signers: file.signers, minSigners: 3, curve };
    await expect(createImportShares({ ...good, ...wrong })).rejects.toMatchObject({ code: 'request/invalid' });
    await expect(createImportShares(good)).resolves.toMatchObject({ publicKey: file.publicKey });
  });

  test('the identity as a signer’s key is refused: what is sealed to it, anyone can open', async () => {
    const identity = b64.encode(Uint8Array.of(1, ...new Uint8Array(33)));
    const signers = file.signers.map((signer, i) => (i === 0 ? { ...signer, encryptionKey: identity } : signer));
    await expect(createImportShares({ secret: hex.decode(file.secret), signers, minSigners: 3, curve })).rejects.toMatchObject({
      code: 'export/encryption-key',
    });
  });
});

test.each(seeds.cases)('seed $seed: its scalar is shared, and the public key is the seed’s', async ({ seed, publicKey }) => {
  const { signers } = ed25519;
  expect((await createImportShares({ secret: scalarOfSeed(hex.decode(seed)), signers, minSigners: 3, curve: 'ed25519' })).publicKey).toBe(publicKey);
});

test('the signers to seal to come from the trusted genesis; taproot keys are asked for by their protocol', async () => {
  const { genesis } = newNetwork();
  const made = await createImportShares({
    secret: writeScalar(5n),
    signers: importSigners(genesis),
    minSigners: 3,
    curve: 'secp256k1',
    protocol: 'FROST_BITCOIN',
  });
  expect(made.encryptedKeyShares.map(({ signerId }) => signerId)).toEqual(genesis.signers.map(({ id }) => id));
  expect(made.protocol).toBe('FROST_BITCOIN');
  await expect(
    createImportShares({ secret: writeScalar(5n), signers: importSigners(genesis), minSigners: 3, curve: 'stark', protocol: 'FROST' }),
  ).rejects.toMatchObject({ code: 'request/invalid' });
});
