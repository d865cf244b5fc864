/**
 * A person with a passkey, through the unmodified SDK, a real server and five real signers: registered beside a key, it
 * signs user actions, makes wallets, signs with them, exports them, and stands in the receipt.
 */
import { generateKeyPairSync } from 'node:crypto';
import { DfnsApiClient } from '@dfns/sdk';
import { createExportContext, guard, verifyReceipt } from '@quorate/client';
import type { ExportAnswer } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Authenticator,
  createAuthenticator,
  type Misbehaviour,
  type PasskeyAlgorithm,
  passkeySigner,
} from '../packages/authority/src/passkey.test-kit.ts';
import { type Account, clientOf, grant, OWNER, pkcs8, refusalOf, spki, startTestNetwork, type TestNetwork } from './support/network.ts';

let net: TestNetwork;
beforeAll(async () => {
  net = await startTestNetwork();
});
afterAll(() => net[Symbol.asyncDispose]());

let named = 0;
const hash = (): { kind: 'Hash'; hash: string } => ({ kind: 'Hash', hash: String(++named).padStart(64, '0') });

async function newPerson(): Promise<Account> {
  const pair = generateKeyPairSync('ed25519');
  const made = await net.admin.auth.createUser({ body: { email: `person-${++named}@example.org`, kind: 'CustomerEmployee', publicKey: spki(pair.publicKey) } });
  const { userId, credId } = made as typeof made & { credId: string };
  await grant(net.admin, userId, OWNER);
  const credentials = { authToken: await net.devnet.server.issueToken(userId), credId, privateKey: pkcs8(pair.privateKey) };
  return { ...credentials, userId, client: clientOf(net.devnet, credentials) };
}

const authenticatorOf = (person: Account, algorithm: PasskeyAlgorithm = 'ES256'): Authenticator => {
  const { rpId, origins } = net.devnet.genesis.passkeys;
  return createAuthenticator({ rpId, origin: origins[0] ?? '', algorithm, userId: person.userId });
};

async function register(person: Account, authenticator: Authenticator, wrong: Misbehaviour = {}) {
  const begun = await person.client.auth.createCredentialChallenge({ body: { kind: 'Fido2' } });
  if (begun.kind !== 'Fido2') throw new Error('another kind');
  const credentialInfo = authenticator.create(begun.challenge, wrong);
  const { challengeIdentifier } = begun;
  const body = { challengeIdentifier, credentialName: 'my passkey', credentialKind: 'Fido2' as const, credentialInfo };
  return { begun, made: await person.client.auth.createCredential({ body }) };
}

const withPasskey = ({ authToken }: Account, authenticator: Authenticator, wrong: Misbehaviour = {}): DfnsApiClient =>
  new DfnsApiClient({ baseUrl: net.devnet.url, orgId: net.devnet.admin.orgId, authToken, signer: passkeySigner(authenticator, wrong) });

test('a passkey is registered, signs guarded user actions, and its export’s receipt is verified offline', { timeout: 120_000 }, async () => {
  const person = await newPerson();
  const passkey = authenticatorOf(person);
  const { begun, made } = await register(person, passkey);
  const { rpId, origins, userVerification } = net.devnet.genesis.passkeys;
  expect(begun).toMatchObject({
    rp: { id: rpId },
    user: { id: person.userId },
    attestation: 'none',
    authenticatorSelection: { userVerification },
    pubKeyCredParams: [-7, -257, -8].map((alg) => ({ type: 'public-key', alg })),
    excludeCredentials: [],
  });
  expect(made).toMatchObject({ kind: 'Fido2', credentialId: passkey.credId, relyingPartyId: rpId, origin: origins[0], isActive: true });
  expect((await person.client.auth.listCredentials()).items.map(({ kind, relyingPartyId }) => [kind, relyingPartyId])).toEqual([
    ['Key', ''],
    ['Fido2', rpId],
  ]);

  const client = guard(withPasskey(person, passkey), {
    orgId: net.devnet.admin.orgId,
    userId: person.userId,
    tokenId: '',
    genesisHash: net.devnet.genesisHash,
  });
  const wallet = await client.wallets.createWallet({ body: { network: 'Ethereum' } });
  expect((await client.wallets.generateSignature({ walletId: wallet.id, body: hash() })).status).toBe('Signed');

  const context = createExportContext();
  const answer = (await client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })) as unknown as ExportAnswer;
  expect(answer.requests?.[0]).toMatchObject({ kind: 'Fido2', credId: passkey.credId, authenticatorData: expect.any(String) });
  const response = await fetch(new URL(`/wallets/${wallet.id}/export/receipt?full=true`, net.devnet.url), {
    headers: { authorization: `Bearer ${person.authToken}` },
  });
  const text = await response.text();
  expect(await verifyReceipt(text, net.devnet.genesisHash)).toMatchObject({ credId: passkey.credId, userId: person.userId, authority: 'acts' });
  // A byte of what the authenticator said is a byte of the receipt.
  const { evidence } = JSON.parse(text) as { evidence: { authenticatorData: string } };
  const forged = text.replace(evidence.authenticatorData, `${evidence.authenticatorData[0] === 'A' ? 'B' : 'A'}${evidence.authenticatorData.slice(1)}`);
  await expect(verifyReceipt(forged, net.devnet.genesisHash)).rejects.toMatchObject({ code: 'receipt/chain' });
});

test('passkeys of all three algorithms sign, and one that is stopped does not', { timeout: 120_000 }, async () => {
  const person = await newPerson();
  for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
    const passkey = authenticatorOf(person, algorithm);
    const { begun, made } = await register(person, passkey);
    expect(begun.excludeCredentials).toHaveLength(['ES256', 'RS256', 'EdDSA'].indexOf(algorithm));
    const client = withPasskey(person, passkey);
    expect((await client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).status).toBe('Active');
    await client.auth.deactivateCredential({ body: { credentialUuid: made.credentialUuid } });
    await expect(client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).rejects.toThrow('not asked for');
  }
});

test('what a passkey is refused for is said with its code, and the good one passes after each', { timeout: 120_000 }, async () => {
  const person = await newPerson();
  const passkey = authenticatorOf(person);
  const create = (client: DfnsApiClient) => client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
  const refused = async (wrong: Misbehaviour, status: number, code: string): Promise<void> =>
    expect(await refusalOf(create(withPasskey(person, passkey, wrong)))).toMatchObject({ status, code });

  expect(await refusalOf(register(person, passkey, { origin: 'https://evil.example' }))).toMatchObject({ status: 403, code: 'passkey/origin' });
  expect(await refusalOf(register(person, passkey, { challenge: 'b3RoZXI' }))).toMatchObject({ status: 400, code: 'action/challenge-invalid' });
  expect(await refusalOf(register(person, passkey, { type: 'webauthn.get' }))).toMatchObject({ status: 400, code: 'credential/attestation' });
  await register(person, passkey);
  await refused({ origin: 'https://evil.example' }, 403, 'passkey/origin');
  await refused({ rpId: 'evil.example' }, 403, 'passkey/relying-party');
  await refused({ flags: 0x01 }, 403, 'passkey/user-verification');
  await refused({ trailing: new Uint8Array(1) }, 400, 'passkey/authenticator-data');
  await refused({ userHandle: 'us-somebody-else' }, 403, 'action/mismatch');
  expect((await create(withPasskey(person, passkey))).status).toBe('Active');
  // A counter that goes back is the auditor's business.
  expect((await create(withPasskey(person, passkey, { counter: 1 }))).status).toBe('Active');
});
