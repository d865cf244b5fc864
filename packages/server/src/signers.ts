/**
 * The signers as the server sees them from outside: who answers, who is ready, where each is in the chain of acts; and
 * how all or some of them are asked something.
 *
 * @module
 */
import { type Channel, isLinkError } from '@quorate/link';
import { type CallKind, type Genesis, isRefusal, type Refusal, type ReplyOf, type RequestOf, type SignerId } from '@quorate/wire';
import { pause } from './background.ts';
import type { Log } from './log.ts';
import { createLooks, LAST_LOOK_MS, type SignerHealth } from './looks.ts';
import { apartOf, slowOf } from './pace.ts';

export type { SignerHealth } from './looks.ts';

/** What became of one question to one signer. `silent`: nothing came back in time; neither where we gave up waiting ourselves. */
export type Outcome<K extends CallKind> =
  | { readonly signerId: SignerId; readonly reply: ReplyOf<K>; readonly refusal: null; readonly silent: false }
  | { readonly signerId: SignerId; readonly reply: null; readonly refusal: Refusal | null; readonly silent: boolean };

export interface Signers {
  readonly ids: readonly SignerId[];
  /** Whether this signer has said that it reads the trace of a call. */
  readsTraces(id: string): boolean;
  /** As of two seconds ago at most. */
  health(): Promise<readonly SignerHealth[]>;
  /** Asks everyone now. */
  look(): Promise<readonly SignerHealth[]>;
  /**
   * `count` ready signers without `exclude`: last those whose clocks are far from the others', then those with the highest
   * `doubt`, then those that answer slowly; all else taking turns. Once there are enough, nobody who is slow or away is
   * waited for. `anew` asks who is ready even if it is known as of two seconds ago.
   * @throws {Refusal} `signers/unavailable` naming who is missing
   */
  pick(count: number, exclude: ReadonlySet<SignerId>, doubt: (id: SignerId) => number, anew?: boolean): Promise<readonly SignerId[]>;
  /** Refuses when fewer than `count` are ready, asked now. @throws {Refusal} `signers/unavailable` naming who is missing */
  need(count: number): Promise<void>;
  /** Which of these are not ready, asked now. */
  absent(ids: readonly SignerId[]): Promise<readonly SignerId[]>;
  /**
   * Gives up when one of these falls silent, until the returned function is called. `missed` hears when one of them does
   * not answer a look, which a busy machine may do.
   */
  watch(ids: readonly SignerId[], giveUp: AbortController, missed?: () => void): () => void;
  /**
   * Whom most others of these say they wait for in sessions that have come to a halt; nobody where no one stands out.
   * Anybody may say so of anybody.
   */
  waitedFor(of: readonly SignerId[]): Promise<ReadonlySet<SignerId>>;
  /** One promise each, which rejects only for a fault of our own. `deadline` in milliseconds. */
  ask<K extends CallKind>(
    kind: K,
    to: readonly SignerId[],
    request: RequestOf<K>,
    o: { deadline: number; signal?: AbortSignal },
  ): readonly Promise<Outcome<K>>[];
}

/** After how long without an answer a session's participants are looked at, first and then. */
const FIRST_WATCH_MS = 500;
const WATCH_MS = 1_500;

export function createSigners(o: { channel: Channel; genesis: Genesis; now: () => number; testFixtures: boolean; log: Log }): Signers {
  const { channel, log } = o;
  const ids = o.genesis.signers.map(({ id }) => id);
  let turn = 0;

  function ask<K extends CallKind>(kind: K, to: readonly SignerId[], request: RequestOf<K>, { deadline, signal }: { deadline: number; signal?: AbortSignal }) {
    return to.map(async (signerId): Promise<Outcome<K>> => {
      try {
        const reply = await channel.call(signerId, kind, request, { deadline, ...(signal === undefined ? {} : { signal }) });
        return { signerId, reply, refusal: null, silent: false };
      } catch (error) {
        if (isRefusal(error)) return { signerId, reply: null, refusal: error as Refusal, silent: false };
        if (!isLinkError(error)) throw error;
        const { code } = error;
        const silent = code !== 'aborted';
        if (silent) log.debug({ event: 'signer-silent', signerId, kind, code }, 'a signer did not answer');
        return { signerId, reply: null, refusal: null, silent };
      }
    });
  }

  const { ready, absent, ...looks } = createLooks({ ...o, ask });

  return {
    ...looks,
    ids,
    ask,
    absent: (of) => absent(of),
    watch(of, giveUp, missed) {
      let done = false;
      void (async () => {
        for (let wait = FIRST_WATCH_MS; ; wait = WATCH_MS) {
          await pause(wait);
          if (done) return;
          const missing = await absent(of);
          if (done) return;
          if (missing.length === 0) continue;
          missed?.();
          if ((await absent(missing, LAST_LOOK_MS)).length > 0) return giveUp.abort();
        }
      })();
      return () => {
        done = true;
      };
    },
    async pick(count, exclude, doubt, anew = false) {
      const found = await ready(count, exclude, anew);
      const [apart, slow] = [apartOf(found), slowOf(found)];
      const start = turn++ % found.length;
      const inTurn = [...found.slice(start), ...found.slice(0, start)].map(({ signerId }) => signerId);
      const rank = (a: SignerId, b: SignerId): number =>
        Number(apart.has(a)) - Number(apart.has(b)) || doubt(a) - doubt(b) || Number(slow.has(a)) - Number(slow.has(b));
      const chosen = new Set(inTurn.sort(rank).slice(0, count));
      // Participants are named in roster order.
      return ids.filter((id) => chosen.has(id));
    },
  };
}
