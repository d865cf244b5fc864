/**
 * The join round: each participant of a session says a fresh nonce, and the session begins for whoever has heard all.
 *
 * Nothing is assumed of the order of messages: peers may speak before the server has asked us.
 *
 * @module
 */
import { type Head, hex, type NoticeOf, type SignerId } from '@quorate/wire';
import { createPerSender } from './per-sender.ts';

/** Sessions that a peer may have announced before we know of them. */
const MAX_EARLY = 256;
/** Repeated, for a line may lose it. Milliseconds. */
const REPEAT_MS = 1_000;

export interface JoinsOptions {
  readonly self: SignerId;
  readonly random: (length: number) => Uint8Array;
  readonly say: (to: readonly SignerId[], notice: NoticeOf<'join'>) => void;
  /** A participant has a new nonce for a session that has begun with another one: it will take no part in that. */
  readonly renewed: (tag: string, from: SignerId) => void;
}

export interface Joining {
  /** Every participant's nonce, own included, in the order given. */
  readonly nonces: Promise<readonly (readonly [SignerId, string])[]>;
  /** Who has not been heard. */
  missing(): readonly SignerId[];
  /** Ends the round, heard or not. */
  leave(): void;
}

export interface Joins {
  join(tag: string, participants: readonly SignerId[], head: Head): Joining;
  heard(notice: NoticeOf<'join'>, from: SignerId): void;
}

interface Round {
  readonly participants: readonly SignerId[];
  readonly nonces: Map<SignerId, string>;
  readonly resolve: (nonces: readonly (readonly [SignerId, string])[]) => void;
  begun: boolean;
}

export function createJoins({ self, random, say, renewed }: JoinsOptions): Joins {
  const rounds = new Map<string, Round>();
  const early = createPerSender<string>(MAX_EARLY);
  // What began a session never begins another one here.
  const used = createPerSender<string>(MAX_EARLY);

  function look(round: Round, tag: string): void {
    if (round.begun || round.participants.some((id) => !round.nonces.has(id))) return;
    round.begun = true;
    const nonces = round.participants.map((id) => [id, round.nonces.get(id) ?? ''] as const);
    for (const [id, nonce] of nonces) used.put(id, tag, nonce);
    round.resolve(nonces);
  }

  return {
    join(tag, participants, head) {
      const { promise, resolve } = Promise.withResolvers<readonly (readonly [SignerId, string])[]>();
      const nonce = hex.encode(random(32));
      const round: Round = { participants, nonces: new Map([[self, nonce]]), resolve, begun: false };
      for (const [id, heard] of early.take(tag)) round.nonces.set(id as SignerId, heard);
      rounds.set(tag, round);
      const others = participants.filter((id) => id !== self);
      const announce = (): void => say(others, { sessionTag: tag, nonce, head });
      announce();
      const timer = setInterval(announce, REPEAT_MS);
      look(round, tag);
      return {
        nonces: promise,
        missing: () => participants.filter((id) => !round.nonces.has(id)),
        leave() {
          clearInterval(timer);
          if (rounds.get(tag) === round) rounds.delete(tag);
        },
      };
    },
    heard({ sessionTag: tag, nonce }, from) {
      if (used.get(from, tag) === nonce) return;
      const round = rounds.get(tag);
      if (round !== undefined && !round.begun) {
        if (!round.participants.includes(from)) return;
        round.nonces.set(from, nonce);
        look(round, tag);
        return;
      }
      early.put(from, tag, nonce);
      renewed(tag, from);
    },
  };
}
