/**
 * The roster's aux info: made once by all signers together, from primes that each made for itself, and used for every
 * key. What a run yields is pending until all n have said that they hold the result of the same run.
 *
 * @module
 */
import type { Aux, AuxResult, Job, Vault } from '@quorate/mpc';
import type { NoticeOf, SignerId } from '@quorate/wire';
import type { Events } from './events.ts';
import { sessionTagOf } from './execution-id.ts';
import { primesContext } from './init.ts';
import { createPulse } from './pulse.ts';
import type { Self } from './self.ts';
import type { Sessions } from './sessions.ts';
import type { StoredAux } from './store/roster.ts';
import type { Store } from './store/store.ts';

const AUX_MS = 15 * 60_000;
const ANNOUNCE_MS = 1_000;
/** Between two runs, plus as much again at random, so that signers that got out of step fall in again. */
const BACKOFF_MS = 300;

export interface AuxProgress {
  readonly phase: 'primes' | 'waiting' | 'running' | 'announcing' | 'ready';
  /** Share of the phase that is done, 0 to 1; of a run, by the messages that have come. */
  readonly done: number;
}

export interface AuxInfo {
  /** `null` until it is usable. */
  readonly aux: Aux | null;
  readonly progress: AuxProgress;
  /** Resolves once aux info is in place; never where the signer stops before. */
  readonly ready: Promise<void>;
  heard(notice: NoticeOf<'auxReady'>, from: SignerId): void;
  /** A signer joins a session that is not running here: perhaps one that has lost its part. */
  invited(tag: string, from: SignerId): void;
  stop(): void;
}

export interface AuxInfoOptions {
  readonly self: Self;
  readonly store: Store;
  readonly vault: Vault;
  readonly sessions: () => Sessions;
  readonly tell: (to: readonly SignerId[], notice: NoticeOf<'auxReady'>) => void;
  /** Sealed primes, made where they are missing. */
  readonly primes: (onProgress: (done: number) => void) => Job<Uint8Array>;
  /** Published aux info in place of our own: tests and benches only. */
  readonly fixtures: boolean;
  readonly tables: 'background' | 'off';
  readonly events: Events;
}

export function openAuxInfo({ self, store, vault, sessions, tell, primes, fixtures, tables, events }: AuxInfoOptions): AuxInfo {
  const { epoch } = self.genesis;
  const context = self.contextOf('aux');
  const meeting = { protocol: 'aux', challenge: '', attempt: 1, participants: self.roster.map(({ id }) => id) } as const;
  const tag = sessionTagOf(meeting);
  const pulse = createPulse();
  const announced = new Map<SignerId, string>();
  const jobs = new Set<Job<unknown>>();
  const { promise: ready, resolve: nowReady } = Promise.withResolvers<void>();
  let aux: Aux | null = null;
  let held: StoredAux | null = null;
  let progress: AuxProgress = { phase: 'waiting', done: 0 };
  let stopped = false;
  let lost = false;

  const during = async <T>(job: Job<T>): Promise<T> => {
    jobs.add(job);
    try {
      return await job.result;
    } finally {
      jobs.delete(job);
    }
  };

  async function make(): Promise<StoredAux> {
    progress = { phase: 'primes', done: 0 };
    const sealedPrimes = await during(
      primes((done) => {
        progress = { phase: 'primes', done };
      }),
    );
    if (stopped) throw new Error('stopped');
    progress = { phase: 'waiting', done: 0 };
    // Commitment, echo, opening and proof from each peer.
    const expected = 4 * self.peers.length;
    const { executionId, result } = await sessions().run<AuxResult>({
      ...meeting,
      keyId: '',
      digest: '',
      head: { number: '0', hash: self.genesisHash },
      deadline: self.now() + AUX_MS,
      begin: async (id) => {
        await store.write('aux-begin', { executionId: id });
        progress = { phase: 'running', done: 0 };
      },
      start: (spec, onEvent) => vault.startAux({ ...spec, primes: sealedPrimes, primesContext: primesContext(self.id), context }, onEvent),
      progress: (messages) => {
        progress = { phase: 'running', done: Math.min(1, messages / expected) };
      },
    });
    const audit = { time: self.now(), event: 'aux info made', detail: { epoch, executionId } };
    await store.write('aux-pending', { epoch, executionId, sealed: result.sealedAux, audit });
    return { executionId, sealed: result.sealedAux, usable: false };
  }

  /** Whether all have announced the same run before somebody asked to begin anew. */
  async function allHold({ executionId }: StoredAux): Promise<boolean> {
    progress = { phase: 'announcing', done: 1 };
    announced.set(self.id, executionId);
    while (!stopped) {
      tell(self.peers, { executionId, epoch, ask: true });
      const all = await pulse.until(
        () => (stopped || lost ? false : self.roster.every(({ id }) => announced.get(id) === executionId) ? true : undefined),
        ANNOUNCE_MS,
      );
      if (all !== undefined) return all;
    }
    return false;
  }

  async function settle(): Promise<void> {
    held = fixtures ? { executionId: '', sealed: vault.sealFixtureAux(self.index, context), usable: true } : await store.read('aux', { epoch });
    while (!stopped && held?.usable !== true) {
      try {
        lost = false;
        held ??= await make();
        if (await allHold(held)) {
          await store.write('aux-usable', { epoch, executionId: held.executionId });
          held = { ...held, usable: true };
          events.auxUsable(held.executionId);
        } else {
          held = null;
        }
      } catch (error) {
        if (stopped) return;
        events.auxFailed(error);
        await pulse.until(() => (stopped ? true : undefined), BACKOFF_MS * (1 + Math.random()));
      }
    }
    if (stopped || held === null) return;
    aux = await vault.openAux(held.sealed, context);
    progress = { phase: 'ready', done: 1 };
    nowReady();
    if (tables === 'background') {
      await during(aux.prepareTables());
      events.tablesMade();
    }
  }

  settle().catch((error: unknown) => {
    if (!stopped) events.failed('aux info', error);
  });

  return {
    get aux() {
      return aux;
    },
    get progress() {
      return progress;
    },
    ready,
    heard({ executionId, epoch: theirs, ask }, from) {
      if (theirs !== epoch) return;
      announced.set(from, executionId);
      if (ask && held !== null && held.executionId !== '') tell([from], { executionId: held.executionId, epoch, ask: false });
      pulse.ring();
    },
    invited(theirTag, from) {
      if (theirTag !== tag || held === null || fixtures) return;
      if (held.usable) return events.auxLost(from);
      // It holds nothing, so this run will never be everybody's.
      lost = true;
      pulse.ring();
    },
    stop() {
      stopped = true;
      for (const job of jobs) job.cancel();
      pulse.ring();
    },
  };
}
