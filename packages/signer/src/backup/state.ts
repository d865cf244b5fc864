/**
 * The organisation's state as the acts of a store make it, each verified anew; of a store that began with a snapshot, from
 * that on.
 *
 * @module
 */
import { applyRecords, type AuthorityState, genesisState } from '@quorate/authority';
import { soundEd25519Keys, verifyEd25519Many } from '@quorate/mpc';
import { Refusal } from '@quorate/wire';
import { createEvents } from '../events.ts';
import type { Self } from '../self.ts';
import { createSnapshots } from '../snapshots.ts';
import { actsAfter, tipOf } from '../store/acts.ts';
import type { Database } from '../store/database.ts';
import type { Store } from '../store/store.ts';
import { perform, type ReadName, type ReadArgs, type ReadResult } from '../store/transactions.ts';

const PAGE = 500;
const MAX_CHARS = 4 * 1024 * 1024;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** @throws {Refusal} what the first act that does not hold is refused for; `authority/acts-absent` where nothing leads to the first one */
export async function stateIn(db: Database, self: Self): Promise<AuthorityState> {
  const { last } = db.get<{ last: number | null }>('SELECT max(number) AS last FROM acts') ?? { last: null };
  let state = tipOf(db, {}) === (last ?? 0) ? genesisState(self.genesis) : await latestSnapshot(db, self);
  for (;;) {
    const acts = actsAfter(db, { after: state.head.number, limit: PAGE, maxChars: MAX_CHARS });
    if (acts.length === 0) return state;
    const { state: next, fault } = await applyRecords(state, acts, { verify: verifyEd25519Many, soundKeys: soundEd25519Keys });
    if (fault !== null) throw fault;
    state = next;
  }
}

async function latestSnapshot(db: Database, self: Self): Promise<AuthorityState> {
  const store = {
    read: <K extends ReadName>(name: K, args: ReadArgs<K>) => Promise.resolve(perform(db, { kind: 'read', id: 0, name, args }).result as ReadResult<K>),
  };
  const nobody = (): Promise<never> => Promise.reject(new Refusal('authority/acts-absent'));
  const snapshots = createSnapshots({ self, store: store as Store, events: createEvents(silent, self.id), link: { statements: nobody, piece: nobody } });
  const state = await snapshots.latest(Number.POSITIVE_INFINITY);
  if (state === null) throw new Refusal('authority/acts-absent');
  return state;
}
