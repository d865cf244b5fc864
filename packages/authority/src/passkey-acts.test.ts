import { generateKeyPairSync } from 'node:crypto';
import { type ActRecord, b64url, challengeOf, type Genesis } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { applyRecord, applyRecords, type AuthorityState, counterOf, genesisState, verifyEvidence } from './index.ts';
import { acksOf, type Asked, evidenceOf, newActor, newOrganisation, NOW, post } from './organisation.test-kit.ts';
import { type Authenticator, createAuthenticator, type Misbehaviour, signedByPasskey } from './passkey.test-kit.ts';

const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const plain = newOrganisation();
const founder = newActor();
const passkey = createAuthenticator();
const founded = (change: Partial<Genesis> = {}, publicKey = passkey.publicKey): Genesis => ({
  ...plain.genesis,
  passkeys: { rpId: 'localhost', origins: ['http://localhost'], userVerification: 'required' },
  administrators: [{ userId: founder.userId, username: 'founder', isServiceAccount: false, credId: passkey.credId, publicKey, credentialKind: 'Fido2' }],
  ...change,
});
const org = { ...plain, genesis: founded(), state: genesisState(founded()) };

const byPasskey = (state: AuthorityState, authenticator: Authenticator, asked: Asked, wrong: Misbehaviour = {}) =>
  signedByPasskey(evidenceOf(state, founder, asked), authenticator, wrong);
const recordOf = (state: AuthorityState, authenticator: Authenticator, asked: Asked): ActRecord => {
  const evidence = byPasskey(state, authenticator, asked);
  return { number: state.head.number + 1, evidence, acks: acksOf(org, state, evidence) };
};
const permission = (name: string): Asked => post('/permissions', { name, operations: ['Wallets:Read'] });
const adding = (authenticator: Authenticator): Asked =>
  post('/auth/credentials', {
    challengeIdentifier: 'x',
    credentialName: 'second',
    credentialKind: 'Fido2',
    credentialInfo: authenticator.create('from the server'),
  });

describe('an administrator whose credential is a passkey', () => {
  test('acts, adds another passkey that acts in its turn, and all of it replays in one page as one by one', async () => {
    const second = createAuthenticator({ algorithm: 'EdDSA' });
    const records: ActRecord[] = [];
    let state = org.state;
    const apply = async (authenticator: Authenticator, asked: Asked): Promise<void> => {
      const record = recordOf(state, authenticator, asked);
      records.push(record);
      state = await applyRecord(state, record);
    };
    await apply(passkey, permission('one'));
    await apply(passkey, adding(second));
    await apply(second, permission('two'));
    await apply(passkey, permission('three'));
    expect(state.credentials.get(second.credId)).toMatchObject({ kind: 'Fido2', vouchedFor: true, origin: 'http://localhost', publicKey: second.publicKey });

    const replayed = await applyRecords(org.state, records);
    expect(replayed.fault).toBeNull();
    expect(replayed.state.head).toEqual(state.head);
    // The signature that was asked for ahead is over what the authenticator said, too.
    const third = records[2] as ActRecord;
    const data = b64url.decode(third.evidence.authenticatorData ?? '');
    data[36] = (data[36] ?? 0) ^ 1;
    const evidence = { ...third.evidence, authenticatorData: b64url.encode(data) };
    const upToThird = (await applyRecords(org.state, records.slice(0, 2))).state;
    const forged = { ...third, evidence, acks: acksOf(org, upToThird, evidence) };
    expect((await applyRecords(org.state, [...records.slice(0, 2), forged])).fault).toEqual(refused('action/signature-invalid'));
    expect((await applyRecords(upToThird, [forged])).fault).toEqual(refused('action/signature-invalid'));
    expect((await applyRecords(upToThird, records.slice(2))).fault).toBeNull();
  });

  test('is not replaced by a key credential with the same name and key, nor by another user’s passkey', async () => {
    const evidence = byPasskey(org.state, passkey, permission('one'));
    const verify = (given: typeof evidence) => verifyEvidence(org.state, given, { now: NOW });
    await expect(verify({ ...evidence, kind: 'Key' })).rejects.toEqual(refused('action/credential-unknown'));
    await expect(verify(byPasskey(org.state, createAuthenticator(), permission('one')))).rejects.toEqual(refused('action/credential-unknown'));
    const other = { ...createAuthenticator(), credId: passkey.credId };
    await expect(verify({ ...signedByPasskey(evidence, other), credId: passkey.credId })).rejects.toEqual(refused('action/signature-invalid'));
    await expect(verify(byPasskey(org.state, passkey, permission('one'), { origin: 'https://evil.example' }))).rejects.toEqual(refused('passkey/origin'));
    await expect(verify(evidence)).resolves.toMatchObject({ challenge: challengeOf(evidence.statement), user: { name: 'founder' } });
    expect(counterOf(evidence)).toBeGreaterThan(0);
    expect(counterOf(evidenceOf(plain.state, plain.administrator, permission('one')))).toBeNull();
  });
});

test('a genesis whose administrator has a passkey of an algorithm that no passkey signs with is refused', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  expect(() => genesisState(founded({}, publicKey.export({ type: 'spki', format: 'pem' }).toString()))).toThrow(refused('genesis/invalid'));
  expect(() => genesisState(founded({ passkeys: { rpId: '', origins: [], userVerification: 'required' } }))).toThrow(refused('genesis/invalid'));
  expect(genesisState(founded()).credentials.get(passkey.credId)?.kind).toBe('Fido2');
});

test('a passkey is refused where the genesis has no rules for passkeys, whoever adds it', async () => {
  const { state, administrator } = plain;
  await expect(verifyEvidence(state, evidenceOf(state, administrator, adding(createAuthenticator())), { now: NOW })).rejects.toEqual(
    refused('passkey/not-configured'),
  );
  const usable = genesisState(founded({ administrators: [...plain.genesis.administrators.map((one) => ({ ...one, isServiceAccount: false }))] }));
  await expect(verifyEvidence(usable, evidenceOf(usable, administrator, adding(createAuthenticator())), { now: NOW })).resolves.toBeDefined();
});
