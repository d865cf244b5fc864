import { challengeOf, Statement } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertion, request, signedCall, startNetwork, type TestNetwork, userAction } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
let ahead = 0;
beforeAll(async () => {
  network = await startNetwork({ now: () => Date.now() + ahead });
  url = network.server.url;
});
afterAll(() => network[Symbol.asyncDispose]());

const settings = '/organisation/settings';
const on = '{"exportEnabled":true}';
const call = (action: string, o: { method?: string; path?: string; body?: string; token?: string } = {}) =>
  request(url, o.method ?? 'PUT', o.path ?? settings, { token: o.token ?? network.admin.token, userAction: action, body: o.body ?? on });
const newAction = async (path = settings, body = on, method = 'PUT'): Promise<string> =>
  (await userAction(url, network.admin, method, path, body)).body.userAction;
const isRefused = (answer: { status: number; body: unknown }, status: number, code: string) =>
  expect(answer).toMatchObject({ status, body: { error: { code } } });

describe('the challenge', () => {
  const init = (body: object, token = network.admin.token) => request(url, 'POST', '/auth/action/init', { token, body: JSON.stringify(body) });

  test('commits to the statement that comes with it', async () => {
    const { body } = await init({ userActionPayload: on, userActionHttpMethod: 'PUT', userActionHttpPath: settings, userActionServerKind: 'Api' });
    expect(challengeOf(Statement.parse(body.statement))).toBe(body.challenge);
    expect(body.statement).toMatchObject({ method: 'PUT', path: settings, userId: network.admin.userId, tokenId: '', genesisHash: network.genesisHash });
  });
  test('names the credentials that the caller may use, and lists for passkeys an empty list', async () => {
    const { body } = await init({ userActionPayload: on, userActionHttpMethod: 'PUT', userActionHttpPath: settings });
    expect(body.allowCredentials).toEqual({ key: [{ type: 'public-key', id: network.admin.credId }], webauthn: [] });
    expect(body.challengeIdentifier.split('.')).toHaveLength(3);
  });
  test('is not given for a call that does not exist, or whose body nobody could read', async () => {
    isRefused(await init({ userActionPayload: '{}', userActionHttpMethod: 'PUT', userActionHttpPath: '/nothing' }), 404, 'request/unknown-route');
    isRefused(await init({ userActionPayload: '{"exportEnabled":1}', userActionHttpMethod: 'PUT', userActionHttpPath: settings }), 400, 'request/invalid');
    isRefused(await init({ userActionPayload: '{', userActionHttpMethod: 'PUT', userActionHttpPath: settings }), 400, 'request/malformed-json');
  });
  test('takes an absent payload as an empty one', async () => {
    isRefused(await init({ userActionHttpMethod: 'PUT', userActionHttpPath: settings }), 400, 'request/invalid');
  });
});

describe('the assertion', () => {
  const begin = async () =>
    (
      await request(url, 'POST', '/auth/action/init', {
        token: network.admin.token,
        body: JSON.stringify({ userActionPayload: on, userActionHttpMethod: 'PUT', userActionHttpPath: settings }),
      })
    ).body;
  const complete = (body: unknown, token = network.admin.token) => request(url, 'POST', '/auth/action', { token, body: JSON.stringify(body) });

  test('counts once', async () => {
    const answer = assertion(network.admin, await begin());
    expect((await complete(answer)).status).toBe(200);
    isRefused(await complete(answer), 400, 'action/used');
  });
  test('with a challenge identifier that is none, or a bearer token in its place, is refused', async () => {
    const answer = assertion(network.admin, await begin());
    isRefused(await complete({ ...answer, challengeIdentifier: 'x' }), 400, 'action/challenge-invalid');
    isRefused(await complete({ ...answer, challengeIdentifier: network.admin.token }), 400, 'action/challenge-invalid');
    expect((await complete(answer)).status).toBe(200);
  });
  test('a challenge identifier is no bearer token', async () => {
    const { challengeIdentifier } = await begin();
    isRefused(await request(url, 'GET', '/wallets', { token: challengeIdentifier }), 401, 'auth/not-authorized');
  });
  test('of another user is refused, by bearer and by credential', async () => {
    const begun = await begin();
    isRefused(await complete(assertion(network.otherAdmin, begun), network.otherAdmin.token), 400, 'action/challenge-invalid');
    isRefused(await complete(assertion(network.otherAdmin, begun)), 401, 'action/credential-unknown');
    isRefused(await complete(assertion({ ...network.admin, privateKey: network.otherAdmin.privateKey }, begun)), 401, 'action/signature-invalid');
    expect((await complete(assertion(network.admin, begun))).status).toBe(200);
  });
  test('after five minutes and the clock allowance is refused', async () => {
    const begun = await begin();
    ahead = 331_000;
    isRefused(await complete(assertion(network.admin, begun)), 403, 'action/expired');
    ahead = 0;
    expect((await complete(assertion(network.admin, begun))).status).toBe(200);
  });
});

describe('the token', () => {
  test('lets the request through, once', async () => {
    const action = await newAction();
    expect(await call(action)).toMatchObject({ status: 200, body: { exportEnabled: true } });
    isRefused(await call(action), 400, 'action/used');
  });
  test('that was made up is refused', async () => isRefused(await call('made-up'), 403, 'action/missing'));
  test('for another method, path, body or user is refused, and spent with that', async () => {
    const wallet = '{"network":"Ethereum"}';
    const other = await newAction('/wallets', wallet, 'POST');
    isRefused(await call(other, { method: 'POST', path: '/permissions', body: '{"name":"a","operations":["Wallets:Read"]}' }), 403, 'action/mismatch');
    isRefused(await call(other, { method: 'POST', path: '/wallets', body: wallet }), 400, 'action/used');
    isRefused(await call(await newAction(), { body: '{"exportEnabled":false}' }), 403, 'action/mismatch');
    isRefused(await call(await newAction(), { body: '{"exportEnabled": true}' }), 403, 'action/mismatch');
    isRefused(await call(await newAction(), { token: network.otherAdmin.token }), 403, 'action/mismatch');
    isRefused(await call(await newAction('/wallets', wallet, 'POST')), 403, 'action/mismatch');
    expect((await call(await newAction())).status).toBe(200);
  });
  test('is spent even if the call then fails', async () => {
    const body = '{"name":"x","publicKey":"no key"}';
    const action = await newAction('/auth/service-accounts', body, 'POST');
    isRefused(await call(action, { method: 'POST', path: '/auth/service-accounts', body }), 400, 'credential/malformed-key');
    isRefused(await call(action, { method: 'POST', path: '/auth/service-accounts', body }), 400, 'action/used');
  });
  test('covers a query only if that was signed, and then exactly that', async () => {
    const signedQuery = await newAction(`${settings}?a=1`);
    expect((await call(signedQuery, { path: `${settings}?a=1` })).status).toBe(200);
    isRefused(await call(await newAction(`${settings}?a=1`), { path: `${settings}?a=2` }), 403, 'action/mismatch');
    isRefused(await call(await newAction(`${settings}?a=1`)), 403, 'action/mismatch');
    expect((await call(await newAction(), { path: `${settings}?force=true` })).status).toBe(200);
  });
  test('is compared with the path as it came, not as it decodes', async () => {
    isRefused(await call(await newAction(), { path: '/organisation/%73ettings' }), 404, 'request/unknown-route');
    isRefused(await request(url, 'PUT', '/organisation/settings/', { token: network.admin.token, body: on }), 404, 'request/unknown-route');
  });
  test('dies after two minutes', async () => {
    const action = await newAction();
    ahead = 121_000;
    isRefused(await call(action), 403, 'action/expired');
    ahead = 0;
  });
});

test('two calls with one token at the same moment: one gets through', async () => {
  const action = await newAction();
  const statuses = (await Promise.all([call(action), call(action), call(action)])).map(({ status }) => status).sort();
  expect(statuses).toEqual([200, 400, 400]);
});

test('export is on after it was switched on, at the server and at every signer', async () => {
  expect((await signedCall(url, network.otherAdmin, 'PUT', settings, { exportEnabled: true })).status).toBe(200);
  await expect.poll(() => network.signers.map((signer) => signer.state().settings.exportEnabled)).toEqual(Array(5).fill(true));
});
