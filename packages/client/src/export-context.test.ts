import { formatExportShare, type Genesis, hex, readScalar, writeScalar, groups } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import type { Expectation } from './index.ts';
import { createExportContext, type ExportContext } from './index.ts';
import { answerOf, newKey, newNetwork, plain, releasePart, type TestAnswer, type TestKey, wholeAnswer } from './network.test-kit.ts';
import { interpolate } from './recombine.ts';

const network = newNetwork();
const key = newKey(network);
const expectation: Expectation = { expectedPublicKey: key.publicKey, genesis: network.genesis, genesisHash: network.genesisHash };

async function recovers(context: ExportContext, answer: unknown, given: Expectation = expectation, of: TestKey = key): Promise<void> {
  const { secret } = await context.recover(answer, given);
  expect(hex.encode(secret.bytes())).toBe(hex.encode(of.secret));
}

const { order } = groups.secp256k1;
const shifted = (share: Uint8Array, by: bigint): Uint8Array => writeScalar((readScalar(share) + by) % order);
const wrongValue =
  (rank: number, by = 1n) =>
  () =>
    formatExportShare({ curve: 'secp256k1', index: BigInt(rank + 1), share: shifted(key.shares[rank] as Uint8Array, by) });

test('a whole answer is checked in everything and yields the key', async () => {
  using context = createExportContext();
  const { secret, report } = await context.recover(await wholeAnswer(network, key, context.request()), expectation);
  expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
  expect(secret.publicKey).toBe(key.publicKey);
  expect(report).toEqual({
    used: network.signers.slice(0, 3).map(({ id }) => id),
    blamed: [],
    checked: ['expected-key', 'certificate', 'share-values', 'releases', 'tombstones'],
    notChecked: [],
    tombstones: { held: 5, of: 5 },
  });
});

test('a plain Dfns answer yields the key and says which checks could not be made', async () => {
  using context = createExportContext();
  const answer = plain(await wholeAnswer(network, key, context.request()));
  const { report } = await context.recover(answer, expectation);
  expect(report.checked).toEqual(['expected-key']);
  expect(report.notChecked).toEqual([
    { check: 'certificate', why: 'absent' },
    { check: 'share-values', why: 'absent' },
    { check: 'releases', why: 'absent' },
    { check: 'tombstones', why: 'absent' },
  ]);
  const withoutGenesis = await context.recover(answer, { expectedPublicKey: key.publicKey });
  expect(withoutGenesis.report.notChecked.map(({ why }) => why)).toEqual(['no-genesis', 'no-genesis', 'no-genesis', 'no-genesis']);
  expect(withoutGenesis.report.tombstones).toEqual({ held: 0, of: null });
});

test('a certificate kept from the key’s birth serves in place of one in the answer', async () => {
  using context = createExportContext();
  const { keyCertificate: _, ...answer } = await wholeAnswer(network, key, context.request());
  const { report } = await context.recover(answer, { ...expectation, certificate: key.certificate });
  expect(report.checked).toContain('share-values');
});

test('the name of the list that Dfns’s WASM reads is read too', async () => {
  using context = createExportContext();
  const { encryptedKeyShares, ...answer } = plain(await wholeAnswer(network, key, context.request()));
  await recovers(context, { ...answer, encryptedShares: encryptedKeyShares });
});

describe('another key never comes out', () => {
  test('a swapped answer that is consistent in itself', async () => {
    using context = createExportContext();
    const swapped = await wholeAnswer(network, newKey(network), context.request());
    await expect(context.recover(swapped, expectation)).rejects.toMatchObject({ code: 'share/wrong-key' });
    await expect(context.recover(plain(swapped), expectation)).rejects.toMatchObject({ code: 'share/wrong-key' });
    await expect(context.recover({ ...plain(swapped), publicKey: key.publicKey }, expectation)).rejects.toMatchObject({ code: 'share/wrong-key' });
    await recovers(context, await wholeAnswer(network, key, context.request()));
  });

  test('the public key of the answer counts for nothing', async () => {
    using context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    await recovers(context, { ...answer, publicKey: newKey(network).publicKey });
    await recovers(context, { ...plain(answer), publicKey: 'rubbish' });
  });

  test('a certificate whose public shares are of another key than it says', async () => {
    using context = createExportContext();
    const other = newKey(network, { publicKey: key.publicKey });
    const answer = await wholeAnswer(network, other, context.request());
    await expect(context.recover(answer, expectation)).rejects.toMatchObject({ code: 'share/wrong-key' });
    await recovers(context, await wholeAnswer(network, key, context.request()));
  });

  test('an expected key of another curve', async () => {
    using context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    await expect(context.recover(answer, { expectedPublicKey: hex.encode(groups.ed25519.publicOf(writeScalar(5n))) })).rejects.toMatchObject({
      code: 'share/wrong-key',
    });
    await expect(context.recover(answer, { expectedPublicKey: '0x1234' })).rejects.toMatchObject({ code: 'request/invalid' });
    await recovers(context, answer, { ...expectation, expectedPublicKey: `0x${key.publicKey.toUpperCase()}` });
  });
});

describe('liars are named and the rest recovers', () => {
  test('two signers with wrong values, whose own signature stands under it', async () => {
    using context = createExportContext();
    const parts = await Promise.all(
      network.signers.map((_, rank) => releasePart(network, key, context.request(), rank, rank < 2 ? wrongValue(rank, [1n, 5n][rank]) : undefined)),
    );
    const answer = answerOf(network, key, parts);
    const { secret, report } = await context.recover(answer, expectation);
    expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
    expect(report.blamed).toEqual(network.signers.slice(0, 2).map(({ id }) => ({ signerId: id, reason: 'share/value', proven: true })));
    expect(report.used).toEqual(network.signers.slice(2).map(({ id }) => id));
    expect((await context.recover(plain(answer), expectation)).report.blamed).toEqual(
      network.signers.slice(0, 2).map(({ id }) => ({ signerId: id, reason: 'share/inconsistent', proven: false })),
    );
  });

  test('three liars leave too few, and each is named in the refusal', async () => {
    using context = createExportContext();
    const parts = await Promise.all(
      network.signers.map((_, rank) => releasePart(network, key, context.request(), rank, rank < 3 ? wrongValue(rank) : undefined)),
    );
    await expect(context.recover(answerOf(network, key, parts), expectation)).rejects.toMatchObject({
      code: 'share/too-few',
      detail: { good: 2, needed: 3, blamed: Object.fromEntries(network.signers.slice(0, 3).map(({ id }) => [id, 'share/value'])) },
    });
    await recovers(context, await wholeAnswer(network, key, context.request()));
  });

  test('without a certificate two liars who cancel each other out cannot be told from honest ones: nobody is named, the key is right', async () => {
    using context = createExportContext();
    // Their errors lie on a polynomial with roots at 0 and at the third signer’s index: with that signer they too make the key.
    const error = (x: bigint): bigint => (x * (x - 3n) + order * order) % order;
    const parts = await Promise.all(
      network.signers.map((_, rank) => releasePart(network, key, context.request(), rank, rank < 2 ? wrongValue(rank, error(BigInt(rank + 1))) : undefined)),
    );
    const answer = answerOf(network, key, parts);
    const { secret, report } = await context.recover(plain(answer), expectation);
    expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
    expect(report.blamed).toEqual([]);
    expect(report.notChecked).toContainEqual({ check: 'share-values', why: 'ambiguous' });
    expect((await context.recover(answer, expectation)).report.blamed.map(({ signerId }) => signerId)).toEqual(network.signers.slice(0, 2).map(({ id }) => id));
  });

  test('without a certificate and with t of t shares, errors that cancel each other out leave the right key; the certificate sees them', async () => {
    const small = newNetwork({ n: 3, threshold: 3 });
    const of = newKey(small);
    using context = createExportContext();
    // 8 at 1 and at 2, 0 at 3: that polynomial is 0 at 0 as well.
    const spoilt = (rank: number) => () =>
      formatExportShare({ curve: 'secp256k1', index: BigInt(rank + 1), share: shifted(of.shares[rank] as Uint8Array, 8n) });
    const parts = await Promise.all(small.signers.map((_, rank) => releasePart(small, of, context.request(), rank, rank < 2 ? spoilt(rank) : undefined)));
    const answer = answerOf(small, of, parts);
    await recovers(context, plain(answer), { expectedPublicKey: of.publicKey }, of);
    await expect(context.recover(answer, { expectedPublicKey: of.publicKey, genesis: small.genesis })).rejects.toMatchObject({
      code: 'share/too-few',
      detail: { good: 1, needed: 3 },
    });
  });

  // Two liars add an error with roots at 0 and at the first two signers: with those they lie on a polynomial of degree 3.
  const cubic = (rank: number): bigint => {
    const x = BigInt(rank + 1);
    return x * (x - 1n) * (x - 2n);
  };

  test('a server that states another threshold than the genesis does not have an honest signer left out in favour of liars', async () => {
    using context = createExportContext();
    const parts = await Promise.all(
      network.signers.map((_, rank) =>
        releasePart(network, key, context.request(), rank, rank === 2 || rank === 3 ? wrongValue(rank, cubic(rank)) : undefined),
      ),
    );
    const { keyCertificate: _, ...answer } = { ...answerOf(network, key, parts), minSigners: 4 };
    const { keyId } = key.certificate.body;
    const { secret, report } = await context.recover(answer, { ...expectation, keyId });
    expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
    expect(report.blamed).toEqual(network.signers.slice(2, 4).map(({ id }) => ({ signerId: id, reason: 'share/inconsistent', proven: false })));
  });

  test('without a certificate t − 1 liars who outnumber honest signers on their own polynomial prove nothing against them', async () => {
    const large = newNetwork({ n: 7, threshold: 4 });
    const of = newKey(large);
    using context = createExportContext();
    const liesAt = (rank: number) => () =>
      formatExportShare({ curve: 'secp256k1', index: BigInt(rank + 1), share: shifted(of.shares[rank] as Uint8Array, cubic(rank)) });
    const parts = await Promise.all(large.signers.map((_, rank) => releasePart(large, of, context.request(), rank, rank > 3 ? liesAt(rank) : undefined)));
    const answer = answerOf(large, of, parts);
    const trust = { expectedPublicKey: of.publicKey, genesis: large.genesis, keyId: of.certificate.body.keyId };
    const { keyCertificate: _, ...withheld } = answer;
    const { secret, report } = await context.recover(withheld, trust);
    expect(hex.encode(secret.bytes())).toBe(hex.encode(of.secret));
    expect(report.blamed.filter(({ proven }) => proven)).toEqual([]);
    const whole = (await context.recover(answer, trust)).report;
    expect(whole.blamed).toEqual(large.signers.slice(4).map(({ id }) => ({ signerId: id, reason: 'share/value', proven: true })));
  });

  test('strangers beside a withheld certificate are no shares of the roster, however many they are', async () => {
    using context = createExportContext();
    const { keyCertificate: _, ...answer } = await wholeAnswer(network, key, context.request());
    const strangers = newNetwork({ n: 16, threshold: 9 });
    const more = (await wholeAnswer(strangers, newKey(strangers), context.request())).encryptedKeyShares;
    const { report } = await context.recover({ ...answer, encryptedKeyShares: [...more, ...answer.encryptedKeyShares] }, expectation);
    expect(report.blamed).toEqual(more.map(({ signerId }) => ({ signerId, reason: 'signer/unknown', proven: false })));
    await expect(context.recover({ ...answer, encryptedKeyShares: more }, expectation)).rejects.toMatchObject({
      code: 'share/too-few',
      detail: { good: 0, needed: 3 },
    });
  });

  test('rubbish added under an honest signer’s name does not get that signer blamed', async () => {
    using context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    const first = answer.encryptedKeyShares[0] as TestAnswer['encryptedKeyShares'][number];
    const doubled = { ...answer, encryptedKeyShares: [{ ...first, encryptedKeyShare: 'AAAA' }, ...answer.encryptedKeyShares] };
    const { report } = await context.recover(doubled, expectation);
    expect(report.blamed).toEqual([]);
    expect(report.used).toContain(first.signerId);
  });

  test('rubbish added under a liar’s name covers no proven lie up, in the envelope or in the statement', async () => {
    using context = createExportContext();
    const parts = await Promise.all(
      network.signers.map((_, rank) => releasePart(network, key, context.request(), rank, rank === 0 ? wrongValue(rank) : undefined)),
    );
    const answer = answerOf(network, key, parts);
    const lie = answer.encryptedKeyShares[0] as TestAnswer['encryptedKeyShares'][number];
    const first = { ...answer, encryptedKeyShares: [{ ...lie, encryptedKeyShare: 'AAAA' }, ...answer.encryptedKeyShares] };
    const blamed = [{ signerId: lie.signerId, reason: 'share/value', proven: true }];
    expect((await context.recover(first, expectation)).report.blamed).toEqual(blamed);
    const [part] = parts as [(typeof parts)[number]];
    const misstated = {
      ...part,
      release: network.signers[0]?.sign('release', { ...(part.release as NonNullable<typeof part.release>).body, index: 2 }) ?? null,
    };
    const more = answerOf(network, key, [misstated, ...parts.slice(1)]);
    more.releases?.push({ signerId: lie.signerId });
    expect((await context.recover(more, expectation)).report.blamed).toEqual(blamed);
    await recovers(context, await wholeAnswer(network, key, context.request()));
  });

  test('a share sent on under another name: the roster tells whose it is, and without one its owner is not blamed', async () => {
    using context = createExportContext();
    const copy = () => formatExportShare({ curve: 'secp256k1', index: 5n, share: key.shares[4] as Uint8Array });
    const parts = await Promise.all(network.signers.map((_, rank) => releasePart(network, key, context.request(), rank, rank === 0 ? copy : undefined)));
    const { keyCertificate: _, ...withheld } = answerOf(network, key, parts);
    const { keyId } = key.certificate.body;
    const { report } = await context.recover(withheld, { ...expectation, keyId });
    expect(report.blamed).toEqual([{ signerId: network.signers[0]?.id, reason: 'share/index', proven: true }]);
    const alone = await context.recover(plain(withheld), { expectedPublicKey: key.publicKey });
    expect(hex.encode(alone.secret.bytes())).toBe(hex.encode(key.secret));
    expect(alone.report.blamed).toEqual([]);
  });

  test('a signer of no roster', async () => {
    using context = createExportContext();
    const stranger = newNetwork();
    const answer = await wholeAnswer(network, key, context.request());
    const [part] = (await wholeAnswer(stranger, newKey(stranger), context.request())).encryptedKeyShares;
    const { report } = await context.recover({ ...answer, encryptedKeyShares: [part, ...answer.encryptedKeyShares.slice(1)] }, expectation);
    expect(report.blamed).toEqual([{ signerId: part?.signerId, reason: 'signer/unknown', proven: false }]);
  });

  test('shares of an earlier export, replayed: named as what they are, and no proof of a lie', async () => {
    using earlier = createExportContext();
    using context = createExportContext();
    const old = await releasePart(network, key, earlier.request(), 0);
    const fresh = await Promise.all([1, 2, 3].map((rank) => releasePart(network, key, context.request(), rank)));
    const { report } = await context.recover(answerOf(network, key, [old, ...fresh]), expectation);
    expect(report.blamed).toEqual([{ signerId: old.signerId, reason: 'share/unreadable', proven: false }]);
  });
});

describe('whom the caller trusts', () => {
  test('a genesis that is not the one of the hash is refused', async () => {
    using context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    const foreign: Genesis = newNetwork().genesis;
    await expect(context.recover(answer, { ...expectation, genesis: foreign })).rejects.toMatchObject({ code: 'genesis/invalid' });
    await recovers(context, answer);
  });

  test('a certificate that one signer did not sign judges no share; the expected key still does', async () => {
    using context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    const unsigned = { ...key.certificate, signatures: key.certificate.signatures.slice(1) };
    const { secret, report } = await context.recover({ ...answer, keyCertificate: unsigned }, expectation);
    expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
    expect(report.notChecked).toContainEqual({ check: 'certificate', why: 'invalid' });
    const strange = await context.recover({ ...answer, keyCertificate: { body: 7 } }, expectation);
    expect(strange.report.notChecked).toContainEqual({ check: 'certificate', why: 'invalid' });
  });

  test('only tombstones of this key by signers of the roster count, each signer once', async () => {
    using context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    const others = await wholeAnswer(network, newKey(network), context.request());
    const [first, second] = answer.tombstones as [object, object];
    const tombstones = [first, first, { ...second, signature: (first as { signature: string }).signature }, ...(others.tombstones ?? []), null, 'x'];
    expect((await context.recover({ ...answer, tombstones }, expectation)).report.tombstones).toEqual({ held: 1, of: 5 });
  });
});

test.each([
  ['null', null],
  ['no curve', { minSigners: 3 }],
  ['a protocol that was not asked for', { protocol: 'CGGMP24', curve: 'secp256k1', minSigners: 3, encryptedKeyShares: [] }],
  ['a threshold of one', { protocol: 'CGGMP21', curve: 'secp256k1', minSigners: 1, encryptedKeyShares: [{ signerId: 'a', encryptedKeyShare: '' }] }],
  ['no shares', { protocol: 'CGGMP21', curve: 'secp256k1', minSigners: 3, encryptedKeyShares: [] }],
  ['shares that are none', { protocol: 'CGGMP21', curve: 'secp256k1', minSigners: 3, encryptedKeyShares: [null] }],
  [
    'thousands of shares',
    {
      protocol: 'CGGMP21',
      curve: 'secp256k1',
      minSigners: 3,
      encryptedKeyShares: Array.from({ length: 5000 }, () => ({ signerId: 'a', encryptedKeyShare: '' })),
    },
  ],
])('an answer with %s is refused, and the next good one is read', async (_, bad) => {
  using context = createExportContext();
  await expect(context.recover(bad, expectation)).rejects.toMatchObject({ code: 'answer/invalid' });
  await recovers(context, await wholeAnswer(network, key, context.request()));
});

describe('secrets', () => {
  test('a wiped context opens nothing more', async () => {
    const context = createExportContext();
    const answer = await wholeAnswer(network, key, context.request());
    await recovers(context, answer);
    context.wipe();
    await expect(context.recover(answer, expectation)).rejects.toThrow('wiped');
  });

  test('a wiped key is zeros and gives its bytes no more', async () => {
    using context = createExportContext();
    const { secret } = await context.recover(await wholeAnswer(network, key, context.request()), expectation);
    const bytes = secret.bytes();
    secret.wipe();
    expect(bytes).toEqual(new Uint8Array(32));
    expect(() => secret.bytes()).toThrow('wiped');
  });

  test('neither prints itself', async () => {
    using context = createExportContext();
    const { secret } = await context.recover(await wholeAnswer(network, key, context.request()), expectation);
    const { inspect } = await import('node:util');
    const printed = [JSON.stringify({ secret, context }), `${secret}`, inspect({ secret, context }, { depth: 9, showHidden: true })].join();
    expect(printed).not.toContain(hex.encode(key.secret));
    expect(printed).not.toContain(key.secret.join());
    expect(JSON.stringify(secret)).toBe('"[secret]"');
  });

  test('two contexts have two keys', () => {
    using a = createExportContext();
    using b = createExportContext();
    expect(a.request()).not.toEqual(b.request());
    expect(a.request()).toEqual(a.request());
  });
});

test('interpolation gives the polynomial’s value anywhere', () => {
  const points = key.shares.map((share, i) => ({ index: BigInt(i + 1), share }));
  expect(interpolate('secp256k1', points.slice(0, 3), 5n)).toBe(readScalar(key.shares[4] as Uint8Array));
  expect(interpolate('secp256k1', points.slice(2))).toBe(readScalar(key.secret));
});
