/**
 * A signer that has nothing begins with a snapshot, and fetches the acts before it afterwards, since others may ask for
 * them. They are those whose hashes stand in the snapshot, and each comes with its certificate.
 *
 * @module
 */
import { type AuthorityState, isCertified, nextHead } from '@quorate/authority';
import type { ActRecord } from '@quorate/wire';
import { countedIn } from './counted.ts';
import type { Events } from './events.ts';
import { createPulse } from './pulse.ts';
import type { Fetched, Snapshots } from './snapshots.ts';
import type { CertifiedAct } from './store/acts.ts';
import type { Store } from './store/store.ts';

/** Acts asked for at once. */
const PAGE = 100;
/** Between two rounds of asking in which nobody told anything, first and at most; milliseconds. */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

export interface ActsBeforeOptions {
  readonly store: Store;
  readonly snapshots: Snapshots;
  readonly sources: () => readonly string[];
  readonly fetch: (from: string, after: number, limit: number) => Promise<readonly ActRecord[]>;
  /** Where this signer stands. */
  readonly state: () => AuthorityState;
  readonly events: Events;
}

export interface ActsBefore {
  /** A snapshot that a quorum of peers vouches for, with the certified act that it ends in; `null` where there is none. */
  find(): Promise<(Fetched & { readonly act: ActRecord }) | null>;
  /** Fetches in the background what is missing before the store's first act. */
  fill(): void;
  stop(): void;
}

export function createActsBefore({ store, snapshots, sources, fetch, state, events }: ActsBeforeOptions): ActsBefore {
  const pulse = createPulse();
  let filling = false;
  let stopped = false;

  /** Whether this act is the one of its number in a history, certified. */
  async function isIn(history: AuthorityState, { number, evidence, acks }: ActRecord): Promise<boolean> {
    const before = history.heads.get(number - 1);
    if (number < 1 || before === undefined) return false;
    const head = nextHead({ head: { number: number - 1, hash: before } }, evidence);
    return head.hash === history.heads.get(number) && isCertified(history, head, acks);
  }

  async function lastOf(snapshot: AuthorityState): Promise<ActRecord | null> {
    const { number } = snapshot.head;
    for (const source of sources()) {
      const [act] = await fetch(source, number - 1, 1).catch(() => []);
      if (act?.number === number && (await isIn(snapshot, act))) return act;
    }
    return null;
  }

  /** Acts after `filled` up to `until`, as far as this source tells the right ones; where it got to. */
  async function fillFrom(source: string, after: number, until: number): Promise<number> {
    let filled = after;
    while (filled < until && !stopped) {
      const last = filled;
      const records = await fetch(source, last, Math.min(PAGE, until - last)).catch(() => []);
      const following = records.filter(({ number }, i) => number === last + 1 + i && number <= until);
      const good = await Promise.all(following.map((record) => isIn(state(), record)));
      const acts: CertifiedAct[] = [];
      for (const [i, act] of following.entries()) {
        const head = state().heads.get(act.number);
        if (good[i] !== true || head === undefined) break;
        acts.push({ ...act, head, counted: countedIn(act.evidence) });
      }
      if (acts.length === 0) return filled;
      await store.write('acts-filled', { acts });
      filled += acts.length;
    }
    return filled;
  }

  async function fillAll(): Promise<void> {
    let begun = false;
    for (let pause = PAUSE_MS; !stopped; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      const tip = await store.read('tip', {});
      if (tip >= state().head.number) {
        if (begun) events.actsFilled(tip);
        return;
      }
      begun = true;
      const [next] = await store.read('acts', { after: tip, limit: 1, maxChars: 1 });
      const until = (next?.number ?? 0) - 1;
      let filled = tip;
      for (const source of sources()) filled = await fillFrom(source, filled, until);
      if (filled > tip) pause = PAUSE_MS;
      else await pulse.until(() => (stopped ? true : undefined), pause);
    }
  }

  return {
    async find() {
      const fetched = await snapshots.fetch();
      const act = fetched === null ? null : await lastOf(fetched.state);
      return fetched === null || act === null ? null : { ...fetched, act };
    },
    fill() {
      if (filling) return;
      filling = true;
      fillAll()
        .catch((error: unknown) => {
          if (!stopped) events.failed('fetching the acts before a snapshot', error);
        })
        .finally(() => {
          filling = false;
        });
    },
    stop() {
      stopped = true;
      pulse.ring();
    },
  };
}
