/**
 * How far a start is.
 *
 * @module
 */

/** The long parts of a first start, in their order. Later starts have neither. */
export type Stage = 'primes' | 'aux';

/** `done` from 0 to 1; 1 comes exactly once for each stage that was entered. */
export type OnProgress = (stage: Stage, done: number) => void;
