/**
 * Generated schedules: what is asked of a roster's signers, when which of them loses its power, and what the line does.
 *
 * @module
 */
import fc from 'fast-check';
import type { Cut } from './life.test-kit.ts';

/** n signers, of which t sign; positions in the roster from 0. Five, since that is whom the published test primes are for. */
export const rosters = [
  { n: 5, threshold: 3 },
  { n: 5, threshold: 4 },
  { n: 5, threshold: 5 },
] as const;

export type Step =
  /** To one of two one-time keys, asked of those whose bit is set. */
  | { readonly do: 'export'; readonly reader: 0 | 1; readonly called: number; readonly ms: number; readonly wait: boolean }
  /** By t signers from `first` on. */
  | { readonly do: 'sign'; readonly first: number; readonly holdMs: number; readonly ms: number; readonly wait: boolean }
  | { readonly do: 'crash' | 'restart'; readonly signer: number }
  | { readonly do: 'clock'; readonly signer: number; readonly byMs: number }
  | { readonly do: 'pause'; readonly ms: number };

export interface Schedule {
  readonly roster: number;
  readonly steps: readonly Step[];
  /** Of each signer's first life; a later one ends only by a step. */
  readonly cuts: readonly (Cut & { readonly signer: number })[];
  /** Never started again once they are down; at most n − t. */
  readonly lost: readonly number[];
  /** In 64ths of all envelopes. */
  readonly line: { readonly lost: number; readonly twice: number; readonly late: number; readonly seed: number };
  /** If nobody has retired the key in the end, it is used before it is exported. */
  readonly used: boolean;
  /** Then the signature is made to its end. */
  readonly complete: boolean;
}

const signer = fc.integer({ min: 0, max: 4 });
const ms = fc.integer({ min: 400, max: 1_500 });
const exporting = fc.record({
  do: fc.constant('export' as const),
  reader: fc.constantFrom(0 as const, 0 as const, 1 as const),
  called: fc.oneof({ weight: 2, arbitrary: fc.constant(31) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 31 }) }),
  ms,
  wait: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: exporting },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sign' as const), first: signer, holdMs: fc.integer({ min: 0, max: 60 }), ms, wait: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'restart' as const, 'restart' as const), signer }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      signer,
      byMs: fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -12_000, max: 12_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 60 }) }) },
);
const cut = fc.record({
  signer,
  step: fc.constantFrom('tombstone' as const, 'tombstone' as const, 'release' as const, 'tombstone-statement' as const, 'sign-begin' as const, 'any' as const),
  nth: fc.integer({ min: 0, max: 2 }),
  when: fc.constantFrom('before' as const, 'after' as const),
});
const rate = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) });

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  roster: fc.constantFrom(0, 0, 0, 0, 1, 1, 2),
  steps: fc.array(step, { minLength: 1, maxLength: 7 }),
  cuts: fc.array(cut, { maxLength: 4 }),
  lost: fc.uniqueArray(signer, { maxLength: 2 }),
  line: fc.record({ lost: rate, twice: rate, late: rate, seed: fc.nat() }),
  used: fc.integer({ min: 0, max: 2 }).map((one) => one === 0),
  complete: fc.constant(false),
});
