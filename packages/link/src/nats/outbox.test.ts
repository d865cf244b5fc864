import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOutbox } from './outbox.ts';

function open(maxBytes = 100, maxAgeMs = 1000) {
  const clock = { now: 0 };
  let dropped = 0;
  const outbox = createOutbox({ maxBytes, maxAgeMs, ticks: () => clock.now, dropped: () => dropped++ });
  const put = (subject: string, size: number): void => outbox.put({ subject, bytes: new Uint8Array(size) });
  const rest = (): string[] => {
    const out: string[] = [];
    for (let next = outbox.take(); next !== null; next = outbox.take()) out.push(next.subject);
    return out;
  };
  return { outbox, clock, put, rest, dropped: () => dropped };
}

describe('what waits for a broker', () => {
  test('leaves in the order in which it came', () => {
    const { put, rest, outbox } = open();
    for (const name of ['a', 'b', 'c']) put(name, 10);
    expect(outbox.bytes).toBe(30);
    expect(rest()).toEqual(['a', 'b', 'c']);
    expect(outbox.bytes).toBe(0);
  });

  test('makes room by dropping the oldest', () => {
    const { put, rest, dropped } = open();
    for (const name of ['a', 'b', 'c']) put(name, 40);
    expect(dropped()).toBe(1);
    expect(rest()).toEqual(['b', 'c']);
  });

  test('is dropped when nobody needs it any more', () => {
    const { put, rest, clock, dropped } = open();
    put('a', 1);
    clock.now = 900;
    put('b', 1);
    clock.now = 1100;
    expect(rest()).toEqual(['b']);
    expect(dropped()).toBe(1);
  });

  test('never takes what is larger than all the room, and keeps what is there', () => {
    const { put, rest, dropped } = open();
    put('a', 40);
    put('b', 101);
    expect(dropped()).toBe(1);
    expect(rest()).toEqual(['a']);
  });

  test('never has more bytes than it may, loses nothing without telling, and keeps the order', () => {
    const step = fc.oneof(
      fc.record({ put: fc.integer({ min: 0, max: 150 }) }),
      fc.record({ take: fc.constant(true) }),
      fc.record({ wait: fc.integer({ min: 0, max: 1500 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { outbox, clock, put, rest, dropped } = open();
        const taken: number[] = [];
        let count = 0;
        for (const each of steps) {
          if ('put' in each) put(String(count++), each.put);
          else if ('wait' in each) clock.now += each.wait;
          else taken.push(Number(outbox.take()?.subject ?? -1));
          expect(outbox.bytes).toBeLessThanOrEqual(100);
        }
        const out = [...taken.filter((n) => n >= 0), ...rest().map(Number)];
        expect(out).toEqual([...out].sort((a, b) => a - b));
        expect(out.length + dropped()).toBe(count);
      }),
    );
  });
});
