/**
 * Login (contract §3.2). Beginning one stores nothing, since anybody may begin as many as they like: the identifier that
 * comes back carries the statement, signed by this server. What is stored is that a challenge was answered.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import { type AuthorityState, loginCredentials, verifyLogin } from '@quorate/authority';
import {
  type BodyOfEndpoint,
  CHALLENGE_LIFETIME_MS,
  CLOCK_ALLOWANCE_MS,
  CredentialId,
  deriveCredentialId,
  hasPasskeys,
  hex,
  type initLogin,
  type login,
  loginChallengeOf,
  type LoginStatement,
  Refusal,
  type ReplyOfEndpoint,
} from '@quorate/wire';
import { type Offered, offerOf } from './credential-offers.ts';
import { type Db, isDuplicate } from './db.ts';
import { type ServerKeys, tokenKeyOf } from './keys.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

/** How long a login counts, in milliseconds. */
export const LOGIN_LIFETIME_MS = 3_600_000;

export interface Logins {
  /** @throws {Refusal} `request/unsupported`, `authority/foreign`; whether the user exists does not show */
  begin(state: AuthorityState, request: BodyOfEndpoint<typeof initLogin>): Promise<ReplyOfEndpoint<typeof initLogin>>;
  /** @throws {Refusal} `action/challenge-invalid`, `action/expired`, `action/used`, `login/refused`, `auth/inactive` */
  complete(state: AuthorityState, request: BodyOfEndpoint<typeof login>): Promise<ReplyOfEndpoint<typeof login>>;
  /** Forgets answered challenges that nobody could answer again. */
  sweep(): Promise<void>;
}

interface Options {
  readonly db: Db;
  readonly keys: ServerKeys;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly now: () => number;
}

export function createLogins({ db, keys, tokens, sessions, now }: Options): Logins {
  const secret = tokenKeyOf(keys).key.export({ type: 'pkcs8', format: 'der' });
  /** What a user of this name would be offered: the same whenever it is asked, on every server with these keys. */
  function pretended({ genesis, genesisHash }: AuthorityState, username: string): Offered {
    const mac = createHmac('sha256', secret).update(`quorate/no-such-user/v1\0${genesisHash}\0${username}`).digest();
    const isPasskey = hasPasskeys(genesis.passkeys) && ((mac[0] ?? 0) & 1) === 1;
    return isPasskey
      ? { kind: 'Fido2', credId: CredentialId.parse(mac.toString('base64url')) }
      : { kind: 'Key', credId: deriveCredentialId(0, mac.toString('hex')) };
  }

  return {
    async begin(state, { username, orgId, loginCode }) {
      const { genesis, genesisHash } = state;
      if (orgId !== genesis.orgId) throw new Refusal('authority/foreign');
      if (username === undefined) throw new Refusal('request/unsupported', { member: 'username', problem: 'a login names its user' });
      if (loginCode !== undefined) throw new Refusal('request/unsupported', { member: 'loginCode' });
      const issuedAt = now();
      const statement: LoginStatement = {
        v: '1',
        genesisHash,
        orgId,
        username,
        nonce: hex.encode(randomBytes(32)),
        issuedAt: String(issuedAt),
        expiresAt: String(issuedAt + CHALLENGE_LIFETIME_MS),
      };
      const nobody = pretended(state, username);
      const own = loginCredentials(state, username);
      return {
        challenge: loginChallengeOf(statement),
        challengeIdentifier: await tokens.issueLogin(statement, issuedAt + CHALLENGE_LIFETIME_MS + CLOCK_ALLOWANCE_MS),
        statement,
        ...offerOf(genesis.passkeys, own.length === 0 ? [nobody] : own),
      };
    },

    async complete(state, { challengeIdentifier, firstFactor: { kind, credentialAssertion } }) {
      const statement = await tokens.readLogin(challengeIdentifier);
      if (statement.genesisHash !== state.genesisHash || statement.orgId !== state.genesis.orgId) throw new Refusal('action/challenge-invalid');
      const { user, credential } = await verifyLogin(state, statement, { kind, ...credentialAssertion });
      const at = now();
      const sessionId = await db.transaction().execute(async (tx) => {
        try {
          await tx
            .insertInto('spent_logins')
            .values({ challenge: loginChallengeOf(statement), expires_at: Number(statement.expiresAt) + CLOCK_ALLOWANCE_MS })
            .execute();
        } catch (error) {
          throw isDuplicate(error) ? new Refusal('action/used') : error;
        }
        return sessions.open({ userId: user.id, credId: credential.credId }, at + LOGIN_LIFETIME_MS, tx);
      });
      return { token: await tokens.issueSession(user, sessionId, at, at + LOGIN_LIFETIME_MS) };
    },

    async sweep() {
      await db
        .deleteFrom('spent_logins')
        .where('expires_at', '<', now() - CHALLENGE_LIFETIME_MS)
        .execute();
    },
  };
}
