/**
 * Recovers without a certificate: the public key that the caller expects is the only judge. Subsets of shares are tried
 * until one yields it; the shares that do not lie on that subset's polynomial are the wrong ones.
 *
 * @module
 */
import { type Curve, hex, readScalar, writeScalar } from '@quorate/wire';
import type { Arithmetic } from './arithmetic.ts';
import type { Opened } from './opened.ts';
import { interpolate } from './recombine.ts';

export type Outcome =
  | {
      readonly kind: 'recovered';
      /** 32 bytes; the caller wipes it. */
      readonly secret: Uint8Array;
      readonly used: readonly Opened[];
      /** Not on the polynomial of the key; empty when it cannot be told whose share is wrong. */
      readonly inconsistent: readonly Opened[];
      /** Two equally large groups of shares explain the key, so that nobody can be named. */
      readonly ambiguous: boolean;
    }
  | { readonly kind: 'other-key' }
  | { readonly kind: 'too-few' };

export interface Question {
  readonly curve: Curve;
  readonly arithmetic: Arithmetic;
  /** Compressed, lower-case hex. */
  readonly expectedKey: string;
  /** What the answer says, neither of them trusted. */
  readonly statedKey: string;
  readonly minSigners: number;
  /** t of a genesis that the caller trusts, which leaves nothing to try out; `null` where there is none. */
  readonly threshold: number | null;
}

/** How many subsets are tried at most: more than all of those of 14 shares. */
const BUDGET = 20_000;

export function recoverByConsistency(shares: readonly Opened[], question: Question): Outcome {
  const { threshold } = question;
  const minSigners = threshold ?? question.minSigners;
  const n = shares.length;
  if (n < Math.max(2, threshold ?? 2)) return { kind: 'too-few' };
  const budget = { left: BUDGET };
  const stated = Math.min(minSigners, n);
  // The stated threshold is not trusted: larger ones are tried next (a smaller one than the true one yields noise),
  // then smaller ones.
  const sizes = threshold === null ? [...range(stated, n), ...range(2, stated - 1)] : [threshold];

  // First the likely case: all agree.
  const straight = tryAll(shares, stated, question);
  if (straight !== null) return straight;
  for (const size of sizes) {
    const found = bestOfSize(shares, size, question, budget);
    if (found !== null) return found;
  }
  return n >= minSigners && recombinesToAnother(shares, stated, question, budget) ? { kind: 'other-key' } : { kind: 'too-few' };
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

function publicKeyOf(secret: bigint, { curve, arithmetic }: Question): string | null {
  if (secret === 0n) return null;
  const bytes = writeScalar(secret);
  const key = hex.encode(arithmetic.publicOf(curve, bytes));
  bytes.fill(0);
  return key;
}

/** The positions of all shares on the polynomial through `subset`, as bits. */
function agreement(shares: readonly Opened[], subset: readonly Opened[], curve: Curve): number {
  return shares.reduce((bits, share, i) => {
    const on = subset.includes(share) || interpolate(curve, subset, share.index) === readScalar(share.share);
    return on ? bits | (1 << i) : bits;
  }, 0);
}

const distinct = (subset: readonly Opened[]): boolean => new Set(subset.map(({ index }) => index)).size === subset.length;
const everyone = (shares: readonly Opened[]): number => 2 ** shares.length - 1;

function tryAll(shares: readonly Opened[], size: number, question: Question): Outcome | null {
  const subset = shares.slice(0, size);
  if (!distinct(shares) || agreement(shares, subset, question.curve) !== everyone(shares)) return null;
  const secret = interpolate(question.curve, subset);
  const key = publicKeyOf(secret, question);
  if (key === question.expectedKey) return { kind: 'recovered', secret: writeScalar(secret), used: subset, inconsistent: [], ambiguous: false };
  // More shares than needed on one polynomial: they belong together, but to another key.
  return shares.length > size && shares.length >= (question.threshold ?? question.minSigners) ? { kind: 'other-key' } : null;
}

function bestOfSize(shares: readonly Opened[], size: number, question: Question, budget: { left: number }): Outcome | null {
  let best: { secret: bigint; used: readonly Opened[]; bits: number } | null = null;
  let ambiguous = false;
  const apart = distinct(shares);
  for (const subset of subsets(shares, size)) {
    if (budget.left-- <= 0) break;
    if (!distinct(subset)) continue;
    const secret = interpolate(question.curve, subset);
    if (publicKeyOf(secret, question) !== question.expectedKey) continue;
    const bits = agreement(shares, subset, question.curve);
    if (best !== null && bits === best.bits) continue;
    const gain = best === null ? 1 : ones(bits) - ones(best.bits);
    if (gain === 0) ambiguous = true;
    if (gain <= 0) continue;
    best = { secret, used: subset, bits };
    ambiguous = false;
    // Two polynomials of the key meet in size − 2 further points at most: none other can have as many shares.
    if (apart && 2 * ones(bits) > shares.length + size - 2) break;
  }
  if (best === null) return null;
  const { secret, used, bits } = best;
  return { kind: 'recovered', secret: writeScalar(secret), used, inconsistent: ambiguous ? [] : shares.filter((_, i) => (bits & (1 << i)) === 0), ambiguous };
}

/** Whether these shares do make a key, only not the expected one: the one the answer states, or one that more than t of them agree on. */
function recombinesToAnother(shares: readonly Opened[], size: number, question: Question, budget: { left: number }): boolean {
  for (const subset of subsets(shares, size)) {
    if (budget.left-- <= 0) return false;
    if (!distinct(subset)) continue;
    if (question.statedKey !== '' && publicKeyOf(interpolate(question.curve, subset), question) === question.statedKey) return true;
    if (ones(agreement(shares, subset, question.curve)) > size) return true;
  }
  return false;
}

const ones = (bits: number): number => bits.toString(2).replaceAll('0', '').length;

/** All subsets of this size, in lexical order of positions. */
function* subsets<T>(items: readonly T[], size: number, from = 0): Generator<T[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let i = from; i <= items.length - size; i++) {
    for (const rest of subsets(items, size - 1, i + 1)) yield [items[i] as T, ...rest];
  }
}
