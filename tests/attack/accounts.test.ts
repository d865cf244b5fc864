/**
 * Attacks on how people sign in and come in: against a real server and five real signers over real HTTP, and against
 * real signers with a server that lies. Each is followed by the good case.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DfnsApiClient, DfnsAuthenticator } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { publicKeyHashOf } from '@quorate/authority';
import { confirmationOf, connect, fingerprintOfKey } from '@quorate/client';
import { challengeOf, confirmUser, CredentialId, deriveId, type Evidence, listRegistrations, loginChallengeOf, payloadHashOf, UserId } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, type Asked, newActor, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { clientOf, refusalOf, startTestNetwork, type TestNetwork } from '../support/network.ts';
import { attestationOf, authenticatorOf, newOwnKey, type OwnKey } from '../support/registering.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let named = 0;
const newName = (): string => `person-${named++}@example.org`;

describe('whoever can reach the server', () => {
  let dir: string;
  let net: TestNetwork;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'quorate-accounts-'));
    net = await startTestNetwork({ dir });
  });
  afterAll(async () => {
    await net[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  interface Answer {
    readonly status: number;
    // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it, the test says
    readonly body: any;
  }
  async function send(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    const response = await fetch(net.devnet.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
  const isRefused = (answer: Answer, status: number, code: string): void => expect(answer).toMatchObject({ status, body: { error: { code } } });
  const orgId = (): string => net.devnet.admin.orgId;

  interface Person extends OwnKey {
    readonly userId: string;
    readonly username: string;
  }
  async function newPerson(): Promise<Person> {
    const key = newOwnKey();
    const username = newName();
    const made = await net.admin.auth.createUser({ body: { email: username, kind: 'CustomerEmployee', publicKey: key.publicKey } });
    const { userId, credId } = made as typeof made & { credId: string };
    return { ...key, userId, credId, username };
  }
  async function invite(): Promise<{ readonly userId: UserId; readonly username: string; readonly code: string }> {
    const username = newName();
    const made = await net.admin.auth.createUser({ body: { email: username, kind: 'CustomerEmployee' } });
    return { userId: UserId.parse(made.userId), username, code: (made as typeof made & { registrationCode: string }).registrationCode };
  }
  const stockOf = ({ credId, privateKey }: OwnKey): DfnsAuthenticator =>
    new DfnsAuthenticator({ baseUrl: net.devnet.url, signer: new AsymmetricKeySigner({ credId, privateKey }) });
  const tokenOf = async (person: Person): Promise<string> => (await stockOf(person).login({ username: person.username, orgId: orgId() })).token;
  const beginLogin = (username: string): Promise<Answer> => send('POST', '/auth/login/init', { username, orgId: orgId() });
  const beginAction = (token: string): Promise<Answer> =>
    send('POST', '/auth/action/init', { userActionPayload: '{"kind":"Key"}', userActionHttpMethod: 'POST', userActionHttpPath: '/auth/credentials' }, token);
  /** What the stock signer makes of a challenge, for this credential. */
  const signed = async ({ credId, privateKey }: OwnKey, challenge: string) =>
    new AsymmetricKeySigner({ credId, privateKey }).sign({ challenge, allowCredentials: { key: [{ id: credId }] } } as never);
  const answer = async (key: OwnKey, { body: { challenge, challengeIdentifier } }: Answer, over: string = challenge) => ({
    challengeIdentifier,
    firstFactor: await signed(key, over),
  });
  const register = (begun: Answer, key = newOwnKey()): Promise<Answer> =>
    send('POST', '/auth/registration', { firstFactorCredential: attestationOf(key, begun.body.challenge) }, begun.body.temporaryAuthenticationToken);
  const beginRegistration = (username: string, registrationCode: string): Promise<Answer> =>
    send('POST', '/auth/registration/init', { orgId: orgId(), username, registrationCode });
  const administrator = () =>
    connect({
      baseUrl: net.devnet.url,
      authToken: net.devnet.admin.authToken,
      genesisHash: net.devnet.genesisHash,
      signer: new AsymmetricKeySigner(net.devnet.admin),
    });

  test('a thief of a login’s signature to have it count as a user action, or of an action’s as a login', async () => {
    const person = await newPerson();
    const token = await tokenOf(person);
    const body = { userActionPayload: '{"network":"KeyECDSA"}', userActionHttpMethod: 'POST', userActionHttpPath: '/wallets' };
    const begin = (): Promise<Answer> => send('POST', '/auth/action/init', body, token);
    const [login, action] = [await beginLogin(person.username), await begin()];
    isRefused(await send('POST', '/auth/action', await answer(person, action, login.body.challenge), token), 403, 'action/mismatch');
    isRefused(await send('POST', '/auth/action', await answer(person, login), token), 400, 'action/challenge-invalid');
    isRefused(await send('POST', '/auth/login', await answer(person, login, action.body.challenge)), 401, 'login/refused');
    isRefused(await send('POST', '/auth/login', await answer(person, action)), 400, 'action/challenge-invalid');
    expect((await send('POST', '/auth/login', await answer(person, login))).status).toBe(200);
    expect((await send('POST', '/auth/action', await answer(person, action), token)).status).toBe(200);
  });

  test('a user to sign in as another whose login challenge it answers with its own credential', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const begun = await beginLogin(other.username);
    isRefused(await send('POST', '/auth/login', await answer(person, begun)), 401, 'login/refused');
    isRefused(await send('POST', '/auth/login', await answer({ ...person, credId: other.credId }, begun)), 401, 'login/refused');
    expect((await send('POST', '/auth/login', await answer(other, begun))).status).toBe(200);
  });

  test('a stranger to learn who has an account', async () => {
    const person = await newPerson();
    const invited = await invite();
    const nobody = newName();
    for (const username of [person.username, invited.username, nobody]) {
      const [first, second] = [await beginLogin(username), await beginLogin(username)];
      expect(first.status).toBe(200);
      expect(first.body.allowCredentials).toEqual(second.body.allowCredentials);
      const offered = [...first.body.allowCredentials.key, ...first.body.allowCredentials.webauthn];
      expect(offered).toEqual([{ type: 'public-key', id: expect.stringMatching(/^[\w-]{40,}$/) }]);
      const key = { ...newOwnKey(), credId: offered[0].id };
      isRefused(await send('POST', '/auth/login', await answer(key, first)), 401, 'login/refused');
      isRefused(await beginRegistration(username, 'AAAA-AAAA-AAAA-AAAA'), 403, 'registration/code-invalid');
      isRefused(await send('PUT', '/auth/registration/code', { username, orgId: orgId() }), 401, 'auth/not-authorized');
    }
    expect(await tokenOf(person)).toBeTypeOf('string');
  });

  test('a holder of a logged-out token to go on reading, and a replayer of an answered login to get another, also after the server restarts', async () => {
    const person = await newPerson();
    const login = await answer(person, await beginLogin(person.username));
    const { token } = (await send('POST', '/auth/login', login)).body;
    expect((await send('GET', '/auth/credentials', undefined, token)).status).toBe(200);
    expect((await send('PUT', '/auth/logout', undefined, token)).body).toEqual({ message: 'success' });
    const bothRefused = async (): Promise<void> => {
      isRefused(await send('GET', '/auth/credentials', undefined, token), 401, 'auth/not-authorized');
      isRefused(await send('POST', '/auth/login', login), 400, 'action/used');
    };
    await bothRefused();
    await net[Symbol.asyncDispose]();
    net = await startTestNetwork({ dir });
    await bothRefused();
    expect((await send('GET', '/auth/credentials', undefined, await tokenOf(person))).status).toBe(200);
  });

  test('a thief of a registration code to register a second key with it', async () => {
    const { userId, username, code } = await invite();
    const [begun, thiefs] = [await beginRegistration(username, code), await beginRegistration(username, code)];
    expect((await register(begun)).status).toBe(200);
    for (const attempt of [thiefs, begun]) isRefused(await register(attempt), 403, 'registration/code-invalid');
    isRefused(await beginRegistration(username, code), 403, 'registration/code-invalid');
    expect((await administrator().call(listRegistrations, { params: { userId } })).items).toHaveLength(1);
  });

  test('a guesser of codes to register in another’s name', async () => {
    const { username, code } = await invite();
    const guesses = await Promise.all(Array.from({ length: 20 }, (_, i) => beginRegistration(username, `AAAA-AAAA-AAAA-${1000 + i}`)));
    for (const guess of guesses) isRefused(guess, 403, 'registration/code-invalid');
    isRefused(await beginRegistration(username, code), 403, 'registration/code-invalid');
    const renewed = await net.admin.auth.resendRegistrationCode({ body: { username, orgId: orgId() } });
    const { registrationCode } = renewed as typeof renewed & { registrationCode: string };
    expect((await register(await beginRegistration(username, registrationCode))).status).toBe(200);
  });

  test('a thief of a temporary token to read with it, to sign in, or to sign', async () => {
    const { username, code } = await invite();
    const begun = await beginRegistration(username, code);
    const token = begun.body.temporaryAuthenticationToken;
    isRefused(await send('GET', '/auth/credentials', undefined, token), 401, 'auth/not-authorized');
    isRefused(await send('PUT', '/auth/logout', undefined, token), 401, 'auth/not-authorized');
    isRefused(await beginAction(token), 401, 'auth/not-authorized');
    const key = newOwnKey();
    const asLogin = { challengeIdentifier: token, firstFactor: await signed(key, begun.body.challenge) };
    isRefused(await send('POST', '/auth/login', asLogin), 400, 'action/challenge-invalid');
    const asTemporary = (bearer: string) => send('POST', '/auth/registration', { firstFactorCredential: attestationOf(key, begun.body.challenge) }, bearer);
    isRefused(await asTemporary(net.devnet.admin.authToken), 401, 'auth/not-authorized');
    isRefused(await asTemporary((await beginLogin(username)).body.challengeIdentifier), 401, 'auth/not-authorized');
    expect((await asTemporary(token)).status).toBe(200);
  });

  test('whoever registered with a code to sign in or sign before an administrator has confirmed the key', async () => {
    const { userId, username, code } = await invite();
    const key = newOwnKey();
    const authenticator = authenticatorOf(net.devnet, key);
    await authenticator.register({ username, orgId: orgId(), registrationCode: code });
    isRefused(await send('POST', '/auth/login', await answer(key, await beginLogin(username))), 401, 'login/refused');
    // A bearer that whoever runs the server handed out lets nobody sign either.
    const client: DfnsApiClient = clientOf(net.devnet, { ...key, authToken: await net.devnet.server.issueToken(userId) });
    expect(await refusalOf(client.wallets.createWallet({ body: { network: 'KeyECDSA' } }))).toMatchObject({ code: 'action/credential-unknown' });
    const { items } = await administrator().call(listRegistrations, { params: { userId } });
    const [registration] = items;
    if (registration === undefined) throw new Error('nothing is registered');
    // A server that shows its own key is found out by what the user says of its own.
    const swapped = { ...registration, publicKey: newOwnKey().publicKey };
    expect(() => confirmationOf(swapped, fingerprintOfKey(key.publicKey))).toThrow(expect.objectContaining({ code: 'credential/fingerprint' }));
    await administrator().call(confirmUser, { params: { userId }, body: confirmationOf(registration, fingerprintOfKey(key.publicKey)) });
    expect(await refusalOf(client.wallets.createWallet({ body: { network: 'KeyECDSA' } }))).toMatchObject({ code: 'auth/forbidden' });
    expect((await authenticator.login({ username, orgId: orgId() })).token).toBeTypeOf('string');
  });
});

describe('a server that lies', () => {
  let net: SignersOnly;
  beforeAll(async () => {
    net = await startSigners();
  });
  afterAll(() => net[Symbol.asyncDispose]());

  const codes = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
    results.map((result) => (result.status === 'fulfilled' ? 'accepted' : (result.reason as { code?: string }).code));
  const all = (code: string): string[] => Array(5).fill(code);
  const offer = (evidence: Evidence) => net.callAll('act', { number: net.state().head.number + 1, evidence, acks: [] });
  const invited = async (): Promise<Actor> => {
    const record = await net.act(net.administrator, post('/auth/users', { email: newName(), kind: 'CustomerEmployee' }));
    return { ...newActor(), userId: deriveId('us', 0, challengeOf(record.evidence.statement)) };
  };
  const bodyOf = ({ credId, publicKey }: Actor) => ({
    credentialId: credId,
    credentialKind: 'Key',
    credentialName: 'laptop',
    publicKey,
    publicKeyHash: publicKeyHashOf(publicKey),
  });
  const confirm = (person: Actor, body: object = bodyOf(person)): Asked => post(`/auth/users/${person.userId}/confirm`, body);
  const wallet = post('/wallets', { network: 'KeyECDSA' });

  test('to confirm another key than the one that the administrator signed for', async () => {
    const person = await invited();
    const thief = newActor();
    const evidence = net.evidence(net.administrator, confirm(person));
    const payload = JSON.stringify(bodyOf(thief));
    expect(codes(await offer({ ...evidence, payload }))).toEqual(all('action/mismatch'));
    const rehashed = { ...evidence, payload, statement: { ...evidence.statement, payloadHash: payloadHashOf(payload) } };
    expect(codes(await offer(rehashed))).toEqual(all('action/mismatch'));
    const half = net.evidence(net.administrator, confirm(person, { ...bodyOf(person), publicKey: thief.publicKey }));
    expect(codes(await offer(half))).toEqual(all('credential/fingerprint'));
    const own = net.evidence({ ...thief, userId: net.administrator.userId, credId: net.administrator.credId }, confirm(person, bodyOf(thief)));
    expect(codes(await offer(own))).toEqual(all('action/signature-invalid'));
    await net.commit(evidence);
    expect(net.state().credentials.get(person.credId)).toMatchObject({ userId: person.userId, vouchedFor: true });
    expect(net.state().credentials.has(thief.credId)).toBe(false);
  });

  test('to use a registered credential at the signers that nobody has confirmed', async () => {
    const person = await invited();
    const permission = await net.act(net.administrator, post('/permissions', { name: newName(), operations: ['Auth:Users:Create', 'Permissions:Assign'] }));
    const permissionId = deriveId('pm', 0, challengeOf(permission.evidence.statement));
    await net.act(net.administrator, post(`/permissions/${permissionId}/assignments`, { identityId: person.userId }));
    const invitation = post('/auth/users', { email: newName(), kind: 'CustomerEmployee' });
    expect(codes(await offer(net.evidence(person, invitation)))).toEqual(all('action/credential-unknown'));
    expect(codes(await offer(net.evidence(person, confirm(person))))).toEqual(all('action/credential-unknown'));
    expect(codes(await net.callAll('keygen', { evidence: net.evidence(person, wallet), attempt: 1 }))).toEqual(all('action/credential-unknown'));
    await net.act(net.administrator, confirm(person));
    await net.act(person, invitation);
  });

  test('to pass a login’s signature off as a user action’s at the signers', async () => {
    const { administrator } = net;
    const signer = new AsymmetricKeySigner({
      credId: administrator.credId,
      privateKey: String(administrator.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    });
    const evidence = net.evidence(administrator, post('/permissions', { name: newName(), operations: ['Wallets:Read'] }));
    const { statement } = evidence;
    const challenge = loginChallengeOf({
      v: '1',
      genesisHash: net.genesisHash,
      orgId: net.genesis.orgId,
      username: 'admin',
      nonce: statement.nonce,
      issuedAt: statement.issuedAt,
      expiresAt: statement.expiresAt,
    });
    const allowed = { challenge, allowCredentials: { key: [{ type: 'public-key', id: administrator.credId }], webauthn: [] } };
    const { credentialAssertion } = (await signer.sign(allowed as never)) as { credentialAssertion: { clientData: string; signature: string } };
    const { clientData, signature } = credentialAssertion;
    expect(codes(await offer({ ...evidence, clientData, signature }))).toEqual(all('action/mismatch'));
    await net.commit(evidence);
  });

  test('to bring in a second key for a user that has one, or one for somebody it could not give to', async () => {
    const person = await invited();
    await net.act(net.administrator, confirm(person));
    const second = { ...newActor(), userId: person.userId };
    expect(codes(await offer(net.evidence(net.administrator, confirm(second))))).toEqual(all('user/registered'));
    const powerful = await invited();
    const fullAccess = deriveId('pm', 0, net.genesisHash);
    await net.act(net.administrator, post(`/permissions/${fullAccess}/assignments`, { identityId: powerful.userId }));
    const inviting = await net.act(net.administrator, post('/permissions', { name: newName(), operations: ['Auth:Users:Create'] }));
    const permissionId = deriveId('pm', 0, challengeOf(inviting.evidence.statement));
    await net.act(net.administrator, post(`/permissions/${permissionId}/assignments`, { identityId: person.userId }));
    expect(codes(await offer(net.evidence(person, confirm(powerful))))).toEqual(all('authority/exceeds-author'));
    await net.act(net.administrator, confirm(powerful));
    expect(net.state().users.get(powerful.userId)?.credId).toBe(CredentialId.parse(powerful.credId));
  });
});
