/**
 * Which keys the signers have now. Nobody is asked to be believed: the acts are replayed from the trusted genesis, each
 * with its author's signature and the certificate of a quorum, and what they have made of the roster is computed here.
 *
 * @module
 */
import { applyRecords, type AuthorityState, genesisRoster, genesisState, type Roster } from '@quorate/authority';
import { ActRecord, type Genesis, readGenesis, Refusal } from '@quorate/wire';

/** The roster after some act, computed from the acts. Keep it, and go on from it. */
export type KnownRoster = AuthorityState;

/** The genesis that the caller trusts; with `roster` also which keys its signers have had since. */
export interface RosterTrust {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly roster?: KnownRoster;
}

/** Certified acts after a number, as `GET /organisation/acts` answers; none where there are no more. */
export type ReadActs = (after: number) => Promise<{ readonly acts: readonly unknown[] }>;

/**
 * Reads on from `trust.roster`, or from the genesis, until there are no more acts. A server can only show fewer acts than
 * there are: compare the head with one that you know.
 * @throws {Refusal} `genesis/invalid`; what an act is refused for that does not hold
 */
export async function learnRoster(trust: RosterTrust, readActs: ReadActs): Promise<KnownRoster> {
  rosterIn(trust);
  let state = trust.roster ?? genesisState(trust.genesis);
  for (;;) {
    const { acts } = await readActs(state.head.number);
    const records = acts.map((act) => {
      const parsed = ActRecord.safeParse(act);
      if (!parsed.success) throw new Refusal('authority/conflict', { expected: state.head.number + 1 });
      return parsed.data;
    });
    if (records.length === 0) return state;
    const { state: next, fault } = await applyRecords(state, records);
    if (fault !== null) throw fault;
    state = next;
  }
}

/** What statements are verified with: the keys of the genesis where no others are known. @throws {Refusal} `genesis/invalid` */
export function rosterIn({ genesis, genesisHash, roster }: RosterTrust): Roster {
  const read = readGenesis(genesis, genesisHash);
  if (roster === undefined) return genesisRoster(read, genesisHash);
  if (roster.genesisHash !== genesisHash) throw new Refusal('genesis/invalid', { reason: 'the roster is of another genesis', expected: genesisHash });
  return roster;
}
