import type { DfnsApiClient } from '@dfns/sdk';
import { addressOf, networkOf } from '@quorate/chains';
import { hex, type KeyCertificateBody } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { certify, newKey, newNetwork, type TestKey } from './network.test-kit.ts';
import { verifyKey, verifyWallet } from './verify-wallet.ts';

const network = newNetwork();
const trust = { genesis: network.genesis, genesisHash: network.genesisHash };

function walletOf({ publicKey, certificate }: TestKey) {
  const { body } = certificate;
  const row = networkOf(body.network);
  return {
    id: body.walletId as string,
    network: body.network,
    address: row === null ? undefined : addressOf(row, hex.decode(publicKey)),
    signingKey: { id: body.keyId as string, scheme: body.scheme as string, curve: body.curve as string, publicKey },
    status: 'Active',
    keyCertificate: certificate,
  };
}
const keyOf = ({ publicKey, certificate: keyCertificate }: TestKey) => ({
  id: keyCertificate.body.keyId as string,
  scheme: 'ECDSA',
  curve: 'secp256k1',
  publicKey,
  keyCertificate,
});

test.each([
  ['Ethereum', /^0x[0-9a-fA-F]{40}$/],
  ['Bitcoin', /^bc1q[0-9a-z]{38}$/],
])('a wallet on %s: the address is derived here and is the server’s', async (name, shape) => {
  const key = newKey(network, { network: name });
  const verified = await verifyWallet(walletOf(key), trust);
  expect(verified).toMatchObject({ publicKey: key.publicKey, walletId: key.certificate.body.walletId, keyId: key.certificate.body.keyId, network: name });
  expect(verified.address).toMatch(shape);
});

test('a pseudo network has no address, and an invented one is refused', async () => {
  const wallet = walletOf(newKey(network, { network: 'KeyECDSA' }));
  await expect(verifyWallet({ ...wallet, address: '0x0000000000000000000000000000000000000001' }, trust)).rejects.toMatchObject({
    code: 'certificate/invalid',
    detail: { member: 'address' },
  });
  expect((await verifyWallet(wallet, trust)).address).toBeUndefined();
});

type Answered<Area extends 'wallets' | 'keys', Call extends keyof DfnsApiClient[Area]> = DfnsApiClient[Area][Call] extends (request: never) => Promise<infer R>
  ? R
  : never;

test('what the stock SDK answers with can be given as it is', () => {
  expect(verifyWallet satisfies (wallet: Answered<'wallets', 'createWallet'>, given: typeof trust) => unknown).toBeTypeOf('function');
  expect(verifyKey satisfies (key: Answered<'keys', 'createKey'>, given: typeof trust) => unknown).toBeTypeOf('function');
});

describe('what a server could answer instead', () => {
  const key = newKey(network);
  const wallet = walletOf(key);
  const other = newKey(network);
  const foreign = newNetwork();

  test.each([
    ['an address of its own', { ...wallet, address: walletOf(other).address }, 'address'],
    ['no address', { ...wallet, address: undefined }, 'address'],
    ['a key of its own', { ...wallet, signingKey: { ...wallet.signingKey, publicKey: other.publicKey } }, 'signingKey.publicKey'],
    ['another key’s id', { ...wallet, signingKey: { ...wallet.signingKey, id: other.certificate.body.keyId as string } }, 'signingKey.id'],
    ['another scheme', { ...wallet, signingKey: { ...wallet.signingKey, scheme: 'Schnorr' } }, 'signingKey.scheme'],
    ['another wallet’s id', { ...wallet, id: other.certificate.body.walletId as string }, 'id'],
    ['another network', { ...wallet, network: 'Bitcoin' }, 'network'],
    ['no certificate', { ...wallet, keyCertificate: undefined }, 'keyCertificate'],
  ])('%s', async (_, answered, member) => {
    await expect(verifyWallet(answered, trust)).rejects.toMatchObject({ code: 'certificate/invalid', detail: { member } });
    await expect(verifyWallet(wallet, trust)).resolves.toMatchObject({ publicKey: key.publicKey });
  });

  test.each<[string, (body: KeyCertificateBody) => unknown]>([
    ['a certificate that one signer did not sign', (body) => ({ body, signatures: certify(network, body).signatures.slice(1) })],
    [
      'one signer’s signature twice',
      (body) => ({ body, signatures: certify(network, body).signatures.map((signature, i, all) => (i === 0 ? all[1] : signature)) }),
    ],
    [
      'a certificate signed before it was changed',
      (body) => ({ body: { ...body, executionId: body.genesisHash }, signatures: certify(network, body).signatures }),
    ],
    ['a certificate of other signers', (body) => certify(foreign, { ...body, signers: foreign.signers.map(({ id }) => id), genesisHash: foreign.genesisHash })],
  ])('%s', async (_, forge) => {
    await expect(verifyWallet({ ...wallet, keyCertificate: forge(key.certificate.body) }, trust)).rejects.toMatchObject({ code: 'certificate/invalid' });
    await expect(verifyWallet(wallet, trust)).resolves.toMatchObject({ publicKey: key.publicKey });
  });

  test('another user’s wallet, or an older one, in place of the one just made', async () => {
    const { ownerId, challenge } = key.certificate.body;
    const exact = { ...trust, ownerId, challenge };
    await expect(verifyWallet(walletOf(newKey(network, { ownerId })), exact)).rejects.toMatchObject({ detail: { member: 'challenge' } });
    await expect(verifyWallet(wallet, { ...exact, ownerId: 'us-00000-00000-0000000000000000' })).rejects.toMatchObject({ detail: { member: 'ownerId' } });
    await expect(verifyWallet(wallet, exact)).resolves.toMatchObject({ ownerId });
  });

  test('another genesis', async () => {
    await expect(verifyWallet(wallet, { ...trust, genesis: foreign.genesis })).rejects.toMatchObject({ code: 'genesis/invalid' });
    await expect(verifyWallet(wallet, { genesis: foreign.genesis, genesisHash: foreign.genesisHash })).rejects.toMatchObject({ code: 'certificate/invalid' });
    await expect(verifyWallet(wallet, trust)).resolves.toMatchObject({ publicKey: key.publicKey });
  });
});

test('a key without a wallet is checked in the same way', async () => {
  const key = newKey(network, { walletId: '', network: '' });
  await expect(verifyKey({ ...keyOf(key), publicKey: newKey(network).publicKey }, trust)).rejects.toMatchObject({ code: 'certificate/invalid' });
  await expect(verifyWallet({ ...walletOf(key), network: 'Ethereum' }, trust)).rejects.toMatchObject({ detail: { member: 'id' } });
  expect(await verifyKey(keyOf(key), trust)).toMatchObject({ publicKey: key.publicKey, keyId: key.certificate.body.keyId });
});
