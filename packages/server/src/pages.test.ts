import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageOf, placeAfter } from './pages.ts';

const fetchRows = (all: readonly number[], after: number, limit: number) => all.filter((seq) => seq > after).slice(0, limit + 1);

describe('pages', () => {
  test('walking all pages shows every item once and in order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 10_000 })), fc.integer({ min: 1, max: 9 }), (places, limit) => {
        const all = places.sort((a, b) => a - b);
        const seen: number[] = [];
        let paginationToken: string | undefined;
        do {
          const page = pageOf(
            'list',
            fetchRows(all, placeAfter('list', { paginationToken }), limit),
            limit,
            (seq) => seq,
            (seq) => seq,
          );
          seen.push(...page.items);
          paginationToken = page.nextPageToken;
        } while (paginationToken !== undefined);
        expect(seen).toEqual(all);
      }),
    );
  });

  test('the last page has no token', () => {
    expect(
      pageOf(
        'list',
        [1, 2],
        2,
        (seq) => seq,
        (seq) => seq,
      ),
    ).toEqual({ items: [1, 2] });
  });

  test('a token of another list, or a made-up one, is refused', () => {
    const { nextPageToken } = pageOf(
      'wallets',
      [1, 2, 3],
      2,
      (seq) => seq,
      (seq) => seq,
    );
    expect(() => placeAfter('signatures', { paginationToken: nextPageToken })).toThrow(expect.objectContaining({ code: 'request/invalid' }));
    expect(() => placeAfter('wallets', { paginationToken: 'x' })).toThrow(expect.objectContaining({ code: 'request/invalid' }));
    expect(placeAfter('wallets', { paginationToken: nextPageToken })).toBe(2);
  });
});
