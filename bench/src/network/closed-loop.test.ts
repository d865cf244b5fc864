import { expect, test } from 'vitest';
import { closedLoop } from './closed-loop.ts';

test.each([
  [1, 5],
  [4, 3],
  [16, 1],
])('%i clients ask %i times each: never two requests of one in flight, and all clients at once', async (clients, each) => {
  const flying = new Set<number>();
  let most = 0;
  let asked = 0;
  const { answers, times } = await closedLoop(clients, each, (client) => async () => {
    expect(flying.has(client)).toBe(false);
    flying.add(client);
    most = Math.max(most, flying.size);
    await new Promise((resolve) => setImmediate(resolve));
    flying.delete(client);
    return asked++;
  });
  expect(answers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: clients * each }, (_, i) => i));
  expect(times).toHaveLength(clients * each);
  expect(most).toBe(clients);
});

test('a request is timed from when it is asked, not from when it is prepared', async () => {
  let clock = 0;
  const prepare = () => {
    clock += 1_000;
    return async () => {
      clock += 7;
    };
  };
  const { times, ms } = await closedLoop(1, 3, prepare, () => clock);
  expect(times).toEqual([7, 7, 7]);
  expect(ms).toBe(3_021);
});

test('one client that fails fails the loop, after the others have ended', async () => {
  let good = 0;
  const work = closedLoop(3, 2, (client) => async () => {
    if (client === 1) throw new Error('wrong');
    good++;
  });
  await expect(work).rejects.toThrow('wrong');
  expect(good).toBe(4);
  expect((await closedLoop(3, 2, () => async () => {})).answers).toHaveLength(6);
});
