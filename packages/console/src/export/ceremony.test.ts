import { Refusal } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { begin, type Ceremony, type Event, fateOf, isConfirmed, step } from './ceremony.ts';
import type { Outcome } from './outcome.ts';

const outcome: Outcome = { used: 3, liars: [], unchecked: [], retired: { held: 5, of: 5 }, others: [] };
const play = (...events: Event[]): Ceremony => events.reduce(step, begin);
const reached = (task: 'check' | 'passkey' | 'signers' | 'recover'): Event => ({ kind: 'reached', task });
const stopped = (error: unknown): Event => ({ kind: 'stopped', task: 'signers', error, retiredBefore: false });

describe('an export', () => {
  test('goes through its steps to the key and its receipt', () => {
    const now = play({ kind: 'typed', text: 'treasury' }, reached('check'), reached('passkey'), reached('signers'), reached('recover'), {
      kind: 'recovered',
      outcome,
    });
    expect(now).toEqual({ at: 'recovered', outcome, receipt: { is: 'fetching' } });
    expect(step(now, { kind: 'receipt', receipt: { is: 'missing', why: 'not yet' } })).toMatchObject({ at: 'recovered', receipt: { is: 'missing' } });
  });

  test('that stopped can be tried again', () => {
    const now = play(reached('signers'), stopped(new Refusal('export/unfinished')));
    expect(now).toMatchObject({ at: 'stopped', code: 'export/unfinished', fate: 'retired' });
    expect(step(now, reached('recover'))).toEqual({ at: 'working', task: 'recover' });
  });

  test('that gave its key loses it to nothing that comes late', () => {
    const now = play(reached('recover'), { kind: 'recovered', outcome });
    for (const late of [
      reached('check'),
      stopped(new Error()),
      { kind: 'typed', text: '' } as const,
      { kind: 'recovered', outcome: { ...outcome, used: 9 } } as const,
    ]) {
      expect(step(now, late)).toBe(now);
    }
  });

  test('does not begin by what only comes with an end', () => {
    expect(play({ kind: 'recovered', outcome }, stopped(new Error()), { kind: 'receipt', receipt: { is: 'fetching' } })).toBe(begin);
  });

  test('of a key that was retired before leaves it retired, wherever it stops', () => {
    expect(play(reached('check'), { kind: 'stopped', task: 'check', error: new Error(), retiredBefore: true })).toMatchObject({ fate: 'retired' });
  });
});

describe('the confirmation', () => {
  test('is the whole phrase, letter by letter', () => {
    expect(['treasur', 'Treasury', 'treasury2', ''].map((typed) => isConfirmed('treasury', typed))).toEqual([false, false, false, false]);
    expect(isConfirmed('treasury', ' treasury ')).toBe(true);
  });

  test('of an address in hex may be in either case, of one in base58 not', () => {
    const address = '0xD30aCF939aee0Cf8B9fDe8853787BCC37FE28449';
    expect(isConfirmed(address, address.toLowerCase())).toBe(true);
    expect(isConfirmed('1BoatSLRHtKNngkdXEeobR76b53LETtpyT', '1boatslrhtknngkdxeeobr76b53lettpyt')).toBe(false);
  });
});

test('what became of the key is said only as far as it is known', () => {
  const failure = new TypeError('fetch failed');
  expect([fateOf('check', failure), fateOf('passkey', failure), fateOf('signers', failure), fateOf('recover', failure)]).toEqual([
    'untouched',
    'untouched',
    'unknown',
    'retired',
  ]);
  const fates = (['export/disabled', 'export/undecided', 'export/unfinished', 'signers/unavailable', 'request/internal'] as const).map((code) =>
    fateOf('signers', new Refusal(code)),
  );
  expect(fates).toEqual(['untouched', 'untouched', 'retired', 'unknown', 'unknown']);
});
