import { b64url, loginChallengeOf, type LoginStatement, payloadHashOf } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import type { Settings } from './config.ts';
import { signIn } from './session.ts';

const NOW = 1_800_000_000_000;
const settings = {
  apiUrl: 'https://api.example',
  orgId: 'or-023mo-u1jef-sjgctp224l5d1dv0',
  genesisHash: 'ab'.repeat(32),
  relyingPartyId: 'wallets.example',
} as Settings;
const statement = {
  v: '1',
  genesisHash: settings.genesisHash,
  orgId: settings.orgId,
  username: 'owner',
  nonce: payloadHashOf('nonce'),
  issuedAt: String(NOW),
  expiresAt: String(NOW + 300_000),
} as LoginStatement;

/** An API that answers these paths, and an authenticator that counts how often it signs. */
function world(change: Partial<LoginStatement> = {}) {
  const shown = { ...statement, ...change };
  const heard: { path: string; bearer: string | null; body: unknown }[] = [];
  const answers: Record<string, unknown> = {
    '/auth/login/init': {
      challenge: loginChallengeOf(shown),
      challengeIdentifier: 'identifier',
      statement: shown,
      allowCredentials: { key: [], webauthn: [{ type: 'public-key', id: b64url.encode(new Uint8Array(16)) }] },
      supportedCredentialKinds: [],
      userVerification: 'required',
      attestation: 'none',
      externalAuthenticationUrl: '',
    },
    '/auth/login': { token: 'the.bearer.token' },
    '/auth/logout': { message: 'success' },
  };
  const fetch = (async (url: URL, init: RequestInit) => {
    const bearer = new Headers(init.headers).get('authorization');
    heard.push({ path: url.pathname, bearer, body: typeof init.body === 'string' ? JSON.parse(init.body) : null });
    return Response.json(answers[url.pathname]);
  }) as unknown as typeof globalThis.fetch;
  let signed = 0;
  const some = Uint8Array.of(1).buffer;
  const credentials = {
    get: async () => {
      signed += 1;
      return { rawId: new Uint8Array(16).buffer, response: { clientDataJSON: some, authenticatorData: some, signature: some, userHandle: null } };
    },
  } as unknown as Pick<CredentialsContainer, 'get'>;
  return { heard, signed: () => signed, enter: () => signIn(settings, 'owner', { fetch, credentials, now: () => NOW }) };
}

describe('signing in', () => {
  test('asks for a login of this user at this organisation, and hands the passkey’s answer in', async () => {
    const { heard, enter, signed } = world();
    const session = await enter();
    expect(heard.map(({ path, bearer }) => [path, bearer])).toEqual([
      ['/auth/login/init', null],
      ['/auth/login', null],
    ]);
    expect(heard[0]?.body).toEqual({ username: 'owner', orgId: settings.orgId });
    expect(heard[1]?.body).toMatchObject({ challengeIdentifier: 'identifier', firstFactor: { kind: 'Fido2' } });
    expect(signed()).toBe(1);
    await session.signOut();
    expect(heard[2]).toMatchObject({ path: '/auth/logout', bearer: 'Bearer the.bearer.token' });
  });

  test('keeps the bearer where nothing that prints a session finds it', async () => {
    const session = await world().enter();
    expect(JSON.stringify([session, session.reader])).not.toContain('bearer');
  });

  test.each([
    ['of another user', { username: 'somebody else' }],
    ['at another network', { genesisHash: 'cd'.repeat(32) }],
    ['from long ago', { issuedAt: String(NOW - 3_600_000), expiresAt: String(NOW - 3_300_000) }],
  ])('signs no challenge for a login %s, and the right one', async (_what, change) => {
    const wrong = world(change as Partial<LoginStatement>);
    await expect(wrong.enter()).rejects.toMatchObject({ code: 'guard/foreign-challenge' });
    expect([wrong.signed(), wrong.heard.length]).toEqual([0, 1]);
    await expect(world().enter()).resolves.toMatchObject({ username: 'owner' });
  });
});
