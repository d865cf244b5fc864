import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { genesisState } from '@quorate/authority';
import { type CredentialId, deriveId, type Genesis, type SignerId } from '@quorate/wire';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createServerKeys } from './keys.ts';
import { createTokens } from './tokens.ts';

const pem = (): string => String(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
const id = (i: number) => Buffer.alloc(32, i).toString('base64') as SignerId;
const genesis: Genesis = {
  v: '1',
  orgId: deriveId('or', 0, 'tokens'),
  epoch: 0,
  threshold: 2,
  signers: [1, 2].map((i) => ({ id: id(i), identityKey: id(i), sealingKey: id(i), importKey: Buffer.alloc(33, 2).toString('base64') })),
  administrators: [{ userId: deriveId('us', 0, 'tokens'), username: 'admin', isServiceAccount: true, credId: 'cred' as CredentialId, publicKey: pem() }],
  passkeys: { rpId: '', origins: [], userVerification: 'preferred' },
};
const [user] = genesisState(genesis).users.values();
if (user === undefined) throw new Error('unreachable');
let time = Date.now();
const open = (keys = createServerKeys()) => createTokens({ keys, orgId: genesis.orgId, now: () => time });
const refused = { name: 'Refusal', code: 'auth/not-authorized' };

test('a token carries the claims that clients look for, and the SDK takes it for this organisation only', async () => {
  const token = await (await open()).issue(user, time);
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', typ: 'JWT' });
  expect(decodeJwt(token)).toMatchObject({
    sub: genesis.orgId,
    jti: user.tokenId,
    'https://custom/app_metadata': { orgId: genesis.orgId, userId: user.id, tokenId: user.tokenId, tokenKind: 'ServiceAccount' },
    'https://custom/username': 'admin',
  });
  const { assertAuthTokenIsSameOrg } = createRequire(import.meta.url)('@dfns/sdk/utils/authToken.js');
  expect(() => assertAuthTokenIsSameOrg({ authToken: token, orgId: genesis.orgId })).not.toThrow();
  expect(() => assertAuthTokenIsSameOrg({ authToken: token, orgId: 'or-other' })).toThrow();
});

test('a token names its user until it expires, also once it is known', async () => {
  const tokens = await open();
  const token = await tokens.issue({ ...user, daysValid: 1 }, time);
  expect(await tokens.read(token)).toMatchObject({ userId: user.id, tokenId: user.tokenId });
  expect(await tokens.read(token)).toMatchObject({ userId: user.id });
  time += 86_401_000;
  await expect(tokens.read(token)).rejects.toMatchObject(refused);
});

test('a token of another server, an altered one, an unsigned one and one of another algorithm are refused', async () => {
  const keys = createServerKeys();
  const tokens = await open(keys);
  const good = await tokens.issue(user, time);
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const altered = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('admin', 'Admin')).toString('base64url');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const hmac = await new SignJWT(decodeJwt(good)).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new Uint8Array(32));
  for (const bad of [await (await open()).issue(user, time), `${header}.${altered}.${signature}`, `${none}.${payload}.`, `${good}x`, hmac, '', 'a.b.c']) {
    await expect(tokens.read(bad)).rejects.toMatchObject(refused);
  }
  expect(await tokens.read(good)).toMatchObject({ userId: user.id });
});
