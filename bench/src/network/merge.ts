/**
 * Blocks of the same requests taken together, and two networks compared.
 *
 * @module
 */
import { figures, type Figures } from '../measure.ts';
import type { Block } from './network.ts';

export interface Merged extends Figures {
  readonly proven: number;
  readonly refused: readonly string[];
  readonly perSecond: number;
  /** Of all processes of the network and the clients, in milliseconds for each request that was answered. */
  readonly cpuMs: number;
  readonly messages: number;
  readonly bytes: number;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

export function merge(blocks: readonly Block[]): Merged {
  const times = blocks.flatMap((block) => block.times);
  const each = (of: (block: Block) => number): number => sum(blocks.map(of)) / times.length;
  return {
    ...figures(times),
    proven: sum(blocks.map(({ proven }) => proven)),
    refused: blocks.flatMap(({ refused }) => refused),
    perSecond: 1_000 / each(({ ms }) => ms),
    cpuMs: each(({ cpuMs }) => sum(cpuMs.values())),
    messages: each(({ traffic }) => traffic.messages),
    bytes: each(({ traffic }) => traffic.bytes),
  };
}

/** How one network compares with the other in the middle of its times, and in processor time. */
export interface Compared {
  readonly p50: number;
  readonly cpu: number;
  /** The second half of a network's requests against its first, of both networks the one that differs more: what is noise. */
  readonly again: number;
}

/** @param a - blocks of one network in the order of the run, `b` - of the other */
export function compare(a: readonly Block[], b: readonly Block[]): Compared {
  const [one, other] = [merge(a), merge(b)];
  const againOf = (blocks: readonly Block[]): number => {
    const half = blocks.length / 2;
    return merge(blocks.slice(half)).p50 / merge(blocks.slice(0, half)).p50;
  };
  const again = [againOf(a), againOf(b)].reduce((most, ratio) => (Math.abs(Math.log(ratio)) > Math.abs(Math.log(most)) ? ratio : most));
  return { p50: other.p50 / one.p50, cpu: other.cpuMs / one.cpuMs, again };
}

/** The middle of ratios. */
export const geometricMean = (ratios: readonly number[]): number => Math.exp(sum(ratios.map(Math.log)) / ratios.length);
