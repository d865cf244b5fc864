import { describe, expect, test } from 'vitest';
import { memoryTransport } from './memory-transport.ts';

/** After what was published before it has been delivered. */
const later = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('memory transport', () => {
  test('delivers later, a copy, in order, to every subscriber and nobody else', async () => {
    const transport = memoryTransport();
    const got: number[][] = [];
    transport.subscribe('a', (bytes) => {
      got.push([...bytes]);
      bytes.fill(0);
    });
    transport.subscribe('a', (bytes) => got.push([...bytes]));
    const bytes = new Uint8Array([1]);
    transport.publish('a', bytes);
    bytes[0] = 2;
    transport.publish('a', bytes);
    transport.publish('b', bytes);
    expect(got).toEqual([]);
    await later();
    expect(got).toEqual([[1], [1], [2], [2]]);
  });

  test('who has left gets nothing, not even what is under way', async () => {
    const transport = memoryTransport();
    const got: Uint8Array[] = [];
    const leave = transport.subscribe('a', (bytes) => got.push(bytes));
    transport.publish('a', new Uint8Array([1]));
    leave();
    await later();
    expect(got).toEqual([]);
    transport.subscribe('a', (bytes) => got.push(bytes));
    transport.publish('a', new Uint8Array([2]));
    await later();
    expect(got).toEqual([new Uint8Array([2])]);
  });

  test('a tap can drop, repeat, change and delay', async () => {
    const got: number[] = [];
    const transport = memoryTransport({ tap: ({ bytes }) => (bytes[0] === 0 ? [] : [bytes, new Uint8Array([99])]) });
    transport.subscribe('a', (bytes) => got.push(bytes[0] as number));
    transport.publish('a', new Uint8Array([0]));
    transport.publish('a', new Uint8Array([1]));
    await later();
    expect(got).toEqual([1, 99]);
    transport.deliver('a', new Uint8Array([0]));
    transport.setTap(null);
    transport.publish('a', new Uint8Array([3]));
    await later();
    expect(got).toEqual([1, 99, 0, 3]);
  });
});
