import { createHash, type KeyObject, sign } from 'node:crypto';
import type { CredentialId } from '@quorate/wire';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, type Answer, newKey, request, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
let ahead = 0;
beforeAll(async () => {
  network = await startNetwork({ now: () => Date.now() + ahead });
  url = network.server.url;
});
afterAll(() => network[Symbol.asyncDispose]());

let names = 0;
const call = (method: string, path: string, body: unknown = {}, by: Account = network.admin) => signedCall(url, by, method, path, body);
const read = (path: string, { token }: Account = network.admin) => request(url, 'GET', path, { token });
const isRefused = (answer: Answer, status: number, code: string) => expect(answer).toMatchObject({ status, body: { error: { code } } });

async function permissionOf(operations: readonly string[]): Promise<string> {
  return (await call('POST', '/permissions', { name: `permission ${names++}`, operations })).body.id;
}
async function give(identityId: string, operations: readonly string[]): Promise<{ permissionId: string; assignmentId: string }> {
  const permissionId = await permissionOf(operations);
  return { permissionId, assignmentId: (await call('POST', `/permissions/${permissionId}/assignments`, { identityId })).body.id };
}
async function newUser(operations: readonly string[] = []): Promise<Account> {
  const { pem, privateKey } = newKey();
  const { body } = await call('POST', '/auth/users', { email: `user-${names++}@example.org`, kind: 'CustomerEmployee', publicKey: pem });
  if (operations.length > 0) await give(body.userId, operations);
  return { userId: body.userId, credId: body.credId, privateKey, token: await network.server.issueToken(body.userId) };
}
async function newServiceAccount(operations: readonly string[] = []): Promise<Account> {
  const { pem, privateKey } = newKey();
  const { body } = await call('POST', '/auth/service-accounts', { name: `account ${names++}`, publicKey: pem });
  if (operations.length > 0) await give(body.userInfo.userId, operations);
  const [token] = body.accessTokens;
  return { userId: body.userInfo.userId, credId: token.credId, privateKey, token: token.accessToken };
}
async function newPersonalAccessToken(of: Account, body: object = {}): Promise<Account & { readonly tokenId: string }> {
  const { pem, privateKey } = newKey();
  const made = (await call('POST', '/auth/pats', { name: `token ${names++}`, publicKey: pem, ...body }, of)).body;
  return { userId: of.userId, credId: made.credId, privateKey, token: made.accessToken, tokenId: made.tokenId };
}

describe('a bearer', () => {
  test('of a service account stops reading when that is deactivated, reads when it is activated, and is none once it is archived', async () => {
    const account = await newServiceAccount(['Wallets:Read']);
    const path = `/auth/service-accounts/${account.userId}`;
    expect((await read('/wallets', account)).status).toBe(200);
    expect((await call('PUT', `${path}/deactivate`)).body).toMatchObject({ userInfo: { isActive: false }, accessTokens: [{ isActive: false }] });
    isRefused(await read('/wallets', account), 400, 'auth/inactive');
    isRefused(await call('POST', '/wallets', { network: 'KeyECDSA' }, account), 400, 'auth/inactive');
    await call('PUT', `${path}/activate`);
    expect((await read('/wallets', account)).status).toBe(200);
    expect((await call('DELETE', `${path}?force=true`)).body.certified.signers).toBe(5);
    isRefused(await read('/wallets', account), 401, 'auth/not-authorized');
    isRefused(await read(path), 404, 'service-account/unknown');
    expect((await read('/auth/service-accounts')).body.items.map((item: { userInfo: { userId: string } }) => item.userInfo.userId)).not.toContain(
      account.userId,
    );
  });

  test('that is a personal access token reads what both hold, and stops with either', async () => {
    const user = await newUser(['Auth:Pats:Create', 'Wallets:Read']);
    const token = await newPersonalAccessToken(user);
    expect(decodeJwt(token.token)).toMatchObject({ 'https://custom/app_metadata': { tokenKind: 'Pat', tokenId: token.tokenId, userId: user.userId } });
    isRefused(await read('/wallets', token), 403, 'auth/forbidden');
    await give(token.tokenId, ['Wallets:Read', 'Keys:Read']);
    expect((await read('/wallets', token)).status).toBe(200);
    isRefused(await read('/keys', token), 403, 'auth/forbidden');
    await call('PUT', `/auth/pats/${token.tokenId}/deactivate`, {}, user);
    isRefused(await read('/wallets', token), 400, 'auth/inactive');
    expect((await read('/wallets', user)).status).toBe(200);
    await call('PUT', `/auth/pats/${token.tokenId}/activate`, {}, user);
    expect((await read('/wallets', token)).status).toBe(200);
    await call('PUT', `/auth/users/${user.userId}/deactivate`);
    for (const account of [user, token]) isRefused(await read('/wallets', account), 400, 'auth/inactive');
    await call('PUT', `/auth/users/${user.userId}/activate`);
    expect((await read('/wallets', token)).status).toBe(200);
    await call('DELETE', `/auth/users/${user.userId}`);
    for (const account of [user, token]) isRefused(await read('/wallets', account), 401, 'auth/not-authorized');
    isRefused(await read(`/auth/users/${user.userId}`), 404, 'user/unknown');
  });

  test('without Orgs:Read reads none of the acts, in which everybody’s names and rights stand', async () => {
    const other = await newUser(['Wallets:Read']);
    for (const account of [other, await newServiceAccount(), await newUser(['Signers:ListSigners'])])
      isRefused(await read('/organisation/acts', account), 403, 'auth/forbidden');
    const reader = await newUser(['Orgs:Read', 'Auth:Pats:Create']);
    const { acts } = (await read('/organisation/acts', reader)).body;
    expect(JSON.stringify(acts)).toContain(other.userId);
    const token = await newPersonalAccessToken(reader);
    isRefused(await read('/organisation/acts', token), 403, 'auth/forbidden');
    await give(token.tokenId, ['Orgs:Read']);
    expect((await read('/organisation/acts?after=1', token)).body.acts[0].number).toBe(2);
  });

  test('that is a personal access token ends with its time', async () => {
    const user = await newUser(['Auth:Pats:Create']);
    const token = await newPersonalAccessToken(user, { secondsValid: 100, daysValid: 7 });
    expect((await read('/auth/pats', token)).body.items).toHaveLength(1);
    ahead = 102_000;
    isRefused(await read('/auth/pats', token), 401, 'auth/not-authorized');
    ahead = 0;
  });

  test('of a person is for a day', async () => {
    const { exp = 0, iat = 0, ...claims } = decodeJwt((await newUser()).token);
    expect(exp - iat).toBe(86_400);
    expect(claims['https://custom/app_metadata']).toMatchObject({ tokenKind: 'Token' });
  });
});

describe('a personal access token', () => {
  test('is offered its own credential only, and its user only the user’s own', async () => {
    const user = await newUser(['Auth:Pats:Create', 'Wallets:Create', 'Keys:Create']);
    const token = await newPersonalAccessToken(user);
    const body = JSON.stringify({ userActionPayload: '{"network":"KeyECDSA"}', userActionHttpMethod: 'POST', userActionHttpPath: '/wallets' });
    for (const { token: bearer, credId } of [user, token]) {
      const begun = await request(url, 'POST', '/auth/action/init', { token: bearer, body });
      expect(begun.body.allowCredentials.key).toEqual([{ type: 'public-key', id: credId }]);
      expect(begun.body.statement.tokenId).toBe(bearer === token.token ? token.tokenId : '');
    }
    isRefused(
      await call('POST', '/wallets', { network: 'KeyECDSA' }, { ...token, credId: user.credId, privateKey: user.privateKey }),
      401,
      'action/credential-unknown',
    );
    isRefused(await call('POST', '/wallets', { network: 'KeyECDSA' }, token), 403, 'auth/forbidden');
    await give(token.tokenId, ['Wallets:Create', 'Keys:Create']);
    expect((await call('POST', '/wallets', { network: 'KeyECDSA' }, token)).status).toBe(200);
  });

  test('signs as itself: a signature names it as the requester', async () => {
    const operations = ['Wallets:Create', 'Keys:Create', 'Keys:Signatures:Create', 'Keys:Signatures:Read'];
    const user = await newUser(['Auth:Pats:Create', ...operations]);
    const token = await newPersonalAccessToken(user);
    await give(token.tokenId, operations);
    const { id } = (await call('POST', '/wallets', { network: 'KeyECDSA' }, user)).body;
    const signed = await call('POST', `/wallets/${id}/signatures`, { kind: 'Hash', hash: '11'.repeat(32) }, token);
    expect(signed.body).toMatchObject({ status: 'Signed', requester: { userId: user.userId, tokenId: token.tokenId } });
  });

  test('is its user’s alone, and not for service accounts', async () => {
    const [user, other] = [await newUser(['Auth:Pats:Create']), await newUser()];
    const token = await newPersonalAccessToken(user);
    isRefused(await read(`/auth/pats/${token.tokenId}`, other), 404, 'token/unknown');
    isRefused(await call('PUT', `/auth/pats/${token.tokenId}`, { name: 'mine' }, other), 404, 'token/unknown');
    isRefused(await call('POST', '/auth/pats', { name: 'x', publicKey: newKey().pem }), 403, 'auth/caller-kind');
    isRefused(await call('POST', '/auth/pats', { name: 'x', publicKey: newKey().pem }, token), 403, 'auth/caller-kind');
    const renamed = await call('PUT', `/auth/pats/${token.tokenId}`, { name: 'renamed' }, user);
    expect(renamed.body).toMatchObject({ name: 'renamed', kind: 'Pat', tokenId: token.tokenId, certified: { signers: 5 } });
    expect((await read(`/auth/pats/${token.tokenId}`, user)).body.accessToken).toBeUndefined();
    await call('DELETE', `/auth/pats/${token.tokenId}`, {}, user);
    expect((await read('/auth/pats', user)).body.items).toEqual([]);
  });
});

describe('a further credential', () => {
  const attest = (challenge: string, key: { pem: string; privateKey: KeyObject }, credId: string) => {
    const clientData = Buffer.from(JSON.stringify({ type: 'key.create', challenge }));
    const info = JSON.stringify({ clientDataHash: createHash('sha256').update(clientData).digest('hex'), publicKey: key.pem });
    const attestation = { publicKey: key.pem, signature: sign(null, Buffer.from(info), key.privateKey).toString('hex') };
    return { credId, clientData: clientData.toString('base64url'), attestationData: Buffer.from(JSON.stringify(attestation)).toString('base64url') };
  };
  const begin = async ({ token }: Account, kind = 'Key') => request(url, 'POST', '/auth/credentials/init', { token, body: JSON.stringify({ kind }) });
  const body = (challengeIdentifier: string, credentialInfo: object) => ({
    challengeIdentifier,
    credentialName: 'second',
    credentialKind: 'Key',
    credentialInfo,
  });

  test('is registered, signs, is stopped and let sign again', async () => {
    const user = await newUser(['Permissions:Create']);
    const key = newKey();
    const { challenge, challengeIdentifier } = (await begin(user)).body;
    const credId = `second key of ${user.userId}`;
    const made = await call('POST', '/auth/credentials', body(challengeIdentifier, attest(challenge, key, credId)), user);
    expect(made.body).toMatchObject({
      kind: 'Key',
      credentialId: credId,
      isActive: true,
      name: 'second',
      publicKey: expect.stringMatching(/^SHA256:/),
      certified: { signers: 5 },
    });
    const second: Account = { ...user, credId: credId as CredentialId, privateKey: key.privateKey };
    const permission = () => ({ name: `permission ${names++}`, operations: ['Permissions:Create'] });
    expect((await call('POST', '/permissions', permission(), second)).status).toBe(200);
    const { credentialUuid } = made.body;
    expect((await call('PUT', '/auth/credentials/deactivate', { credentialUuid }, user)).body.message).toBe('success');
    isRefused(await call('POST', '/permissions', permission(), second), 401, 'action/credential-unknown');
    expect((await read('/auth/credentials', user)).body.items).toEqual([
      expect.objectContaining({ credentialId: user.credId, isActive: true }),
      expect.objectContaining({ credentialId: credId, isActive: false }),
    ]);
    await call('PUT', '/auth/credentials/activate', { credentialUuid }, user);
    expect((await call('POST', '/permissions', permission(), second)).status).toBe(200);
  });

  test('over another challenge, another user’s or an old one is refused', async () => {
    const [user, other] = [await newUser(), await newUser()];
    const [own, others] = [(await begin(user)).body, (await begin(other)).body];
    const create = (identifier: string, challenge: string) =>
      call('POST', '/auth/credentials', body(identifier, attest(challenge, newKey(), `cred ${names++}`)), user);
    isRefused(await create(own.challengeIdentifier, others.challenge), 400, 'action/challenge-invalid');
    isRefused(await create(others.challengeIdentifier, others.challenge), 400, 'action/challenge-invalid');
    isRefused(await create(user.token, own.challenge), 400, 'action/challenge-invalid');
    ahead = 331_000;
    isRefused(await create(own.challengeIdentifier, own.challenge), 403, 'action/expired');
    ahead = 0;
    expect((await create(own.challengeIdentifier, own.challenge)).status).toBe(200);
  });

  test('of another kind, or for a service account or a token, is refused at the start', async () => {
    const user = await newUser(['Auth:Pats:Create']);
    isRefused(await begin(user, 'Totp'), 400, 'request/unsupported');
    isRefused(await begin(network.admin), 403, 'auth/caller-kind');
    isRefused(await begin(await newPersonalAccessToken(user)), 403, 'auth/caller-kind');
    expect((await begin(user)).body).toMatchObject({ kind: 'Key', user: { id: user.userId }, attestation: 'none' });
  });
});

test('users come in pages, oldest first, without those archived', async () => {
  const made = [await newUser(), await newUser(), await newUser()];
  await call('DELETE', `/auth/users/${made[1]?.userId}`);
  const ids: string[] = [];
  for (let next = ''; ; ) {
    const { body } = await read(`/auth/users?limit=2${next}`);
    ids.push(...body.items.map(({ userId }: { userId: string }) => userId));
    if (body.nextPageToken === undefined) break;
    next = `&paginationToken=${body.nextPageToken}`;
  }
  expect(ids.filter((id) => made.some(({ userId }) => userId === id))).toEqual([made[0]?.userId, made[2]?.userId]);
  expect((await read('/auth/users?kind=EndUser')).body.items).toEqual([]);
});

test('a permission is changed, archived and brought back, and taken from whom it was given to', async () => {
  const account = await newServiceAccount();
  const { permissionId, assignmentId } = await give(account.userId, ['Wallets:Read']);
  const changed = await call('PUT', `/permissions/${permissionId}`, { operations: ['Keys:Read', 'Wallets:ReadSignature'] });
  expect(changed.body).toMatchObject({ operations: ['Keys:Read', 'Wallets:ReadSignature'], certified: { signers: 5 } });
  expect(Date.parse(changed.body.dateUpdated)).toBeGreaterThan(Date.parse(changed.body.dateCreated));
  expect((await read('/keys', account)).status).toBe(200);
  expect((await call('PUT', `/permissions/${permissionId}/archive`, { isArchived: true })).body.isArchived).toBe(true);
  isRefused(await read('/keys', account), 403, 'auth/forbidden');
  await call('PUT', `/permissions/${permissionId}/archive`, { isArchived: false });
  expect((await read('/keys', account)).status).toBe(200);
  expect((await call('DELETE', `/permissions/${permissionId}/assignments/${assignmentId}?force=true`)).body).toMatchObject({ id: assignmentId, permissionId });
  isRefused(await read('/keys', account), 403, 'auth/forbidden');
  expect((await read(`/permissions/${permissionId}/assignments`)).body.items).toEqual([]);
  isRefused(await call('DELETE', `/permissions/${permissionId}/assignments/${assignmentId}`), 404, 'assignment/unknown');
});
