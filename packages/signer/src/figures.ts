/**
 * How this signer is, in numbers.
 *
 * @module
 */
import type { ReplyOf } from '@quorate/wire';
import type { Heads } from './audit/heads.ts';
import type { Chain } from './chain.ts';
import type { ProtocolName } from './execution-id.ts';
import { protocols } from './meter.ts';
import type { Self } from './self.ts';
import type { Sessions } from './sessions.ts';

export interface Figures {
  readonly ready: boolean;
  /** By name, as in its status: whether all is well. */
  readonly checks: Readonly<Record<string, boolean>>;
  /** Number of the last act that counts here. */
  readonly head: number;
  /** How many acts are missing here, by {@link chainLag}. */
  readonly lag: number;
  readonly sessions: Readonly<Record<ProtocolName, number>>;
}

export function figuresOf(o: {
  readonly self: Pick<Self, 'peers' | 'quorum'>;
  readonly chain: Pick<Chain, 'state'>;
  readonly heads: Pick<Heads, 'of'>;
  readonly sessions: Pick<Sessions, 'underWay'>;
  readonly status: ReplyOf<'status'>;
}): Figures {
  const { self, chain, heads, sessions, status } = o;
  const head = chain.state.head.number;
  return {
    ready: status.ready,
    checks: Object.fromEntries(Object.entries(status.checks).map(([name, value]) => [name, value === 'ok'])),
    head,
    lag: chainLag(
      head,
      self.peers.map((id) => heads.of(id)?.body.actNumber ?? 0),
      self.quorum,
    ),
    sessions: Object.fromEntries(protocols.map((protocol) => [protocol, sessions.underWay(protocol)])) as Figures['sessions'],
  };
}

/**
 * How far `own` is behind the highest number that `quorum` peers have signed, each as where it stands. Fewer than a quorum
 * may be liars, who would keep an alarm ringing about acts that are nowhere.
 */
export function chainLag(own: number, ofPeers: readonly number[], quorum: number): number {
  const named = [...ofPeers].sort((a, b) => b - a)[Math.min(quorum, ofPeers.length) - 1] ?? 0;
  return Math.max(0, named - own);
}
