/**
 * Bearer tokens: JWTs with the claims that clients of this API look for (contract §3.1), signed with Ed25519. A token
 * lets its holder read and ask for challenges; no signer ever sees one.
 *
 * @module
 */
import { createPublicKey, hash } from 'node:crypto';
import type { PersonalAccessToken, User } from '@quorate/authority';
import { type Challenge, isRefusal, LoginStatement, type OrgId, Refusal, TokenId, UserId } from '@quorate/wire';
import { errors, exportJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { type ServerKeys, tokenKeyOf } from './keys.ts';

const CLAIM = 'https://custom/app_metadata';
const ISSUER = 'quorate';
/** Different audiences, so that a challenge identifier is no bearer token and the other way round. */
const BEARER = 'quorate/api';
const CHALLENGE = 'quorate/challenge';
const REGISTRATION = 'quorate/registration';
const LOGIN = 'quorate/login';
const TEMPORARY = 'quorate/temporary';
const DAY_S = 86_400;
const MAX_DAYS = 730;
const MAX_CACHED = 10_000;

/** Who a bearer token names. Whether that user exists and is active is for the reader to look up. */
export interface Bearer {
  readonly userId: UserId;
  readonly tokenId: TokenId;
  /** Of a person's own. Whether it still counts is for the reader to look up. */
  readonly sessionId: string | null;
}

/** What a registration goes on with. */
export interface Temporary {
  readonly userId: UserId;
  readonly challenge: string;
  /** Of the code that it was begun with. */
  readonly codeId: string;
}

export interface Tokens {
  /** A service account's, for its `daysValid` days (730 at most and by default) from `issuedAt` in milliseconds. */
  issue(user: User, issuedAt: number): Promise<string>;
  /** A person's own, for a session. Times in milliseconds. */
  issueSession(user: User, sessionId: string, issuedAt: number, expiresAt: number): Promise<string>;
  /** A personal access token, until it expires. */
  issuePersonal(token: PersonalAccessToken, user: User): Promise<string>;
  /** @throws {Refusal} `auth/not-authorized` */
  read(token: string): Promise<Bearer>;
  /** Names a challenge to its own asker. `expiresAt` in milliseconds. */
  issueChallenge(challenge: Challenge, expiresAt: number): Promise<string>;
  /** @throws {Refusal} `action/challenge-invalid` */
  readChallenge(token: string): Promise<string>;
  /** The challenge of a registration, named to the user who registers. `expiresAt` in milliseconds. */
  issueRegistration(challenge: string, userId: UserId, expiresAt: number): Promise<string>;
  /** @throws {Refusal} `action/challenge-invalid`, `action/expired` */
  readRegistration(token: string): Promise<{ readonly challenge: string; readonly userId: UserId }>;
  /** What a login is begun with. `expiresAt` in milliseconds. */
  issueLogin(statement: LoginStatement, expiresAt: number): Promise<string>;
  /** @throws {Refusal} `action/challenge-invalid`, `action/expired` */
  readLogin(token: string): Promise<LoginStatement>;
  /** The temporary token of a registration, good for nothing else. `expiresAt` in milliseconds. */
  issueTemporary(temporary: Temporary, expiresAt: number): Promise<string>;
  /** @throws {Refusal} `auth/not-authorized` */
  readTemporary(token: string): Promise<Temporary>;
  /** The public half, as published under `/.well-known/jwks.json`. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

const Claims = z.object({ [CLAIM]: z.object({ userId: UserId, tokenId: TokenId, tokenKind: z.string() }), jti: z.string(), exp: z.number() });

export async function createTokens({ keys, orgId, now }: { readonly keys: ServerKeys; readonly orgId: OrgId; readonly now: () => number }): Promise<Tokens> {
  const { key, kid } = tokenKeyOf(keys);
  const publicKey = createPublicKey(key);
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg: 'EdDSA', use: 'sig', kid };
  const verified = new Map<string, Bearer & { readonly until: number }>();
  const sign = (claims: SignJWT): Promise<string> => claims.setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid }).setIssuer(ISSUER).sign(key);
  const verify = (token: string, audience: string) =>
    jwtVerify(token, publicKey, { issuer: ISSUER, audience, algorithms: ['EdDSA'], typ: 'JWT', currentDate: new Date(now()) });

  /** Times in seconds. */
  const issueBearer = (
    user: User,
    tokenId: TokenId,
    tokenKind: 'ServiceAccount' | 'Token' | 'Pat',
    from: number,
    until: number,
    jti: string = tokenId,
  ): Promise<string> =>
    sign(
      new SignJWT({ [CLAIM]: { orgId, userId: user.id, tokenId, tokenKind }, 'https://custom/username': user.name, scope: '' })
        .setAudience(BEARER)
        .setSubject(orgId)
        .setJti(jti)
        .setIssuedAt(from)
        .setExpirationTime(until),
    );
  /** For what is handed out now and comes back. `expiresAt` in milliseconds. */
  const issueFor = (audience: string, claims: Record<string, unknown>, whose: Record<string, unknown>, expiresAt: number, jti?: string): Promise<string> => {
    const token = new SignJWT({ ...claims, [CLAIM]: { orgId, ...whose } })
      .setAudience(audience)
      .setIssuedAt(Math.floor(now() / 1000))
      .setExpirationTime(Math.ceil(expiresAt / 1000));
    return sign(jti === undefined ? token : token.setJti(jti));
  };
  async function readFor<S extends z.ZodType>(token: string, audience: string, claims: S): Promise<z.output<S>> {
    try {
      return claims.parse((await verify(token, audience)).payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new Refusal('action/expired');
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) throw new Refusal('action/challenge-invalid');
      throw error;
    }
  }

  return {
    issue(user, issuedAt) {
      const seconds = Math.floor(issuedAt / 1000);
      const days = Math.min(user.daysValid ?? MAX_DAYS, MAX_DAYS);
      return issueBearer(user, user.tokenId, 'ServiceAccount', seconds, seconds + days * DAY_S);
    },
    issueSession: (user, sessionId, issuedAt, expiresAt) =>
      issueBearer(user, user.tokenId, 'Token', Math.floor(issuedAt / 1000), Math.floor(expiresAt / 1000), sessionId),
    issuePersonal: (token, user) => issueBearer(user, token.id, 'Pat', Math.floor(token.createdAt / 1000), Math.ceil(token.expiresAt / 1000)),

    async read(token) {
      const name = hash('sha256', token);
      const known = verified.get(name);
      if (known !== undefined && now() < known.until) return known;
      try {
        const { payload } = await verify(token, BEARER);
        const claims = Claims.parse(payload);
        const { userId, tokenId, tokenKind } = claims[CLAIM];
        const bearer = { userId, tokenId, sessionId: tokenKind === 'Token' ? claims.jti : null, until: claims.exp * 1000 };
        if (verified.size >= MAX_CACHED) verified.clear();
        verified.set(name, bearer);
        return bearer;
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) throw new Refusal('auth/not-authorized');
        throw error;
      }
    },

    issueChallenge: (challenge, expiresAt) => issueFor(CHALLENGE, { challenge }, {}, expiresAt),
    readChallenge: async (token) => (await readFor(token, CHALLENGE, z.object({ challenge: z.string() }))).challenge,

    issueRegistration: (challenge, userId, expiresAt) => issueFor(REGISTRATION, { challenge }, { userId }, expiresAt),
    async readRegistration(token) {
      const { challenge, [CLAIM]: claim } = await readFor(token, REGISTRATION, z.object({ challenge: z.string(), [CLAIM]: z.object({ userId: UserId }) }));
      return { challenge, userId: claim.userId };
    },

    issueLogin: (statement, expiresAt) => issueFor(LOGIN, { statement }, {}, expiresAt),
    readLogin: async (token) => (await readFor(token, LOGIN, z.object({ statement: LoginStatement }))).statement,

    issueTemporary: ({ userId, challenge, codeId }, expiresAt) => issueFor(TEMPORARY, { challenge }, { userId, tokenKind: 'Temp' }, expiresAt, codeId),
    async readTemporary(token) {
      try {
        const claims = z.object({ challenge: z.string(), jti: z.string(), [CLAIM]: z.object({ userId: UserId }) });
        const { challenge, jti, [CLAIM]: claim } = await readFor(token, TEMPORARY, claims);
        return { challenge, userId: claim.userId, codeId: jti };
      } catch (error) {
        throw isRefusal(error) ? new Refusal('auth/not-authorized') : error;
      }
    },

    jwks: { keys: [jwk] },
  };
}
