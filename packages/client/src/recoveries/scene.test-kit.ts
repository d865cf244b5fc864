/**
 * Generated scenes of a recovery: a roster, what each signer sends, what surrounds it, and what the reader knows.
 *
 * @module
 */
import fc from 'fast-check';
import { type ContentName, contents } from './contents.test-kit.ts';
import { type PaperName, papers } from './papers.test-kit.ts';

export interface Roster {
  readonly n: number;
  /** n/2 < threshold ≤ n. */
  readonly threshold: number;
}

/**
 * What the reader judges by: the certificate of the answer, the one it kept, only the genesis because the certificate
 * is withheld or spoilt, or nothing but the key it expects, which is all there is to a Dfns answer.
 */
export const readings = [
  'certificate',
  'kept certificate',
  'certificate withheld',
  'certificate spoilt',
  'expected key',
  'expected key, false threshold',
] as const;
export type Reading = (typeof readings)[number];

export type Sent = { readonly content: ContentName; readonly paper: PaperName } | 'nothing' | 'in the plot';

/** What those in the plot agree on: shares of another key, or an error that is zero at zero and at t − 2 honest signers. */
export type Plot = 'another key' | 'the same key';

/** What whoever carries the answer adds to it. */
export type Extra = { readonly kind: 'rubbish'; readonly under: number; readonly first: boolean } | { readonly kind: 'stranger' };

export interface Scene {
  readonly reading: Reading;
  readonly sent: readonly Sent[];
  readonly plot: Plot;
  readonly extras: readonly Extra[];
  readonly tombstones: boolean;
  /** Order of the parts. */
  readonly order: number;
}

export interface Batch extends Roster {
  readonly scenes: readonly Scene[];
}

const names = <K extends string>(table: Record<K, unknown>): K[] => Object.keys(table) as K[];
const honest = { content: 'good', paper: 'fits' } as const;
const lie: fc.Arbitrary<Sent> = fc.oneof(
  // Liars who stand by what they send, and all that can happen to an answer on its way.
  { weight: 4, arbitrary: fc.constantFrom(...names(contents)).map((content) => ({ content, paper: 'fits' as const })) },
  { weight: 2, arbitrary: fc.constantFrom(...names(papers)).map((paper) => ({ content: 'good' as const, paper })) },
  { weight: 3, arbitrary: fc.record({ content: fc.constantFrom(...names(contents)), paper: fc.constantFrom(...names(papers)) }) },
  { weight: 1, arbitrary: fc.constant('nothing' as const) },
);

/** Every number of liars is about as likely; who they are is not. */
const sentBy = ({ n }: Roster): fc.Arbitrary<Sent[]> =>
  fc.tuple(fc.integer({ min: 0, max: n }), fc.integer({ min: 0, max: 9 })).chain(([liars, plotting]) =>
    fc
      .tuple(
        fc.shuffledSubarray(
          Array.from({ length: n }, (_, i) => i),
          { minLength: liars, maxLength: liars },
        ),
        fc.array(plotting === 0 ? fc.oneof({ weight: 4, arbitrary: fc.constant('in the plot' as const) }, { weight: 1, arbitrary: lie }) : lie, {
          minLength: liars,
          maxLength: liars,
        }),
      )
      .map(([ranks, lies]) => Array.from({ length: n }, (_, rank) => lies[ranks.indexOf(rank)] ?? honest)),
  );

const extras = ({ n }: Roster): fc.Arbitrary<Extra[]> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant<Extra[]>([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('rubbish' as const), under: fc.integer({ min: 0, max: n - 1 }), first: fc.boolean() }),
          fc.constant({ kind: 'stranger' as const }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    },
  );

const reading = ({ n }: Roster): fc.Arbitrary<Reading> => {
  // Without a certificate all subsets may have to be tried, and these are thousands.
  if (n > 8) return fc.constantFrom('certificate', 'kept certificate');
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant('certificate' as const) },
    { weight: 8, arbitrary: fc.constant('expected key' as const) },
    { weight: 4, arbitrary: fc.constantFrom(...readings.filter((one) => n <= 6 || one !== 'expected key, false threshold')) },
  );
};

const sceneOf = (roster: Roster): fc.Arbitrary<Scene> =>
  fc.record({
    reading: reading(roster),
    sent: sentBy(roster),
    plot: fc.constantFrom('another key', 'the same key'),
    extras: extras(roster),
    tombstones: fc.integer({ min: 0, max: 7 }).map((one) => one === 0),
    order: fc.nat(1_000_000),
  });

const rosterOf = (n: number): fc.Arbitrary<Roster> => fc.integer({ min: Math.max(2, Math.floor(n / 2) + 1), max: n }).map((threshold) => ({ n, threshold }));
const roster: fc.Arbitrary<Roster> = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ n: 5, threshold: 3 }) },
  { weight: 8, arbitrary: fc.integer({ min: 2, max: 5 }).chain(rosterOf) },
  { weight: 2, arbitrary: fc.integer({ min: 6, max: 8 }).chain(rosterOf) },
  { weight: 1, arbitrary: fc.integer({ min: 9, max: 16 }).chain(rosterOf) },
);

/** Scenes of one key and one export context, so that what is the same in them is made once. */
export const batchOf = (size: number): fc.Arbitrary<Batch> =>
  roster.chain((given) => fc.array(sceneOf(given), { minLength: size, maxLength: size }).map((scenes) => ({ ...given, scenes })));
