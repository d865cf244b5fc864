/**
 * Snapshots of the organisation's state at every so many acts: written in the background and signed by this signer,
 * which starts from its latest one instead of replaying all acts. What a quorum of signers says the same of is good for
 * one that has nothing.
 *
 * A snapshot counts only beside the act that it ends in, with that act's certificate. One that does not hold is left
 * alone, and the acts are replayed.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type AuthorityState, decodeSnapshot, encodeSnapshot, isCertified, isSnapshotCertified, SNAPSHOT_FORMAT } from '@quorate/authority';
import {
  b64,
  type ReplyOf,
  Refusal,
  type RequestOf,
  type Signed,
  SignedSnapshot,
  type SignerId,
  SNAPSHOT_PIECE_BYTES,
  type SnapshotBody,
  verifySigned,
} from '@quorate/wire';
import type { Events } from './events.ts';
import type { Self } from './self.ts';
import type { Store } from './store/store.ts';

/** Acts from one snapshot to the next. Signers say the same only of snapshots at the same numbers. */
export const SNAPSHOT_EVERY = 1_000;

type Statement = Signed<'snapshot'>;

export interface SnapshotLink {
  readonly statements: (from: SignerId) => Promise<ReplyOf<'snapshots'>>;
  readonly piece: (from: SignerId, request: RequestOf<'snapshotPiece'>) => Promise<ReplyOf<'snapshotPiece'>>;
}

/** A snapshot that a quorum vouches for, whose bytes are in the store. */
export interface Fetched {
  readonly state: AuthorityState;
  /** This signer's own word for it, from now on. */
  readonly statement: Statement;
}

export interface Snapshots {
  readonly every: number;
  /** The latest good one of this store, at this number at most; `null` where there is none. */
  latest(until: number): Promise<AuthorityState | null>;
  /** Writes one of this state in the background, if its number is one for a snapshot and it is news. */
  passed(state: AuthorityState): void;
  /** The latest one that a quorum of peers vouches for, from the first of them that truly tells its bytes; `null` if there is none. */
  fetch(): Promise<Fetched | null>;
  statements(): Promise<ReplyOf<'snapshots'>>;
  /** @throws {Refusal} `authority/acts-absent` for one that is not kept */
  piece(request: RequestOf<'snapshotPiece'>): Promise<ReplyOf<'snapshotPiece'>>;
  /** Leaves unfinished what is being written. */
  stop(): Promise<void>;
}

export interface SnapshotOptions {
  readonly self: Self;
  readonly store: Store;
  readonly link: SnapshotLink;
  readonly events: Events;
  readonly every?: number;
}

export function createSnapshots({ self, store, link, events, every = SNAPSHOT_EVERY }: SnapshotOptions): Snapshots {
  const { genesis, genesisHash } = self;
  let writing: Promise<void> | null = null;
  /** What is to be written when that is done. */
  let next: AuthorityState | null = null;
  /** Numbers of stored ones that do not hold. */
  const spoilt = new Set<number>();
  let stopped = false;

  /** The store's statements that have the shape of one, the latest first. */
  async function known(): Promise<readonly Statement[]> {
    return (await store.read('snapshots', {})).flatMap(({ number, statement }) => {
      const read = statementIn(statement);
      if (read?.body.number === number) return [read];
      if (!spoilt.has(number)) events.snapshotBad(number);
      spoilt.add(number);
      return [];
    });
  }

  async function* stored(number: number, size: number): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece * SNAPSHOT_PIECE_BYTES < size; piece++) {
      const bytes = await store.read('snapshot-piece', { number, piece });
      if (bytes === null) return;
      yield bytes;
    }
  }

  /** The state in the store's pieces, if they are what this says. */
  async function read({ number, head, size, hash }: SnapshotBody): Promise<AuthorityState | null> {
    const digest = createHash('sha256');
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const bytes of stored(number, size)) {
        digest.update(bytes);
        yield bytes;
      }
    }
    const state = await decodeSnapshot(genesis, genesisHash, { number, hash: head }, hashed());
    return digest.digest('hex') === hash ? state : null;
  }

  /** By the identity in use: which keys there were before, only the snapshot would say. */
  async function isOwn(statement: Statement): Promise<boolean> {
    const ours = statement.signerId === self.id && statement.body.genesisHash === genesisHash;
    return ours && verifySigned('snapshot', statement, self.identity.publicIdentity.identityKey);
  }

  async function isBesideItsAct(state: AuthorityState): Promise<boolean> {
    const { number } = state.head;
    const [act] = await store.read('acts', { after: number - 1, limit: 1, maxChars: 1 });
    return act?.number === number && (await isCertified(state, state.head, act.acks));
  }

  const bodyOf = (state: AuthorityState, size: number, hash: string): SnapshotBody => ({
    genesisHash,
    number: state.head.number,
    head: state.head.hash,
    format: SNAPSHOT_FORMAT,
    size,
    hash,
  });

  async function write(state: AuthorityState): Promise<void> {
    const { number } = state.head;
    const digest = createHash('sha256');
    let size = 0;
    let piece = 0;
    for (const bytes of encodeSnapshot(state)) {
      if (stopped) return;
      digest.update(bytes);
      size += bytes.length;
      await store.write('snapshot-piece', { number, piece: piece++, bytes });
    }
    if (stopped) return;
    await store.write('snapshot', { statement: self.sign('snapshot', bodyOf(state, size, digest.digest('hex'))), spoilt: [...spoilt] });
    spoilt.clear();
    events.snapshotKept(number);
  }

  /** Until no later state has come in the meantime. */
  async function writeNext(): Promise<void> {
    for (let state = next; state !== null && !stopped; state = next) {
      next = null;
      const { number } = state.head;
      const good = (await known()).filter(({ body }) => body.format === SNAPSHOT_FORMAT && !spoilt.has(body.number));
      if (good.some(({ body }) => body.number >= number)) continue;
      await write(state);
    }
  }

  /** What a quorum of peers says the same of, the latest first, each with those who say it. */
  async function vouchedFor(): Promise<readonly (readonly [SnapshotBody, readonly SignerId[]])[]> {
    const said: Statement[] = [];
    await Promise.all(
      self.peers.map(async (peer) => {
        try {
          for (const one of (await link.statements(peer)).statements) if (one.signerId === peer && one.body.format === SNAPSHOT_FORMAT) said.push(one);
        } catch {
          // A peer that does not answer says nothing.
        }
      }),
    );
    const found: (readonly [SnapshotBody, readonly SignerId[]])[] = [];
    for (const same of Map.groupBy(said, ({ body }) => `${body.number} ${body.hash} ${body.head} ${body.size}`).values()) {
      const [first] = same;
      if (first !== undefined && (await isSnapshotCertified(self.keys, first.body, same)))
        found.push([first.body, self.peers.filter((peer) => same.some(({ signerId }) => signerId === peer))]);
    }
    return found.sort(([a], [b]) => b.number - a.number);
  }

  /** Into the store, as long as it does not grow beyond what was said. */
  async function take(from: SignerId, { number, hash, size }: SnapshotBody): Promise<void> {
    for (let piece = 0; piece * SNAPSHOT_PIECE_BYTES < size; piece++) {
      if (stopped) throw new Refusal('authority/acts-absent', { number });
      const bytes = b64.decode((await link.piece(from, { number, hash, piece })).bytes);
      if (bytes.length !== Math.min(SNAPSHOT_PIECE_BYTES, size - piece * SNAPSHOT_PIECE_BYTES)) throw new Refusal('envelope/refused', { problem: 'size' });
      await store.write('snapshot-piece', { number, piece, bytes });
    }
  }

  return {
    every,
    async latest(until) {
      for (const statement of await known()) {
        const { body } = statement;
        if (body.number > until || body.format !== SNAPSHOT_FORMAT) continue;
        const state = (await isOwn(statement)) ? await read(body) : null;
        if (state !== null && (await isBesideItsAct(state))) return state;
        spoilt.add(body.number);
        events.snapshotBad(body.number);
      }
      return null;
    },
    passed(state) {
      const { number } = state.head;
      if (stopped || number === 0 || number % every !== 0) return;
      next = state;
      writing ??= writeNext()
        .catch((error: unknown) => {
          if (!stopped) events.failed('keeping a snapshot', error);
        })
        .finally(() => {
          writing = null;
        });
    },
    async fetch() {
      for (const [body, holders] of await vouchedFor()) {
        for (const from of holders) {
          try {
            await take(from, body);
            const state = await read(body);
            if (state !== null) return { state, statement: self.sign('snapshot', body) };
            events.snapshotLie(from, body.number);
          } catch (error) {
            events.badAnswer(from, error);
          }
        }
      }
      return null;
    },
    async statements() {
      return { statements: (await known()).filter(({ body }) => body.format === SNAPSHOT_FORMAT).slice(0, 2) };
    },
    async piece({ number, hash, piece }) {
      const held = (await known()).some(({ body }) => body.number === number && body.hash === hash);
      const bytes = held ? await store.read('snapshot-piece', { number, piece }) : null;
      if (bytes === null) throw new Refusal('authority/acts-absent', { number });
      return { bytes: b64.encode(bytes) };
    },
    async stop() {
      stopped = true;
      await writing;
    },
  };
}

function statementIn(text: string): Statement | null {
  try {
    return SignedSnapshot.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
