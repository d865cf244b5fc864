/**
 * How this signer is.
 *
 * @module
 */
import { keysOf } from '@quorate/authority';
import type { BuildInfo } from '@quorate/mpc';
import { CHALLENGE_LIFETIME_MS, type ReplyOf } from '@quorate/wire';
import type { AuxInfo } from './aux-info.ts';
import type { Chain } from './chain.ts';
import { keysIn, sameKeys } from './identities.ts';
import type { Faults } from './faults.ts';
import type { Rejoin } from './rejoin.ts';
import type { Self } from './self.ts';
import type { Sessions } from './sessions.ts';
import type { Witness } from './witness.ts';

/** The names of all parts of a signer's readiness. */
export const checkNames = ['auxInfo', 'tables', 'audit', 'peers', 'store', 'acknowledgements', 'keys', 'sessions', 'addon'] as const;

export function statusOf({
  self,
  chain,
  auxInfo,
  build,
  auditBrokenAt,
  rejoin,
  witness,
  faults,
  sessions,
}: {
  self: Self;
  chain: Chain;
  auxInfo: AuxInfo;
  build: BuildInfo;
  auditBrokenAt: number | null;
  rejoin: Rejoin;
  witness: Witness;
  faults: Faults;
  sessions: Pick<Sessions, 'waitsFor'>;
}): ReplyOf<'status'> {
  const { aux, progress } = auxInfo;
  const present = keysOf(self.keys, self.id);
  const holdsKeys = present !== null && sameKeys(present, keysIn(self.identity));
  const checks = {
    auxInfo: progress.phase === 'ready' ? 'ok' : `${progress.phase} ${Math.round(progress.done * 100)} %`,
    tables: aux?.tables === true ? 'ok' : 'not made',
    audit: auditBrokenAt === null ? 'ok' : `broken at ${auditBrokenAt}`,
    peers: rejoin.check,
    store: describeFloors(chain, self.now()),
    acknowledgements: witness.stopped === null ? 'ok' : `signer ${witness.stopped.party} has acknowledged two acts as number ${witness.stopped.number}`,
    keys: holdsKeys ? 'ok' : 'the roster has other keys for this signer than it holds',
    sessions: faults.status,
    addon: build.testFixtures ? 'test fixtures' : 'ok',
  } satisfies Record<(typeof checkNames)[number], string>;
  const ready = aux !== null && auditBrokenAt === null && rejoin.takesPart && witness.stopped === null && holdsKeys;
  return { signerId: self.id, ready, checks, head: chain.state.head, build, now: self.now(), traces: true, waitsFor: [...sessions.waitsFor()] };
}

/** A store that was put back says so for as long as anything is refused for it. */
function describeFloors({ floors, state }: Chain, now: number): string {
  const since = new Date(floors.evidence).toISOString();
  if (floors.restoring) return `rolled back: evidence issued before ${since} is refused, and what was missed is being fetched`;
  if (now < floors.evidence + CHALLENGE_LIFETIME_MS) return `rolled back: evidence issued before ${since} is refused`;
  return state.head.number < floors.act ? `rolled back: acts up to ${floors.act} are left to others` : 'ok';
}
