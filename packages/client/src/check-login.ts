/**
 * The check that makes a login a login: the server's challenge must be the hash of a login statement for this user, and
 * so can be no user action's.
 *
 * @module
 */
import { isFresh, LoginStatement, loginChallengeOf, Refusal } from '@quorate/wire';

/** From the caller's side alone. */
export interface ExpectedLogin {
  readonly orgId: string;
  readonly username: string;
  readonly genesisHash?: string | undefined;
  /** Milliseconds. */
  readonly now: number;
}

/** @throws {Refusal} `guard/foreign-challenge`, whose detail names the member that does not fit */
export function checkLogin(init: unknown, { orgId, username, genesisHash, now }: ExpectedLogin): LoginStatement {
  const { challenge, statement: given } = (init ?? {}) as { challenge?: unknown; statement?: unknown };
  const parsed = LoginStatement.safeParse(given);
  if (!parsed.success) throw foreign('statement');
  const statement = parsed.data;
  if (statement.orgId !== orgId) throw foreign('orgId');
  if (statement.username !== username) throw foreign('username');
  if (genesisHash !== undefined && statement.genesisHash !== genesisHash) throw foreign('genesisHash');
  if (!isFresh(statement, now)) throw foreign('issuedAt');
  if (loginChallengeOf(statement) !== challenge) throw foreign('challenge');
  return statement;
}

const foreign = (mismatch: string): Refusal => new Refusal('guard/foreign-challenge', { mismatch });
