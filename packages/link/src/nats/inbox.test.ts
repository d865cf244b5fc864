import { describe, expect, test } from 'vitest';
import { createInbox } from './inbox.ts';

const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 20));
const OVERHEAD = 128;

function open(o: { maxBytesOfSender?: number; maxBytes?: number } = {}) {
  const got: number[] = [];
  const dropped: string[] = [];
  const inbox = createInbox({
    maxBytesOfSender: 3 * (OVERHEAD + 1),
    maxBytes: 100 * (OVERHEAD + 1),
    ...o,
    deliver: (bytes) => got.push(bytes[0] ?? -1),
    dropped: (sender) => dropped.push(sender),
  });
  return { inbox, got, dropped, put: (sender: string, n: number) => inbox.put(sender, new Uint8Array([n])) };
}

describe('what came from the broker', () => {
  test('is handed on later, in order for each sender, and by turns', async () => {
    const { put, got } = open();
    for (const n of [1, 2, 3]) put('a', n);
    put('b', 10);
    expect(got).toEqual([]);
    await expect.poll(() => got).toEqual([1, 10, 2, 3]);
  });

  test('a sender that floods loses its own messages and nobody else’s', async () => {
    const { put, got, dropped } = open();
    for (let n = 0; n < 50; n++) put('flood', n);
    put('b', 100);
    expect(dropped).toEqual(Array(47).fill('flood'));
    await expect.poll(() => got).toEqual([0, 100, 1, 2]);
    put('flood', 7);
    await expect.poll(() => got.at(-1)).toBe(7);
  });

  test('senders that a broker makes up do not fill the memory', async () => {
    const { put, got, dropped } = open();
    for (let n = 0; n < 500; n++) put(`made up ${n}`, 1);
    expect(dropped.length).toBe(400);
    await expect.poll(() => got.length).toBe(100);
    put('a', 5);
    await expect.poll(() => got.at(-1)).toBe(5);
  });

  test('is forgotten at the end, also in the middle of a turn', async () => {
    const got: number[] = [];
    const inbox = createInbox({
      maxBytesOfSender: 10_000,
      maxBytes: 10_000,
      dropped: () => {},
      deliver: (bytes) => {
        got.push(bytes[0] ?? -1);
        inbox.close();
      },
    });
    for (const n of [1, 2]) inbox.put('a', new Uint8Array([n]));
    await expect.poll(() => got).toEqual([1]);
    inbox.put('a', new Uint8Array([3]));
    await turn();
    expect(got).toEqual([1]);
  });
});
