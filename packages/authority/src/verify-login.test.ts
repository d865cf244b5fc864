import { sign } from 'node:crypto';
import { type Assertion, challengeOf, deriveCredentialId, deriveId, type LoginStatement, loginChallengeOf, payloadHashOf } from '@quorate/wire';
import { beforeAll, describe, expect, test } from 'vitest';
import { type AuthorityState, loginCredentials, verifyEvidence, verifyLogin } from './index.ts';
import { act, type Actor, type Asked, evidenceOf, NOW, newActor, newKey, newOrganisation, post } from './organisation.test-kit.ts';

const org = newOrganisation();
const username = 'person@example.org';
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
let state = org.state;
let person: Actor;
const does = async (asked: Asked, actor = org.administrator): Promise<AuthorityState> => (await act(org, state, actor, asked)).state;
beforeAll(async () => {
  const key = newKey();
  const made = await act(org, state, org.administrator, post('/auth/users', { email: username, kind: 'CustomerEmployee', publicKey: key.publicKey }));
  const challenge = challengeOf(made.record.evidence.statement);
  state = made.state;
  person = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
});

const statementOf = (change: Partial<LoginStatement> = {}): LoginStatement => ({
  v: '1',
  genesisHash: org.state.genesisHash,
  orgId: org.genesis.orgId,
  username,
  nonce: payloadHashOf('nonce'),
  issuedAt: String(NOW),
  expiresAt: String(NOW + 300_000),
  ...change,
});
function assertionOf({ credId, privateKey }: Actor, challenge: string, type = 'key.get'): Assertion {
  const clientData = Buffer.from(JSON.stringify({ type, challenge }));
  return { credId, clientData: clientData.toString('base64url'), signature: sign(null, clientData, privateKey).toString('base64url') };
}
const statement = statementOf();
const login = (assertion: Assertion, of = statement, at = state) => verifyLogin(at, of, { kind: 'Key', ...assertion });
const good = () => login(assertionOf(person, loginChallengeOf(statement)));

describe('a login', () => {
  test('is by a person’s own credential over just this challenge', async () => {
    expect(await good()).toMatchObject({ user: { id: person.userId }, credential: { credId: person.credId } });
  });

  test.each<[string, () => ReturnType<typeof login>]>([
    ['of a name that nobody has', () => login(assertionOf(person, loginChallengeOf(statementOf({ username: 'nobody' }))), statementOf({ username: 'nobody' }))],
    ['by a key that is not the credential’s', () => login(assertionOf({ ...newActor(), credId: person.credId }, loginChallengeOf(statement)))],
    ['by another user’s credential', () => login(assertionOf(org.administrator, loginChallengeOf(statement)))],
    ['over another login’s challenge', () => login(assertionOf(person, loginChallengeOf(statementOf({ nonce: payloadHashOf('other') }))))],
    ['over another user’s challenge', () => login(assertionOf(person, loginChallengeOf(statementOf({ username: 'admin' }))))],
    ['of another form', () => login(assertionOf(person, loginChallengeOf(statement), 'key.create'))],
    [
      'of a service account',
      () => login(assertionOf(org.administrator, loginChallengeOf(statementOf({ username: 'admin' }))), statementOf({ username: 'admin' })),
    ],
  ])('%s is refused with the one code there is', async (_, attempt) => {
    await expect(attempt()).rejects.toEqual(refused('login/refused'));
    await good();
  });

  test('as a passkey says what is wrong with passkeys here, to anybody alike', async () => {
    for (const of of [statement, statementOf({ username: 'nobody' })])
      await expect(verifyLogin(state, of, { kind: 'Fido2', ...assertionOf(person, loginChallengeOf(of)) })).rejects.toEqual(refused('passkey/not-configured'));
    await good();
  });

  test('is not made of a user action, nor a user action of a login', async () => {
    const asked = post('/wallets', { network: 'KeyECDSA' });
    const evidence = evidenceOf(state, person, asked);
    await expect(login({ credId: person.credId, clientData: evidence.clientData, signature: evidence.signature })).rejects.toEqual(refused('login/refused'));
    const { clientData, signature } = assertionOf(person, loginChallengeOf(statement));
    await expect(verifyEvidence(state, { ...evidence, clientData, signature }, { now: NOW })).rejects.toEqual(refused('action/mismatch'));
    await expect(verifyEvidence(state, evidence, { now: NOW })).resolves.toBeDefined();
  });

  test('of a user who was stopped says so to its holder only, and of one who was archived is refused', async () => {
    const stopped = await does({ method: 'PUT', path: `/auth/users/${person.userId}/deactivate`, payload: '{}' });
    const assertion = assertionOf(person, loginChallengeOf(statement));
    await expect(login(assertion, statement, stopped)).rejects.toEqual(refused('auth/inactive'));
    await expect(login(assertionOf({ ...newActor(), credId: person.credId }, loginChallengeOf(statement)), statement, stopped)).rejects.toEqual(
      refused('login/refused'),
    );
    const archived = await does({ method: 'DELETE', path: `/auth/users/${person.userId}`, payload: '{}' });
    await expect(login(assertion, statement, archived)).rejects.toEqual(refused('login/refused'));
    expect(loginCredentials(archived, username)).toEqual([]);
    await good();
  });

  test('by a credential that was deactivated is refused', async () => {
    const credentialUuid = state.credentials.get(person.credId)?.uuid;
    const after = await does({ method: 'PUT', path: '/auth/credentials/deactivate', payload: JSON.stringify({ credentialUuid }) }, person);
    await expect(login(assertionOf(person, loginChallengeOf(statement)), statement, after)).rejects.toEqual(refused('login/refused'));
    expect(loginCredentials(state, username).map(({ credId }) => credId)).toEqual([person.credId]);
    await good();
  });
});
