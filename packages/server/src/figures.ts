/**
 * How this server is, in numbers.
 *
 * @module
 */
import type { SignerId } from '@quorate/wire';
import type { SignerHealth } from './signers.ts';

export interface SignerFigures {
  /** Rank in the roster, from 1: the index of its shares. */
  readonly index: number;
  readonly answers: boolean;
  readonly ready: boolean;
  /** Acts that it lacks by its own word; `null` where it does not answer. */
  readonly lag: number | null;
  /** Of its clock before this server's, milliseconds; `null` where it does not answer. */
  readonly ahead: number | null;
  /** Acts that it is still to be told of; `null` where the database does not answer. */
  readonly undelivered: number | null;
}

export interface Figures {
  readonly database: boolean;
  /** Number of the last certified act. */
  readonly head: number;
  /** How many signers must sign. */
  readonly threshold: number;
  readonly signers: readonly SignerFigures[];
  /** How far apart the signers' clocks are, milliseconds. */
  readonly clocksApart: number;
}

export function figuresOf(o: {
  readonly database: boolean;
  readonly head: number;
  readonly threshold: number;
  /** In the order of the roster. */
  readonly health: readonly SignerHealth[];
  /** Up to which act each signer has been told; `null` where that is not known. */
  readonly delivered: ReadonlyMap<SignerId, number> | null;
}): Figures {
  const { database, head, threshold, health, delivered } = o;
  const clocks = health.flatMap(({ ahead }) => (ahead === null ? [] : [ahead]));
  return {
    database,
    head,
    threshold,
    signers: health.map(({ signerId, state, head: at, ahead }, i) => ({
      index: i + 1,
      answers: state !== 'silent',
      ready: state === 'ready',
      lag: at === null ? null : Math.max(0, head - at.number),
      ahead,
      undelivered: delivered === null ? null : Math.max(0, head - (delivered.get(signerId) ?? 0)),
    })),
    clocksApart: clocks.length === 0 ? 0 : Math.max(...clocks) - Math.min(...clocks),
  };
}
