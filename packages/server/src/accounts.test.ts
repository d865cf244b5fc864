/** Login, logout and registration at the server, with signers that are simple but honest. */
import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialId } from '@quorate/wire';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, type Answer, assertion, newKey, request, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';
import { MAX_ATTEMPTS } from './registration-codes.ts';

const DAY_MS = 86_400_000;
/** Everything here comes from one address; the limits have tests of their own. */
const many = { points: 1_000, seconds: 60 };
let network: TestNetwork;
let dir: string;
let ahead = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-accounts-'));
  network = await startNetwork({ dir, now: () => Date.now() + ahead, limits: { entry: many, guesses: many } });
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

let names = 0;
const call = (method: string, path: string, body: unknown = {}, by: Account = network.admin) => signedCall(network.server.url, by, method, path, body);
const read = (path: string, token: string) => request(network.server.url, 'GET', path, { token });
const post = (path: string, body: unknown, token?: string) =>
  request(network.server.url, 'POST', path, { body: JSON.stringify(body), ...(token === undefined ? {} : { token }) });
const put = (path: string, body: unknown, token?: string) =>
  request(network.server.url, 'PUT', path, { ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(token === undefined ? {} : { token }) });
const isRefused = (answer: Answer, status: number, code: string) => expect(answer).toMatchObject({ status, body: { error: { code } } });
const orgId = () => network.genesis.orgId;

interface Person extends Omit<Account, 'token'> {
  readonly username: string;
}
async function newPerson(): Promise<Person> {
  const { pem, privateKey } = newKey();
  const username = `person-${names++}@example.org`;
  const { body } = await call('POST', '/auth/users', { email: username, kind: 'CustomerEmployee', publicKey: pem });
  return { userId: body.userId, credId: body.credId, privateKey, username };
}
const begin = (username: string) => post('/auth/login/init', { username, orgId: orgId() });
const answerOf = (person: Person, begun: Answer) => assertion({ ...person, token: '' }, begun.body);
const login = async (person: Person): Promise<Answer> => post('/auth/login', answerOf(person, await begin(person.username)));
const tokenOf = async (person: Person): Promise<string> => (await login(person)).body.token;

async function invite(): Promise<{ readonly userId: string; readonly username: string; readonly code: string }> {
  const username = `invited-${names++}@example.org`;
  const { body } = await call('POST', '/auth/users', { email: username, kind: 'CustomerEmployee' });
  return { userId: body.userId, username, code: body.registrationCode };
}
const initRegistration = (username: string, registrationCode: string) => post('/auth/registration/init', { orgId: orgId(), username, registrationCode });
function attested(key: { readonly pem: string; readonly privateKey: KeyObject }, challenge: string, credId = randomBytes(32).toString('base64url')) {
  const clientData = Buffer.from(JSON.stringify({ type: 'key.create', challenge }));
  const signed = JSON.stringify({ clientDataHash: createHash('sha256').update(clientData).digest('hex'), publicKey: key.pem });
  const attestation = { publicKey: key.pem, signature: sign(null, Buffer.from(signed), key.privateKey).toString('hex') };
  const credentialInfo = {
    credId,
    clientData: clientData.toString('base64url'),
    attestationData: Buffer.from(JSON.stringify(attestation)).toString('base64url'),
  };
  return { firstFactorCredential: { credentialKind: 'Key', credentialInfo } };
}
const register = async (begun: Answer, key = newKey()) =>
  post('/auth/registration', attested(key, begun.body.challenge), begun.body.temporaryAuthenticationToken);

describe('a login', () => {
  test('gives a bearer for an hour with a session of its own, that reads what its user may read', async () => {
    const person = await newPerson();
    const { status, body } = await login(person);
    expect(status).toBe(200);
    const { exp = 0, iat = 0, jti, ...claims } = decodeJwt(body.token);
    expect(exp - iat).toBe(3_600);
    expect(claims).toMatchObject({
      sub: orgId(),
      'https://custom/username': person.username,
      'https://custom/app_metadata': { orgId: orgId(), userId: person.userId, tokenKind: 'Token' },
    });
    expect(decodeJwt(await tokenOf(person)).jti).not.toBe(jti);
    expect((await read('/auth/credentials', body.token)).body.items).toHaveLength(1);
    isRefused(await read('/wallets', body.token), 403, 'auth/forbidden');
    ahead = 3_601_000;
    isRefused(await read('/auth/credentials', body.token), 401, 'auth/not-authorized');
    ahead = 0;
  });

  test('is asked for in the same way whether there is such a user or not, and the answer for nobody stays the same', async () => {
    const person = await newPerson();
    const invited = await invite();
    const shapeOf = ({ status, body }: Answer) => ({
      status,
      members: Object.keys(body).sort(),
      ids: body.allowCredentials.key.map(({ id }: { id: string }) => id.length),
      claims: Object.keys(decodeJwt(body.challengeIdentifier)).sort(),
    });
    const known = await begin(person.username);
    for (const username of ['nobody@example.org', invited.username, network.genesis.administrators[0]?.username ?? '']) {
      const begun = await begin(username);
      expect(shapeOf(begun)).toEqual(shapeOf(known));
      expect((await begin(username)).body.allowCredentials).toEqual(begun.body.allowCredentials);
      isRefused(await post('/auth/login', answerOf({ ...person, credId: begun.body.allowCredentials.key[0].id }, begun)), 401, 'login/refused');
    }
    isRefused(await post('/auth/login', answerOf({ ...person, privateKey: newKey().privateKey }, known)), 401, 'login/refused');
    expect((await login(person)).status).toBe(200);
  });

  test('of another organisation, without a name, or with a code, is refused before anything is signed', async () => {
    isRefused(await post('/auth/login/init', { username: 'a', orgId: orgId().replace(/.$/, (last) => (last === '0' ? '1' : '0')) }), 403, 'authority/foreign');
    isRefused(await post('/auth/login/init', { orgId: orgId() }), 400, 'request/unsupported');
    isRefused(await post('/auth/login/init', { username: 'a', orgId: orgId(), loginCode: '1' }), 400, 'request/unsupported');
    isRefused(await post('/auth/login/init', { username: 'a'.repeat(257), orgId: orgId() }), 400, 'request/invalid');
    expect((await begin('a')).status).toBe(200);
  });

  test('counts once, for five minutes', async () => {
    const person = await newPerson();
    const answer = answerOf(person, await begin(person.username));
    const statuses = (await Promise.all([1, 2, 3].map(() => post('/auth/login', answer)))).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 400, 400]);
    isRefused(await post('/auth/login', answer), 400, 'action/used');
    const late = answerOf(person, await begin(person.username));
    ahead = 331_000;
    isRefused(await post('/auth/login', late), 403, 'action/expired');
    ahead = 0;
    expect((await post('/auth/login', late)).status).toBe(200);
  });

  test('answered before the server restarts is not answered again after it, and its bearer still counts', async () => {
    const person = await newPerson();
    const answer = answerOf(person, await begin(person.username));
    const { token } = (await post('/auth/login', answer)).body;
    await network.restart();
    isRefused(await post('/auth/login', answer), 400, 'action/used');
    expect((await read('/auth/credentials', token)).status).toBe(200);
  });

  test('ends with the user, and with the credential it was made with, at once', async () => {
    const person = await newPerson();
    const token = await tokenOf(person);
    await call('PUT', `/auth/users/${person.userId}/deactivate`);
    isRefused(await read('/auth/credentials', token), 400, 'auth/inactive');
    isRefused(await login(person), 400, 'auth/inactive');
    await call('PUT', `/auth/users/${person.userId}/activate`);
    expect((await read('/auth/credentials', token)).status).toBe(200);
    const [{ credentialUuid }] = (await read('/auth/credentials', token)).body.items;
    await call('PUT', '/auth/credentials/deactivate', { credentialUuid }, { ...person, token });
    isRefused(await read('/auth/credentials', token), 401, 'auth/not-authorized');
    isRefused(await login(person), 401, 'login/refused');
    const other = await newPerson();
    const otherToken = await tokenOf(other);
    expect((await read('/auth/credentials', otherToken)).status).toBe(200);
    await call('DELETE', `/auth/users/${other.userId}`);
    isRefused(await read('/auth/credentials', otherToken), 401, 'auth/not-authorized');
    isRefused(await login(other), 401, 'login/refused');
  });
});

describe('a logout', () => {
  test('ends its bearer for good, and with allSessions all of its user’s', async () => {
    const person = await newPerson();
    const [one, two, three] = [await tokenOf(person), await tokenOf(person), await network.server.issueToken(person.userId)];
    expect((await put('/auth/logout', undefined, one)).body).toEqual({ message: 'success' });
    isRefused(await read('/auth/credentials', one), 401, 'auth/not-authorized');
    isRefused(await put('/auth/logout', undefined, one), 401, 'auth/not-authorized');
    await network.restart();
    isRefused(await read('/auth/credentials', one), 401, 'auth/not-authorized');
    for (const token of [two, three]) expect((await read('/auth/credentials', token)).status).toBe(200);
    const bystander = await tokenOf(await newPerson());
    expect((await put('/auth/logout', { allSessions: true }, two)).body).toEqual({ message: 'success' });
    for (const token of [two, three]) isRefused(await read('/auth/credentials', token), 401, 'auth/not-authorized');
    expect((await read('/auth/credentials', bystander)).status).toBe(200);
    expect((await read('/auth/credentials', await tokenOf(person))).status).toBe(200);
  });

  test('is not for service accounts and personal access tokens', async () => {
    isRefused(await put('/auth/logout', {}, network.admin.token), 403, 'auth/caller-kind');
    expect((await read('/wallets', network.admin.token)).status).toBe(200);
  });
});

describe('a registration', () => {
  test('begins with the code of the user, ends unconfirmed, and is listed with its fingerprint', async () => {
    const { userId, username, code } = await invite();
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect((await read(`/auth/users/${userId}`, network.admin.token)).body).toMatchObject({ isRegistered: false, credentialUuid: '' });
    expect((await read(`/auth/users/${userId}`, network.admin.token)).body).not.toHaveProperty('registrationCode');
    const begun = await initRegistration(username, code.toLowerCase().replaceAll('-', ''));
    expect(begun.body).toMatchObject({ user: { id: userId, name: username }, excludeCredentials: [], supportedCredentialKinds: { firstFactor: ['Key'] } });
    expect(decodeJwt(begun.body.temporaryAuthenticationToken)['https://custom/app_metadata']).toEqual({ orgId: orgId(), userId, tokenKind: 'Temp' });
    const key = newKey();
    const { body } = await register(begun, key);
    expect(body).toMatchObject({
      credential: { kind: 'Key', credentialKind: 'Key', name: 'Default Credential' },
      user: { id: userId, username, orgId: orgId() },
    });
    const { items } = (await read(`/auth/users/${userId}/registrations`, network.admin.token)).body;
    expect(items).toEqual([expect.objectContaining({ publicKey: key.pem, credentialUuid: body.credential.uuid, fingerprint: body.credential.fingerprint })]);
    const { credentialId, credentialKind, credentialName, publicKey, publicKeyHash } = items[0];
    const person = { userId, username, credId: credentialId as CredentialId, privateKey: key.privateKey };
    isRefused(await login(person), 401, 'login/refused');
    const confirmed = await call('POST', `/auth/users/${userId}/confirm`, { credentialId, credentialKind, credentialName, publicKey, publicKeyHash });
    expect(confirmed.body).toMatchObject({ isRegistered: true, credId: credentialId, credentialUuid: body.credential.uuid });
    expect((await read(`/auth/users/${userId}/registrations`, network.admin.token)).body.items).toEqual([]);
    expect((await login(person)).status).toBe(200);
    isRefused(await initRegistration(username, code), 403, 'registration/code-invalid');
  });

  test('takes a code once, also when two come at the same moment, and nothing that was begun with it goes on', async () => {
    const { userId, username, code } = await invite();
    const [one, two] = [await initRegistration(username, code), await initRegistration(username, code)];
    const statuses = (await Promise.all([register(one), register(two), register(one)])).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 403, 403]);
    isRefused(await initRegistration(username, code), 403, 'registration/code-invalid');
    expect((await read(`/auth/users/${userId}/registrations`, network.admin.token)).body.items).toHaveLength(1);
  });

  test('with a new code voids the older one, and what was begun with it', async () => {
    const { username, code } = await invite();
    const begun = await initRegistration(username, code);
    const renew = (token?: string) => put('/auth/registration/code', { username, orgId: orgId() }, token);
    isRefused(await renew(), 401, 'auth/not-authorized');
    isRefused(await renew(await tokenOf(await newPerson())), 403, 'auth/forbidden');
    const renewed = await renew(network.admin.token);
    expect(renewed.body).toMatchObject({ message: 'success', registrationCode: expect.not.stringMatching(code) });
    isRefused(await register(begun), 403, 'registration/code-invalid');
    isRefused(await initRegistration(username, code), 403, 'registration/code-invalid');
    expect((await register(await initRegistration(username, renewed.body.registrationCode))).status).toBe(200);
    isRefused(await put('/auth/registration/code', { username: 'nobody', orgId: orgId() }, network.admin.token), 404, 'user/unknown');
    const { username: registered } = await newPerson();
    isRefused(await put('/auth/registration/code', { username: registered, orgId: orgId() }, network.admin.token), 409, 'user/registered');
  });

  test('is refused with one word for a wrong code, a wrong user, a registered, stopped or archived one', async () => {
    const { userId, username, code } = await invite();
    isRefused(await initRegistration(username, (await invite()).code), 403, 'registration/code-invalid');
    isRefused(await initRegistration('nobody@example.org', code), 403, 'registration/code-invalid');
    isRefused(await initRegistration((await newPerson()).username, code), 403, 'registration/code-invalid');
    const begun = await initRegistration(username, code);
    await call('PUT', `/auth/users/${userId}/deactivate`);
    isRefused(await initRegistration(username, code), 403, 'registration/code-invalid');
    isRefused(await register(begun), 403, 'registration/code-invalid');
    await call('PUT', `/auth/users/${userId}/activate`);
    expect((await register(begun)).status).toBe(200);
  });

  test('is refused when its code was guessed at too often, and takes a week’s time to expire', async () => {
    const { username, code } = await invite();
    for (let i = 0; i < MAX_ATTEMPTS - 1; i++) isRefused(await initRegistration(username, 'wrong'), 403, 'registration/code-invalid');
    expect((await initRegistration(username, code)).status).toBe(200);
    isRefused(await initRegistration(username, 'wrong'), 403, 'registration/code-invalid');
    isRefused(await initRegistration(username, code), 403, 'registration/code-invalid');
    const other = await invite();
    ahead = 7 * DAY_MS + 1_000;
    isRefused(await initRegistration(other.username, other.code), 400, 'registration/code-expired');
    ahead = 0;
    expect((await initRegistration(other.username, other.code)).status).toBe(200);
  });

  test('of another challenge, kind or factor, of a key in use, or without its token, is refused', async () => {
    const { username, code } = await invite();
    const begun = await initRegistration(username, code);
    const { challenge, temporaryAuthenticationToken: token } = begun.body;
    const good = attested(newKey(), challenge);
    isRefused(await post('/auth/registration', good), 401, 'auth/not-authorized');
    isRefused(await post('/auth/registration', good, network.admin.token), 401, 'auth/not-authorized');
    isRefused(await post('/auth/registration', attested(newKey(), `${challenge.slice(0, -1)}_`), token), 400, 'action/challenge-invalid');
    isRefused(await post('/auth/registration', { ...good, secondFactorCredential: {} }, token), 400, 'request/unsupported');
    isRefused(await post('/auth/registration', { ...good, recoveryCredential: {} }, token), 400, 'request/unsupported');
    const password = { firstFactorCredential: { ...good.firstFactorCredential, credentialKind: 'PasswordProtectedKey' } };
    isRefused(await post('/auth/registration', password, token), 400, 'request/unsupported');
    isRefused(await post('/auth/registration', attested(newKey(), challenge, network.admin.credId), token), 409, 'credential/duplicate');
    const passkey = { firstFactorCredential: { ...good.firstFactorCredential, credentialKind: 'Fido2' } };
    isRefused(await post('/auth/registration', passkey, token), 400, 'passkey/not-configured');
    ahead = 331_000;
    isRefused(await post('/auth/registration', good, token), 401, 'auth/not-authorized');
    ahead = 0;
    expect((await post('/auth/registration', good, token)).status).toBe(200);
  });
});

describe('what is not offered', () => {
  test.each([
    ['POST', '/auth/login/code'],
    ['POST', '/auth/login/delegated'],
    ['POST', '/auth/login/social'],
    ['POST', '/auth/login/sso'],
    ['POST', '/auth/login/sso/init'],
    ['POST', '/auth/registration/delegated'],
    ['POST', '/auth/registration/enduser'],
    ['POST', '/auth/registration/social'],
    ['POST', '/auth/recover/user'],
    ['POST', '/auth/recover/user/code'],
    ['POST', '/auth/recover/user/init'],
    ['POST', '/auth/recover/user/delegated'],
  ])('%s %s is refused in JSON', async (method, path) => {
    isRefused(await request(network.server.url, method, path, { token: network.admin.token, body: '{}' }), 404, 'request/unknown-route');
  });

  test('applications are none, and signing in elsewhere is refused', async () => {
    expect((await read('/auth/apps', network.admin.token)).body).toEqual({ items: [] });
    isRefused(await read('/auth/apps/ap-1', network.admin.token), 404, 'application/unknown');
    const { userId } = await newPerson();
    isRefused(await call('PUT', `/auth/users/${userId}`, { isSSORequired: true }), 400, 'request/unsupported');
    expect((await call('PUT', `/auth/users/${userId}`, { isSSORequired: false })).body).toMatchObject({ userId, isSSORequired: false });
  });
});
