/**
 * The check that makes a user action the user's own: the server's challenge must be the hash of a statement about
 * exactly the request that the caller is making, known before the server was asked.
 *
 * @module
 */
import { CLOCK_ALLOWANCE_MS, challengeOf, type Head, isFresh, payloadHashOf, Refusal, Statement } from '@quorate/wire';
import { createHeadMemory, type HeadMemory } from './head-memory.ts';

/** The request, from the caller's side alone. */
export interface ExpectedRequest {
  readonly method: string;
  /** Raw pathname, percent-encoded; with its query where that is signed too. */
  readonly path: string;
  /** The exact body text. */
  readonly payload: string;
}

/** Who the caller is, from the caller's side alone. What is left out is not checked, except the genesis hash. */
export interface Trust {
  readonly orgId?: string | undefined;
  readonly userId?: string | undefined;
  readonly tokenId?: string | undefined;
  /** Without it the first one seen is kept, and every other refused. */
  readonly genesisHash?: string | undefined;
  /** Milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Shared between clients, or kept between runs. */
  readonly heads?: HeadMemory | undefined;
}

export type ChallengeCheck = (init: unknown, expected: ExpectedRequest) => Statement;

/** A check with the memory of one client. The check throws {@link Refusal} `guard/foreign-challenge`, whose detail names the member that does not fit. */
export function challengeCheck({ orgId, userId, tokenId, genesisHash, now = Date.now, heads = createHeadMemory() }: Trust): ChallengeCheck {
  let pinned = genesisHash;
  /** Challenges that were accepted, and until when a signer takes them (milliseconds). */
  const accepted = new Map<string, number>();
  return (init, expected) => {
    const { challenge, statement: given } = (init ?? {}) as { challenge?: unknown; statement?: unknown };
    const parsed = Statement.safeParse(given);
    if (!parsed.success) throw foreign('statement');
    const statement = parsed.data;
    const wanted: Partial<Record<keyof Statement, string | undefined>> = {
      method: expected.method,
      path: expected.path,
      payloadHash: payloadHashOf(expected.payload),
      genesisHash: pinned,
      orgId,
      userId,
      tokenId,
    };
    for (const [member, value] of Object.entries(wanted)) {
      if (value !== undefined && statement[member as keyof Statement] !== value) throw foreign(member);
    }
    if (!isFresh(statement, now())) throw foreign('issuedAt');
    const head: Head = { number: Number(statement.headNumber), hash: statement.headHash };
    if (!heads.accepts(head)) throw foreign('headNumber');
    const committed = challengeOf(statement);
    if (committed !== challenge) throw foreign('challenge');
    // One challenge has one effect. Shown for two equal calls, it would pass off the first one's wallet as the second's.
    for (const [old, until] of accepted) if (until < now()) accepted.delete(old);
    if (accepted.has(committed)) throw foreign('nonce');
    accepted.set(committed, Number(statement.expiresAt) + CLOCK_ALLOWANCE_MS);
    pinned ??= statement.genesisHash;
    heads.note(head);
    return statement;
  };
}

const foreign = (mismatch: string): Refusal => new Refusal('guard/foreign-challenge', { mismatch });
