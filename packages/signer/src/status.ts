/**
 * How this signer is.
 *
 * @module
 */
import type { BuildInfo } from '@quorate/mpc';
import type { ReplyOf } from '@quorate/wire';
import type { AuxInfo } from './aux-info.ts';
import type { Chain } from './chain.ts';
import type { Self } from './self.ts';

export function statusOf({
  self,
  chain,
  auxInfo,
  build,
  auditBrokenAt,
}: {
  self: Self;
  chain: Chain;
  auxInfo: AuxInfo;
  build: BuildInfo;
  auditBrokenAt: number | null;
}): ReplyOf<'status'> {
  const { aux, progress } = auxInfo;
  const checks = {
    auxInfo: progress.phase === 'ready' ? 'ok' : `${progress.phase} ${Math.round(progress.done * 100)} %`,
    tables: aux?.tables === true ? 'ok' : 'not made',
    audit: auditBrokenAt === null ? 'ok' : `broken at ${auditBrokenAt}`,
    addon: build.testFixtures ? 'test fixtures' : 'ok',
  };
  return { signerId: self.id, ready: aux !== null && auditBrokenAt === null, checks, head: chain.state.head, build, now: self.now() };
}
