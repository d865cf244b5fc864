/**
 * Is the server alive, and is it ready: each part by name, so that whoever looks knows what to mend.
 *
 * @module
 */
import { CLOCK_ALLOWANCE_MS, type Genesis } from '@quorate/wire';
import { answers, type Db } from './db.ts';
import type { SignerHealth, Signers } from './signers.ts';

export interface Readiness {
  readonly ready: boolean;
  /** 'ok', or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
  /** What does not stop anything but should not stay. */
  readonly warnings: readonly string[];
}

export async function readiness({ db, genesis, signers }: { readonly db: Db; readonly genesis: Genesis; readonly signers: Signers }): Promise<Readiness> {
  const [database, health] = await Promise.all([answers(db), signers.health()]);
  const checks: Record<string, string> = { database: database ? 'ok' : 'does not answer' };
  for (const signer of health) checks[`signer:${signer.signerId}`] = describeSigner(signer);
  checks['quorum'] = describeQuorum(health.filter(({ state }) => state === 'ready').length, genesis);
  checks['clocks'] = describeClocks(health);
  const ready = database && checks['quorum'] === 'ok' && health.every(({ state }) => state !== 'fixtures');
  return { ready, checks, warnings: warningsOf(health) };
}

function describeSigner({ state, checks }: SignerHealth): string {
  switch (state) {
    case 'ready':
      return 'ok';
    case 'silent':
      return 'does not answer';
    case 'fixtures':
      return 'refused: its secrets are the published test fixtures';
    case 'starting': {
      const reasons = Object.entries(checks).filter(([, value]) => value !== 'ok');
      return `not ready${reasons.length > 0 ? `: ${reasons.map(([name, value]) => `${name} ${value}`).join(', ')}` : ''}`;
    }
  }
}

/** One spare signer is needed: without it the next loss loses every key, so now is the time to export. */
function describeQuorum(ready: number, { threshold, signers }: Genesis): string {
  if (ready >= Math.min(threshold + 1, signers.length)) return 'ok';
  if (ready >= threshold)
    return `${ready} of ${signers.length} signers ready and ${threshold} needed: none to spare, so bring the others back or export your keys now`;
  return `${ready} of ${signers.length} signers ready, ${threshold} needed`;
}

/** Evidence is fresh or not by each signer's own clock: signers further apart than the allowance decide differently. */
export function describeClocks(health: readonly Pick<SignerHealth, 'signerId' | 'ahead'>[]): string {
  const clocks = health.flatMap(({ signerId, ahead }) => (ahead === null ? [] : [{ signerId, ahead }])).sort((a, b) => a.ahead - b.ahead);
  const [slowest, fastest] = [clocks[0], clocks.at(-1)];
  if (slowest === undefined || fastest === undefined) return 'ok';
  const apart = fastest.ahead - slowest.ahead;
  if (apart <= CLOCK_ALLOWANCE_MS) return 'ok';
  return `the signers' clocks are ${Math.round(apart / 1_000)} s apart: ${fastest.signerId} is ahead, ${slowest.signerId} is behind`;
}

function warningsOf(health: readonly SignerHealth[]): string[] {
  const named = (what: (signer: SignerHealth) => boolean) => health.filter(what).map(({ signerId }) => signerId);
  const slow = named(({ build }) => build?.bigint === 'num-bigint');
  const fixtures = named(({ build }) => build?.testFixtures === true);
  const warned = health.flatMap(({ signerId, checks }) =>
    ['store', 'acknowledgements', 'sessions'].flatMap((name) =>
      checks[name] === undefined || checks[name] === 'ok' ? [] : [`signer ${signerId}: ${checks[name]}`],
    ),
  );
  return [
    ...warned,
    ...(slow.length > 0 ? [`big numbers by num-bigint, which is slower than GMP, at ${slow.join(', ')}`] : []),
    ...(fixtures.length > 0 ? [`test fixtures built in at ${fixtures.join(', ')}: nothing there is secret`] : []),
  ];
}
