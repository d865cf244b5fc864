/** The unmodified authenticator and key signer behind the guard, over real HTTP, against a server that lies. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DfnsAuthenticator } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { challengeOf, deriveId, type LoginStatement, loginChallengeOf, payloadHashOf, type Statement } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { guardAuthenticator } from './guard-authenticator.ts';

const credId = 'cred-1';
const orgId = deriveId('or', 0, 'login');
const genesisHash = payloadHashOf('genesis');
const username = 'somebody@example.org';
const privateKey = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));

/** What the server answers next, and the challenges that were signed for it. */
let answer: () => object;
const signed: string[] = [];
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const begins = request.url === '/auth/login/init';
    if (!begins) signed.push(JSON.parse(Buffer.from(body.firstFactor.credentialAssertion.clientData, 'base64url').toString()).challenge);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(begins ? answer() : { token: 'a.b.c' }));
  });
});
let stock: DfnsAuthenticator;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  stock = new DfnsAuthenticator({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signer: new AsymmetricKeySigner({ credId, privateKey }),
  });
});
afterAll(() => void server.close());
beforeEach(() => {
  signed.length = 0;
});

const times = (at = Date.now()) => ({ issuedAt: String(at), expiresAt: String(at + 300_000) });
const statementOf = (change: Partial<LoginStatement> = {}): LoginStatement => ({
  v: '1',
  genesisHash,
  orgId,
  username,
  nonce: payloadHashOf(String(Math.random())),
  ...times(),
  ...change,
});
const init = (challenge: string, statement: object) => ({
  challenge,
  challengeIdentifier: 'x',
  statement,
  allowCredentials: { key: [{ type: 'public-key', id: credId }], webauthn: [] },
});
const honest = (change: Partial<LoginStatement> = {}) => {
  const statement = statementOf(change);
  return init(loginChallengeOf(statement), statement);
};
const action: Statement = {
  v: '1',
  genesisHash,
  headNumber: '0',
  headHash: genesisHash,
  orgId,
  userId: deriveId('us', 0, 'login'),
  tokenId: '',
  method: 'POST',
  path: '/wallets',
  payloadHash: payloadHashOf('{}'),
  nonce: payloadHashOf('nonce'),
  ...times(),
};
const login = (authenticator = guardAuthenticator(stock, { orgId, genesisHash })) => authenticator.login({ orgId, username });

test.each<[string, string, () => object]>([
  ['an action’s challenge', 'challenge', () => init(challengeOf(action), statementOf())],
  ['an action’s challenge with its statement', 'statement', () => init(challengeOf(action), action)],
  ['a challenge without a statement', 'statement', () => ({ ...honest(), statement: undefined })],
  ['another user’s login', 'username', () => honest({ username: 'other@example.org' })],
  ['another organisation’s login', 'orgId', () => honest({ orgId: deriveId('or', 0, 'other') })],
  ['a login under another genesis', 'genesisHash', () => honest({ genesisHash: payloadHashOf('other') })],
  ['yesterday’s login', 'issuedAt', () => honest(times(Date.now() - 86_400_000))],
])('%s is not signed, and the next good login works', async (_, mismatch, lie) => {
  answer = lie;
  await expect(login()).rejects.toMatchObject({ code: 'guard/foreign-challenge', detail: { mismatch } });
  expect(signed).toEqual([]);
  answer = honest;
  expect(await login()).toEqual({ token: 'a.b.c' });
  expect(signed).toHaveLength(1);
});

test('the stock authenticator signs an action’s challenge: this is what the guard is for', async () => {
  answer = () => init(challengeOf(action), action);
  await login(stock);
  expect(signed).toEqual([challengeOf(action)]);
  await expect(login()).rejects.toMatchObject({ code: 'guard/foreign-challenge' });
});
