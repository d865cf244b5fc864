import { describe, expect, test } from 'vitest';
import { chainLag } from './figures.ts';

describe('how many acts a signer says that it lacks', () => {
  test.each([
    ['none where it stands with the others', 7, [7, 7, 7, 7], 0],
    ['none before anybody was heard', 0, [0, 0, 0, 0], 0],
    ['what a quorum of peers holds and it does not', 4, [7, 7, 7, 6], 3],
    ['none where it is ahead', 9, [7, 7, 8, 8], 0],
  ])('%s', (_, own, peers, lag) => {
    expect(chainLag(own, peers, 3)).toBe(lag);
  });

  test('two of five that lie about acts that are nowhere change nothing, nor hide what three others hold', () => {
    expect(chainLag(7, [7, 7, 1_000_000, 1_000_000], 3)).toBe(0);
    expect(chainLag(4, [0, 7, 7, 7], 3)).toBe(3);
  });

  test('with as many peers as there are where a quorum needs the signer itself', () => {
    expect(chainLag(4, [6], 2)).toBe(2);
    expect(chainLag(4, [6, 5], 3)).toBe(1);
  });
});
