/**
 * The checklist of docs/contract.md §10: what a server must do, or the stock SDK breaks. Over real HTTP.
 */
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf, newAccount, OWNER, refusalOf, openNetwork, type Account, type AnyNetwork } from './support/network.ts';

let net: AnyNetwork;
let owner: Account;
beforeAll(async () => {
  net = await openNetwork();
  owner = await newAccount(net, 'ed25519', OWNER);
});
afterAll(() => net[Symbol.asyncDispose]());

const url = (path: string): string => new URL(path, net.devnet.url).href;
const bearer = (): Record<string, string> => ({ authorization: `Bearer ${owner.authToken}` });
const init = async (body: unknown, headers: Record<string, string> = bearer()) =>
  fetch(url('/auth/action/init'), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

describe('contract §10', () => {
  test('1: served at the origin’s root, where a path prefix in baseUrl is lost', async () => {
    const prefixed = new DfnsApiClient({ baseUrl: `${net.devnet.url}/prefix/`, authToken: owner.authToken });
    expect((await prefixed.wallets.listWallets()).items).toBeInstanceOf(Array);
  });

  test.each([
    ['an unknown path', 'GET', '/nowhere', undefined, 404],
    ['an unknown method', 'DELETE', '/wallets', undefined, 405],
    ['malformed JSON', 'POST', '/auth/action/init', '{', 400],
    ['no token', 'GET', '/wallets', undefined, 401],
    ['a body over the limit', 'POST', '/auth/action/init', JSON.stringify({ x: 'y'.repeat(300_000) }), 413],
  ])('2: %s is answered in JSON with the error envelope', async (about, method, path, body, status) => {
    const headers: Record<string, string> = about === 'no token' ? {} : bearer();
    const response = await fetch(url(path), { method, headers: { 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/json');
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ status, message: expect.any(String), code: expect.stringMatching(/^[a-z-]+\/[a-z-]+$/), id: expect.any(String) });
  });

  test('3: a wallet is answered with 200 when it is ready, never with 202', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    expect(wallet.status).toBe('Active');
  });

  test('4: the challenge lists exactly the caller’s credential, and webauthn as an array', async () => {
    const challenge = (await (
      await init({
        userActionPayload: JSON.stringify({ network: 'KeyECDSA' }),
        userActionHttpMethod: 'POST',
        userActionHttpPath: '/wallets',
        userActionServerKind: 'Api',
      })
    ).json()) as { allowCredentials: Record<string, unknown> };
    expect(challenge.allowCredentials['key']).toEqual([{ type: 'public-key', id: owner.credId }]);
    expect(challenge.allowCredentials['webauthn']).toEqual([]);
  });

  test('5 and 19: works without appid and nonce, and with them', async () => {
    for (const extra of [{}, { 'x-dfns-appid': 'ap-x', 'x-dfns-nonce': 'e30', 'x-dfns-sdk-version': '0.5.8' }]) {
      const response = await fetch(url('/wallets'), { headers: { ...bearer(), ...extra } });
      expect(response.status).toBe(200);
    }
  });

  test('6: tokens are JWTs with the organisation claim that the SDK compares', async () => {
    const [, payload] = owner.authToken.split('.');
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    expect(claims['https://custom/app_metadata']).toMatchObject({ orgId: net.devnet.admin.orgId, userId: owner.userId });
    const foreign = new DfnsApiClient({ baseUrl: net.devnet.url, orgId: 'or-00000-00000-00000000000000', authToken: owner.authToken });
    await expect(foreign.wallets.listWallets()).rejects.toThrow();
    await expect(owner.client.wallets.listWallets()).resolves.toBeDefined();
  });

  test('7: the signed payload is the raw body text: other white space is another body', async () => {
    const payload = JSON.stringify({ network: 'KeyECDSA' });
    const userAction = await signedAction('POST', '/wallets', payload);
    const send = (body: string, token: string) =>
      fetch(url('/wallets'), { method: 'POST', headers: { ...bearer(), 'content-type': 'application/json', 'x-dfns-useraction': token }, body });
    const changed = await send('{ "network": "KeyECDSA" }', userAction);
    expect(changed.status).toBe(403);
    expect((await send(payload, await signedAction('POST', '/wallets', payload))).status).toBe(200);
  });

  test('8: a signed path counts without query, or with exactly the query that is sent', async () => {
    const payload = JSON.stringify({ network: 'KeyECDSA' });
    const send = async (signedPath: string, sentPath: string) => {
      const token = await signedAction('POST', signedPath, payload);
      return fetch(url(sentPath), { method: 'POST', headers: { ...bearer(), 'content-type': 'application/json', 'x-dfns-useraction': token }, body: payload });
    };
    expect((await send('/wallets', '/wallets?force=true')).status).toBe(200);
    expect((await send('/wallets?a=1', '/wallets?a=1')).status).toBe(200);
    expect((await send('/wallets?a=1', '/wallets?a=2')).status).toBe(403);
  });

  test('9: a body on DELETE and none on PUT are taken as they come', async () => {
    const remove = await fetch(url('/permissions/pm-00000-00000-00000000000000'), {
      method: 'DELETE',
      headers: { ...bearer(), 'content-type': 'application/json' },
      body: '{}',
    });
    expect(remove.status).toBe(405);
    expect(remove.headers.get('content-type')).toContain('application/json');
    const put = await fetch(url('/auth/logout'), { method: 'PUT', headers: bearer() });
    expect(put.headers.get('content-type')).toContain('application/json');
  });

  test.each(['ed25519', 'P-256', 'secp256k1', 'rsa'] as const)('10 and 11: a %s key signs user actions with the stock signer', async (keyType) => {
    const account = await newAccount(net, keyType, ['Wallets:Create', 'Keys:Create']);
    expect((await account.client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).id).toMatch(/^wa-/);
  });

  test('12: numbers arrive as text; what is no number is refused', async () => {
    expect((await owner.client.wallets.listWallets({ query: { limit: 1 } })).items).toHaveLength(1);
    expect(await refusalOf(owner.client.wallets.listWallets({ query: { limit: 'many' as never } }))).toMatchObject({ status: 400, code: 'request/invalid' });
  });

  test('16: the pinned pair of SDK and key signer installs and works together', () => {
    expect(new AsymmetricKeySigner({ credId: owner.credId, privateKey: owner.privateKey })).toBeDefined();
  });

  test('17: tags are present, and a pseudo network has no address', async () => {
    const pseudo = await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    expect(pseudo.tags).toEqual([]);
    expect('address' in pseudo).toBe(false);
    const real = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    expect(real.address).toMatch(/^0x[0-9a-fA-F]{40}$/);
  });

  test('18: /wallets/import is not taken for a wallet id', async () => {
    const response = await fetch(url('/wallets/import'), { method: 'POST', headers: { ...bearer(), 'content-type': 'application/json' }, body: '{}' });
    expect(response.status).toBe(404);
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe('request/unknown-route');
  });

  test('20: errors echo no tokens', async () => {
    const response = await fetch(url('/wallets'), { headers: { authorization: 'Bearer top.secret.token' } });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('secret');
  });
});

async function signedAction(method: string, path: string, payload: string): Promise<string> {
  const challenge = await (
    await init({ userActionPayload: payload, userActionHttpMethod: method, userActionHttpPath: path, userActionServerKind: 'Api' })
  ).json();
  const firstFactor = await new AsymmetricKeySigner({ credId: owner.credId, privateKey: owner.privateKey }).sign(challenge as never);
  const response = await fetch(url('/auth/action'), {
    method: 'POST',
    headers: { ...bearer(), 'content-type': 'application/json' },
    body: JSON.stringify({ challengeIdentifier: (challenge as { challengeIdentifier: string }).challengeIdentifier, firstFactor }),
  });
  return ((await response.json()) as { userAction: string }).userAction;
}

test('a client of another organisation’s shape still gets its own wallets only', async () => {
  const stranger = await newAccount(net, 'ed25519', []);
  expect(await refusalOf(stranger.client.wallets.listWallets())).toMatchObject({ status: 403, code: 'auth/forbidden' });
  expect(await refusalOf(clientOf(net.devnet, { ...stranger, authToken: `${stranger.authToken}x` }).wallets.listWallets())).toMatchObject({ status: 401 });
});
