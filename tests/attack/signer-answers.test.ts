/**
 * Signers that lie to the server, in the answer to every kind of call: what the owner gets through the unmodified SDK is
 * right or an error, whoever is named is a liar, and the next call works. Two of five lie at most.
 */
import { createExportContext } from '@quorate/client';
import type { CallKind, ExportAnswer } from '@quorate/wire';
import { privateKeyToAccount } from 'viem/accounts';
import { hashMessage, recoverAddress } from 'viem';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Answer, hostileMpc } from '../support/hostile-mpc.ts';
import { type Account, newAccount, OWNER, refusalOf, startTestNetwork, type TestNetwork } from '../support/network.ts';
import { exportBody, newHash } from '../support/requests.ts';

const LIARS = [2, 4];
let net: TestNetwork;
let owner: Account;
let lying: readonly number[] = [];
let answer: Answer = (_, reply) => reply;

beforeAll(async () => {
  net = await startTestNetwork({
    mpcOf: (number) =>
      hostileMpc(
        (said) => [said],
        (kind, reply) => (lying.includes(number) ? answer(kind, reply) : reply),
      ),
  });
  owner = await newAccount(net, 'ed25519', OWNER);
});
afterAll(() => net[Symbol.asyncDispose]());
beforeEach(() => {
  lying = [];
});

const liarIds = (liars: readonly number[]): string[] => liars.map((number) => net.devnet.signers.id(number)).sort();
type Reply = Parameters<Answer>[1];
const instead =
  (kind: CallKind, change: (reply: Reply) => unknown): Answer =>
  (asked, reply) =>
    asked === kind ? change(reply) : reply;
const junk = `${'A'.repeat(86)}==`;
const newWallet = () => owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
type Wallet = Awaited<ReturnType<typeof newWallet>>;

async function expectSigns(wallet: Wallet): Promise<void> {
  const message = newHash();
  const made = await owner.client.wallets.generateSignature({
    walletId: wallet.id,
    body: { kind: 'Message', message: `0x${Buffer.from(message).toString('hex')}` },
  });
  const { encoded } = made.signature as { encoded: `0x${string}` };
  expect(await recoverAddress({ hash: hashMessage(message), signature: encoded })).toBe(wallet.address);
}

/** Exports, recovers, and checks that the key is the wallet's. @returns whom the client names */
async function exported(wallet: Wallet): Promise<readonly string[]> {
  const context = createExportContext();
  const given = (await owner.client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })) as unknown as ExportAnswer;
  const { genesis, genesisHash } = net.devnet;
  const expectation = { genesis, genesisHash, expectedPublicKey: wallet.signingKey.publicKey, keyId: wallet.signingKey.id as never };
  const { secret, report } = await context.recover(given, expectation);
  expect(privateKeyToAccount(`0x${Buffer.from(secret.bytes()).toString('hex')}`).address).toBe(wallet.address);
  return report.blamed.map(({ signerId }) => signerId).sort();
}

const both = [
  { who: 'a signer', liars: [2] },
  { who: 'two signers', liars: LIARS },
];
const releases: readonly { readonly how: string; readonly change: (reply: Reply) => unknown }[] = [
  {
    how: 'for another encryption key',
    change: ({ release, ...reply }) => ({
      ...reply,
      release: { ...release, body: { ...release.body, encryptionKey: JSON.parse(exportBody()).encryptionKey } },
    }),
  },
  {
    how: 'with another public share',
    change: ({ release, ...reply }) => ({ ...reply, release: { ...release, body: { ...release.body, publicShare: release.body.publicShares[0] } } }),
  },
  {
    how: 'at another index',
    change: ({ release, ...reply }) => ({ ...reply, release: { ...release, body: { ...release.body, index: (release.body.index % 5) + 1 } } }),
  },
  {
    how: 'of another request',
    change: ({ release, ...reply }) => ({ ...reply, release: { ...release, body: { ...release.body, challenge: newHash().slice(0, 43) } } }),
  },
  { how: 'without a good signature', change: ({ release, ...reply }) => ({ ...reply, release: { ...release, signature: junk } }) },
  {
    how: 'with a wrong ciphertext',
    change: ({ encryptedKeyShare, ...reply }) => ({ ...reply, encryptedKeyShare: `${encryptedKeyShare.slice(0, -8)}AAAAAAA=` }),
  },
];

test.each(releases.flatMap((release) => both.map((liars) => ({ ...release, ...liars }))))(
  '$who whose release is $how, to have the owner get a wrong key',
  async ({ liars, change }) => {
    const wallet = await newWallet();
    lying = liars;
    answer = instead('export', change);
    const named = await exported(wallet);
    lying = [];
    expect(liarIds(liars)).toEqual(expect.arrayContaining([...named]));
    // The same request, asked again of signers that tell the truth, blames nobody.
    expect(await exported(wallet)).toEqual([]);
  },
);

test('two signers that claim tombstones of others and no export at all, to have a key go unretired', async () => {
  const wallet = await newWallet();
  lying = LIARS;
  answer = instead('export', (reply) => ({
    ...reply,
    tombstones: reply.tombstones.map((one: object) => ({ ...one, signature: junk })),
    authorization: undefined,
  }));
  expect(await exported(wallet)).toEqual([]);
  const refusal = await refusalOf(owner.client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: newHash() } }));
  expect(refusal).toMatchObject({ status: 403, code: 'key/retired' });
  lying = [];
  await expectSigns(await newWallet());
});

test.each(both)('$who answering an export with what is none, to leave the owner without a key', async ({ liars }) => {
  const wallet = await newWallet();
  lying = liars;
  answer = instead('export', () => ({ release: 'none' }));
  expect(await exported(wallet)).toEqual([]);
  lying = [];
  expect(await exported(wallet)).toEqual([]);
});

test.each([
  { how: 'a wrong r', change: (reply: { r: string }) => ({ ...reply, r: newHash() }) },
  { how: 'a wrong s', change: (reply: { s: string }) => ({ ...reply, s: newHash() }) },
  { how: 'the other recovery id', change: (reply: { recid: number }) => ({ ...reply, recid: 1 - reply.recid }) },
  { how: 'what is no signature', change: () => ({ r: '', s: '', recid: 7 }) },
])('two signers that answer a request to sign with $how, to have the owner get a wrong signature', async ({ change }) => {
  const wallet = await newWallet();
  lying = LIARS;
  answer = instead('sign', change);
  await expectSigns(wallet);
  lying = [];
  await expectSigns(wallet);
});

test.each([
  { how: 'another public key', change: (reply: { body: object }) => ({ ...reply, body: { ...reply.body, publicKey: `02${newHash()}` } }) },
  { how: 'another owner', change: (reply: { body: object }) => ({ ...reply, body: { ...reply.body, ownerId: 'us-00000-00000-0000000000000000' } }) },
  { how: 'a signature that is none', change: (reply: { signature: object }) => ({ ...reply, signature: { ...reply.signature, signature: junk } }) },
  {
    how: 'another’s signature',
    change: (reply: { signature: object }) => ({ ...reply, signature: { ...reply.signature, signerId: net.devnet.signers.id(3) } }),
  },
])('a signer that certifies a new key with $how, to have the owner use a false address', async ({ change }) => {
  // The first that is asked, whose body the others are not measured by.
  lying = [1];
  answer = instead('keygen', change);
  const refusal = await refusalOf(newWallet());
  expect(refusal).toMatchObject({ status: 503, code: 'signers/disagree', details: { signers: liarIds([1]) } });
  lying = [];
  await newWallet();
});

test.each([
  { how: 'another head', change: (reply: { ack: { body: object } }) => ({ ack: { ...reply.ack, body: { ...reply.ack.body, head: newHash() } } }) },
  { how: 'a signature that is none', change: (reply: { ack: object }) => ({ ack: { ...reply.ack, signature: junk } }) },
  { how: 'another’s name', change: (reply: { ack: object }) => ({ ack: { ...reply.ack, signerId: net.devnet.signers.id(1) } }) },
])('two signers that acknowledge an act with $how, to have it count for more than it does', async ({ change }) => {
  lying = LIARS;
  answer = instead('act', change);
  const made = await net.admin.permissions.createPermission({ body: { name: `held ${newHash()}`, operations: ['Wallets:Read'] as never } });
  const { certified } = made as unknown as { certified: { acks: { signerId: string }[] } };
  for (const { signerId } of certified.acks) expect(liarIds(LIARS)).not.toContain(signerId);
  lying = [];
  await net.admin.permissions.createPermission({ body: { name: `held ${newHash()}`, operations: ['Wallets:Read'] as never } });
});

test.each([
  { how: 'that they stand at a head that nobody has', change: (reply: object) => ({ ...reply, head: { number: 1_000_000_000, hash: newHash() } }) },
  { how: 'that they are others', change: (reply: object) => ({ ...reply, signerId: net.devnet.signers.id(1) }) },
  { how: 'that it is 1970', change: (reply: object) => ({ ...reply, now: 0 }) },
  { how: 'that they are not ready', change: (reply: object) => ({ ...reply, ready: false, checks: { peers: 'asked' } }) },
])('two signers that say of themselves $how, to stop the others', async ({ change }) => {
  const wallet = await newWallet();
  lying = LIARS;
  answer = instead('status', change);
  await expectSigns(wallet);
  lying = [];
  expect(await exported(wallet)).toEqual([]);
});
