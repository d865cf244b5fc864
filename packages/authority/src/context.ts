/**
 * What every rule of the reducer reads of an act besides the state: its author, what the author may do by this very
 * credential, the challenge that new ids derive from, and the time.
 *
 * @module
 */
import type { Challenge, Operation } from '@quorate/wire';
import { rightsOf } from './permissions.ts';
import type { AuthorityState, User } from './state.ts';
import type { Verified } from './verify-evidence.ts';

export interface Context {
  readonly author: User;
  /** The author's, capped by the personal access token's where one signed. */
  readonly rights: ReadonlySet<Operation>;
  readonly challenge: Challenge;
  /** Milliseconds, as signed. */
  readonly at: number;
}

export const contextOf = (state: AuthorityState, { user, credential, challenge, evidence }: Verified): Context => ({
  author: user,
  rights: rightsOf(state, user.id, credential.tokenId),
  challenge,
  at: Number(evidence.statement.issuedAt),
});
