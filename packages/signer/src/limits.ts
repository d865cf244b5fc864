/**
 * How much this signer does for others, whoever asks: the server is not trusted to limit anybody.
 *
 * @module
 */
import { createBuckets, type Rate } from '@quorate/link';
import { type Evidence, MAX_ACT_BYTES, Refusal, type TokenId, utf8 } from '@quorate/wire';

export interface SignerLimits {
  /** Decisions that one server asks for, before anything is verified. @default 1000 at once, 200 a second */
  readonly server: Rate;
  /** Verified requests of one user: signatures, keys, exports. @default 300 at once, 30 a second */
  readonly user: Rate;
  /** Acts of one user that this signer acknowledges. @default 400 at once, one in 10 s */
  readonly actsOfUser: Rate;
  /** Acts of all users but administrators together: how fast the chain may grow. @default 2000 at once, one in 5 s */
  readonly acts: Rate;
  /** Sessions of one key at a time. @default 64 */
  readonly sessionsOfKey: number;
  /** Sessions with the same signers that were broken off without proof before no more are begun. @default 16 */
  readonly brokenOff: number;
  /** The same, whichever signers took part. @default 128 */
  readonly brokenOffAtAll: number;
  /** Sessions that one signer has spoilt by proof before none is begun with it. @default 8 */
  readonly spoilt: number;
  /** The first pause after a failure, milliseconds; each further failure doubles it. @default 1_000 */
  readonly pauseMs: number;
}

export const defaultSignerLimits: SignerLimits = {
  server: { burst: 1_000, perSecond: 200 },
  user: { burst: 300, perSecond: 30 },
  // At once twice what an honest server lets through, so that its limits and not these are what a user meets.
  actsOfUser: { burst: 400, perSecond: 0.1 },
  acts: { burst: 2_000, perSecond: 0.2 },
  sessionsOfKey: 64,
  brokenOff: 16,
  brokenOffAtAll: 128,
  spoilt: 8,
  pauseMs: 1_000,
};

/** Who asks: a user itself, or by one of its personal access tokens, which are counted apart from it. */
interface Asking {
  readonly userId: string;
  readonly tokenId: TokenId | '';
}

export interface Acting {
  /** Another signer has acknowledged it: it holds its number until it is finished, so it may be taken ahead of time. */
  readonly begun: boolean;
  /** By an administrator, and not by a token: who takes rights away is not held up by whoever uses them up. */
  readonly byAdministrator: boolean;
}

export interface Decisions {
  /** A server asks for a decision. @throws {Refusal} `request/too-many` */
  asked(server: string): void;
  /** A user's request has been verified. @throws {Refusal} `request/too-many` */
  decided(asking: Asking): void;
  /** An act that would be acknowledged. @throws {Refusal} `request/too-many`, `request/too-large` */
  act(evidence: Evidence, acting: Acting): void;
}

/** A thief of a token does not use up what its user needs to take the token away. */
const nameOf = ({ userId, tokenId }: Asking): string => (tokenId === '' ? userId : `${userId} by token`);

/** Counted in memory: a restart gives everybody a full bucket once. */
export function createDecisions(limits: SignerLimits): Decisions {
  const ofServer = createBuckets(limits.server);
  const ofUser = createBuckets(limits.user);
  const actsOfUser = createBuckets(limits.actsOfUser);
  const acts = createBuckets(limits.acts);
  const refuseIf = (ms: number): void => {
    if (ms > 0) throw new Refusal('request/too-many', { retryAfter: Math.ceil(ms / 1000) });
  };
  return {
    asked: (server) => refuseIf(ofServer.take(server)),
    decided: (asking) => refuseIf(ofUser.take(nameOf(asking))),
    act({ statement, payload }, { begun, byAdministrator }) {
      if (utf8.encode(payload).length > MAX_ACT_BYTES) throw new Refusal('request/too-large', { most: MAX_ACT_BYTES });
      // The user's own first: who has used up its acts takes none of the others'.
      refuseIf(actsOfUser.take(nameOf(statement), begun ? limits.actsOfUser.burst : 0));
      if (!byAdministrator) refuseIf(acts.take('', begun ? limits.acts.burst : 0));
    },
  };
}
