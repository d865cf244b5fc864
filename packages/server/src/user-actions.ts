/**
 * User actions (contract §2): a challenge that commits to one request, the assertion that turns it into evidence, and a
 * token that lets exactly this request through, once.
 *
 * @module
 */
import { hash, randomBytes } from 'node:crypto';
import { type AuthorityState, requireUserHandle, verifyEvidence } from '@quorate/authority';
import {
  type BodyOfEndpoint,
  CHALLENGE_LIFETIME_MS,
  CLOCK_ALLOWANCE_MS,
  challengeOf,
  type completeUserAction,
  type Evidence,
  Evidence as EvidenceSchema,
  hex,
  type initUserAction,
  type Method,
  payloadHashOf,
  Refusal,
  type ReplyOfEndpoint,
  readCommand,
  Statement,
} from '@quorate/wire';
import { logAction } from './action-log.ts';
import { credentialsOf } from './authority-index.ts';
import type { Caller } from './caller.ts';
import { offerOf } from './credential-offers.ts';
import type { Db } from './db.ts';
import type { Tokens } from './tokens.ts';

/** How long the token for the real call lives, in milliseconds. */
export const ACTION_TOKEN_LIFETIME_MS = 120_000;
/** How long an ended action is remembered, so that a second use is told from a made-up one. */
const REMEMBERED_MS = 600_000;

/** The request as it arrived: raw path (still percent-encoded), raw query with its `?` or '', raw body. */
export interface RawRequest {
  readonly method: Method;
  readonly pathname: string;
  readonly search: string;
  readonly body: string;
}

export interface UserActions {
  begin(state: AuthorityState, caller: Caller, request: BodyOfEndpoint<typeof initUserAction>): Promise<ReplyOfEndpoint<typeof initUserAction>>;
  complete(state: AuthorityState, caller: Caller, request: BodyOfEndpoint<typeof completeUserAction>): Promise<ReplyOfEndpoint<typeof completeUserAction>>;
  /** Spends the token, whatever comes of the call. @throws {Refusal} `action/missing`, `action/used`, `action/mismatch` */
  spend(token: string | undefined, caller: Caller, request: RawRequest): Promise<Evidence>;
  /** Forgets what ended long ago. */
  sweep(): Promise<void>;
}

export function createUserActions({ db, tokens, now }: { readonly db: Db; readonly tokens: Tokens; readonly now: () => number }): UserActions {
  return {
    async begin(state, { user, token, tokenId }, request) {
      const payload = request.userActionPayload ?? '';
      const [method, path] = [request.userActionHttpMethod, request.userActionHttpPath];
      // What no signer could read is refused before anyone signs it.
      readCommand({ method, path, payload });
      const issuedAt = now();
      const statement: Statement = {
        v: '1',
        genesisHash: state.genesisHash,
        headNumber: String(state.head.number),
        headHash: state.head.hash,
        orgId: state.genesis.orgId,
        userId: user.id,
        tokenId: token?.id ?? '',
        method,
        path,
        payloadHash: payloadHashOf(payload),
        nonce: hex.encode(randomBytes(32)),
        issuedAt: String(issuedAt),
        expiresAt: String(issuedAt + CHALLENGE_LIFETIME_MS),
      };
      const challenge = challengeOf(statement);
      const credentials = credentialsOf(state, user.id, token?.id ?? '');
      if (credentials.length === 0) throw new Refusal('action/credential-unknown');
      const expiresAt = issuedAt + CHALLENGE_LIFETIME_MS;
      await db
        .insertInto('challenges')
        .values({
          challenge,
          user_id: user.id,
          token_id: tokenId,
          statement: JSON.stringify(statement),
          payload,
          expires_at: expiresAt,
          evidence: null,
          token_hash: null,
          token_expires_at: null,
          used_at: null,
        })
        .execute();
      return {
        challenge,
        challengeIdentifier: await tokens.issueChallenge(challenge, expiresAt + CLOCK_ALLOWANCE_MS),
        statement,
        ...offerOf(state.genesis.passkeys, credentials),
      };
    },

    async complete(state, caller, { challengeIdentifier, firstFactor }) {
      const challenge = await tokens.readChallenge(challengeIdentifier);
      const row = await db
        .selectFrom('challenges')
        .selectAll()
        .where('challenge', '=', challenge as never)
        .executeTakeFirst();
      if (row === undefined || row.user_id !== caller.user.id || row.token_id !== caller.tokenId) throw new Refusal('action/challenge-invalid');
      if (row.token_hash !== null) throw new Refusal('action/used');
      const { credId, clientData, signature, authenticatorData, userHandle } = firstFactor.credentialAssertion;
      const evidence: Evidence = {
        statement: Statement.parse(JSON.parse(row.statement)),
        payload: row.payload,
        kind: firstFactor.kind,
        credId,
        clientData,
        signature,
        ...(authenticatorData === undefined ? {} : { authenticatorData }),
      };
      const { user } = await verifyEvidence(state, evidence, { now: now() });
      // No part of the evidence: no signature covers it.
      requireUserHandle(user.id, userHandle);
      const userAction = randomBytes(32).toString('base64url');
      const { numUpdatedRows } = await db
        .updateTable('challenges')
        .set({ evidence: JSON.stringify(evidence), token_hash: hash('sha256', userAction), token_expires_at: now() + ACTION_TOKEN_LIFETIME_MS })
        .where('challenge', '=', row.challenge)
        .where('token_hash', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new Refusal('action/used');
      return { userAction };
    },

    async spend(token, caller, request) {
      if (token === undefined || token === '') throw new Refusal('action/missing');
      const tokenHash = hash('sha256', token);
      const at = now();
      const spent = await db.transaction().execute(async (tx) => {
        const row = await tx
          .updateTable('challenges')
          .set({ used_at: at })
          .where('token_hash', '=', tokenHash)
          .where('used_at', 'is', null)
          .returning(['user_id', 'token_id', 'evidence', 'token_expires_at'])
          .executeTakeFirst();
        if (row === undefined || row.evidence === null || at > (row.token_expires_at ?? 0)) return { row, evidence: null, odd: null };
        const evidence = EvidenceSchema.parse(JSON.parse(row.evidence));
        const odd = row.user_id !== caller.user.id || row.token_id !== caller.tokenId ? 'user' : oddMember(evidence, request);
        if (odd === null) await logAction(tx, { evidence, tokenId: caller.tokenId, time: at });
        return { row, evidence, odd };
      });
      if (spent.row === undefined) {
        const known = await db.selectFrom('challenges').select('used_at').where('token_hash', '=', tokenHash).executeTakeFirst();
        throw new Refusal(known === undefined ? 'action/missing' : 'action/used');
      }
      const { evidence, odd } = spent;
      if (evidence === null) throw new Refusal('action/expired');
      if (odd !== null) throw new Refusal('action/mismatch', { member: odd });
      return evidence;
    },

    async sweep() {
      await db
        .deleteFrom('challenges')
        .where('expires_at', '<', now() - REMEMBERED_MS)
        .execute();
    },
  };
}

/** The first thing in which the call is not what was signed. */
function oddMember({ statement, payload }: Evidence, { method, pathname, search, body }: RawRequest): 'method' | 'path' | 'body' | null {
  if (statement.method !== method) return 'method';
  // A query that was signed must be the one that came; one that was not signed does not exist for anyone.
  if (statement.path !== pathname && statement.path !== pathname + search) return 'path';
  return payload === body ? null : 'body';
}
