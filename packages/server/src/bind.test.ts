import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
let token: string;
beforeAll(async () => {
  network = await startNetwork();
  url = network.server.url;
  token = network.admin.token;
});
afterAll(() => network[Symbol.asyncDispose]());

function isError(answer: { status: number; body: unknown }, status: number, code: string): void {
  expect(answer).toMatchObject({
    status,
    body: { error: { status, code, id: expect.stringMatching(/^\d+$/), message: expect.any(String), details: expect.any(Object) } },
  });
}

describe('every refusal is JSON with a stable code', () => {
  test('an unknown path', async () => isError(await request(url, 'GET', '/nothing/here', { token }), 404, 'request/unknown-route'));
  test('a known path with another method', async () => {
    const answer = await request(url, 'PUT', '/wallets', { token, body: '{}' });
    isError(answer, 405, 'request/method-not-allowed');
    expect(answer.headers.get('allow')).toBe('GET,POST');
  });
  test('a path prefix', async () => isError(await request(url, 'GET', '/api/wallets', { token }), 404, 'request/unknown-route'));
  test('no token', async () => isError(await request(url, 'GET', '/wallets'), 401, 'auth/not-authorized'));
  test('a token that is none', async () => isError(await request(url, 'GET', '/wallets', { token: 'a.b.c' }), 401, 'auth/not-authorized'));
  test('a body that is not JSON', async () => isError(await request(url, 'POST', '/wallets', { token, body: '{"network":' }), 400, 'request/malformed-json'));
  test('a member that stands twice', async () =>
    isError(await request(url, 'POST', '/wallets', { token, body: '{"network":"Ethereum","network":"Bitcoin"}' }), 400, 'request/malformed-json'));
  test('a body that is no UTF-8', async () => {
    const response = await fetch(`${url}/wallets`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: Uint8Array.of(0x22, 0xff, 0x22) });
    isError({ status: response.status, body: await response.json() }, 400, 'request/malformed-json');
  });
  test('a wrong type', async () => {
    const answer = await request(url, 'POST', '/wallets', { token, body: '{"network":7}' });
    isError(answer, 400, 'request/invalid');
    expect(answer.body.error.details).toMatchObject({ where: 'body', member: 'network' });
  });
  test('an id that is none', async () => isError(await request(url, 'GET', '/wallets/wa-1', { token }), 400, 'request/invalid'));
  test('an id that nobody has', async () => isError(await request(url, 'GET', '/wallets/wa-00000-00000-0000000000000000', { token }), 404, 'wallet/unknown'));
  test('a limit that is no number', async () => isError(await request(url, 'GET', '/wallets?limit=abc', { token }), 400, 'request/invalid'));
  test('no user action', async () => isError(await request(url, 'POST', '/wallets', { token, body: '{"network":"Ethereum"}' }), 403, 'action/missing'));
  test('a kind of signature that is not made here', async () =>
    isError(
      await request(url, 'POST', '/wallets/wa-00000-00000-0000000000000000/signatures', { token, body: '{"kind":"Eip712","types":{}}' }),
      400,
      'signature/kind-unsupported',
    ));
  test('a path that only looks like a wallet’s', async () =>
    isError(await request(url, 'POST', '/wallets/import', { token, body: '{}' }), 404, 'request/unknown-route'));
  test.each([300_000, 3_000_000])('a body of %i bytes', async (size) =>
    isError(await request(url, 'POST', '/auth/action/init', { token, body: `"${'x'.repeat(size)}"` }), 413, 'request/too-large'),
  );
  test('a body over the limit, announced', async () =>
    isError(await request(url, 'POST', '/wallets', { token, body: `"${'x'.repeat(65_536)}"` }), 413, 'request/too-large'));
  test('a body over the limit, in chunks', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 80; i++) controller.enqueue(new Uint8Array(1024).fill(0x20));
        controller.close();
      },
    });
    const response = await fetch(`${url}/wallets`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body, duplex: 'half' } as RequestInit);
    isError({ status: response.status, body: await response.json() }, 413, 'request/too-large');
  });
  test.each(['NOT HTTP\r\n\r\n', 'GET /wallets HTTP/1.1\r\n\r\n', 'GET /wallets HTTP/1.1\r\nhost: a b\r\n\r\n'])('what is no HTTP: %j', async (text) => {
    const [head, body] = (await raw(text)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    isError({ status: 400, body: JSON.parse(body ?? '') }, 400, 'request/invalid');
  });
});

test('the next good call works', async () => {
  expect(await request(url, 'GET', '/wallets', { token })).toMatchObject({ status: 200, body: { items: [] } });
});

test('headers of older clients are accepted and never required', async () => {
  const headers = { 'x-dfns-appid': 'ap-1', 'x-dfns-nonce': 'bm9uY2U', 'x-dfns-sdk-version': '0.5.8', 'x-dfns-appsecret': 's', 'x-dfns-apisignature': 's' };
  expect((await request(url, 'GET', '/wallets', { token, headers })).status).toBe(200);
});

test('browsers may send the headers of contract §1.2', async () => {
  const response = await fetch(`${url}/wallets`, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-dfns-useraction' },
  });
  expect(response.status).toBe(204);
  const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase() ?? '';
  for (const name of ['authorization', 'content-type', 'x-dfns-useraction', 'x-dfns-sdk-version', 'x-dfns-appid', 'x-dfns-nonce'])
    expect(allowed).toContain(name);
});

test('a request id goes with every answer and names the error', async () => {
  const answer = await request(url, 'GET', '/nothing', { token });
  expect(answer.headers.get('x-request-id')).toBe(answer.body.error.id);
});

test('who lacks a permission is told which, in Dfns’s words', async () => {
  const { pem, privateKey } = (await import('./network.test-kit.ts')).newKey();
  const made = await signedCall(url, network.admin, 'POST', '/auth/service-accounts', { name: 'nobody', publicKey: pem });
  expect(made.status).toBe(200);
  const [{ accessToken, credId }] = made.body.accessTokens;
  const { userId } = made.body.userInfo;
  const answer = await request(url, 'GET', '/wallets', { token: accessToken });
  isError(answer, 403, 'auth/forbidden');
  expect(answer.body.error.message).toBe(`ServiceAccount ${userId} is not authorized to perform operation (Wallets:Read)`);
  isError(await signedCall(url, { userId, credId, privateKey, token: accessToken }, 'POST', '/wallets', { network: 'Ethereum' }), 403, 'auth/forbidden');
  expect((await request(url, 'GET', '/organisation', { token: accessToken })).status).toBe(200);
});

describe('beside the table', () => {
  test('alive and ready, with every part named', async () => {
    expect((await request(url, 'GET', '/livez')).status).toBe(200);
    const named = Object.fromEntries(network.signers.map(({ id }) => [`signer:${id}`, 'ok']));
    // A busy machine may miss an answer.
    await expect
      .poll(() => request(url, 'GET', '/readyz'), { interval: 500 })
      .toMatchObject({ status: 200, body: { checks: { database: 'ok', quorum: 'ok', ...named } } });
    const { body } = await request(url, 'GET', '/readyz');
    expect(body.warnings.join()).toContain('num-bigint');
  });
  test('the OpenAPI file lists every path', async () => {
    const { body } = await request(url, 'GET', '/openapi.json');
    expect(Object.keys(body.paths)).toContain('/wallets/{walletId}/export');
  });
  test('the key that tokens are signed with is published', async () => {
    const { body } = await request(url, 'GET', '/.well-known/jwks.json');
    expect(body.keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: expect.any(String), x: expect.any(String) })]);
    expect(body.keys[0].d).toBeUndefined();
  });
  test('the signers and their import keys', async () => {
    const { body } = await request(url, 'GET', '/signers', { token });
    expect(body.clusters[0].signers.map(({ signerId }: { signerId: string }) => signerId)).toEqual(network.genesis.signers.map(({ id }) => id));
    expect(Buffer.from(body.clusters[0].signers[0].encryptionKey, 'base64')).toHaveLength(34);
  });
});

test('without a signer to spare the server is not ready, and says to export', async () => {
  const [first, second] = network.signers;
  if (first === undefined || second === undefined) throw new Error('unreachable');
  first.down = second.down = true;
  const checks = { quorum: expect.stringContaining('export'), [`signer:${first.id}`]: 'does not answer' };
  await expect.poll(() => request(url, 'GET', '/readyz'), { interval: 500 }).toMatchObject({ status: 503, body: { checks } });
  first.down = second.down = false;
  await expect.poll(() => request(url, 'GET', '/readyz').then(({ status }) => status), { interval: 500 }).toBe(200);
});

test('signers that show test fixtures are never asked for anything', async () => {
  const [signer] = network.signers;
  if (signer === undefined) throw new Error('unreachable');
  signer.testFixtures = true;
  await expect.poll(() => request(url, 'GET', '/readyz').then(({ body }) => body.checks[`signer:${signer.id}`]), { interval: 500 }).toContain('test fixtures');
  isError(await signedCall(url, network.admin, 'POST', '/wallets', { network: 'Ethereum' }), 503, 'signers/unavailable');
  expect(signer.heard).not.toContain('keygen');
  signer.testFixtures = false;
  await expect.poll(() => request(url, 'GET', '/readyz').then(({ body }) => body.checks[`signer:${signer.id}`]), { interval: 500 }).toBe('ok');
});

const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(network.server.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
