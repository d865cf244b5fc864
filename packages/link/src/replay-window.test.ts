import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replayWindow } from './replay-window.ts';

const numRuns = process.env.SLOW === '1' ? 2000 : 20;
const windowMs = 60_000;
const start = 1_800_000_000_000;

describe('replay window', () => {
  test('an id is new once for each sender', () => {
    const window = replayWindow({ windowMs, rememberedIds: 10 });
    expect(window.add('a', 'x', start, start)).toBe('new');
    expect(window.add('a', 'x', start, start)).toBe('seen');
    expect(window.add('a', 'x', start + 1, start)).toBe('seen');
    expect(window.add('b', 'x', start, start)).toBe('new');
    expect(window.has('a', 'x')).toBe(true);
    expect(window.has('a', 'y')).toBe(false);
  });

  test('no message is new twice while its time of sending would be accepted, however the clock moves', () => {
    const steps = fc.array(
      fc.record({ advance: fc.integer({ min: -90_000, max: 90_000 }), id: fc.nat(20), age: fc.integer({ min: -windowMs, max: windowMs }) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (moves) => {
        const window = replayWindow({ windowMs, rememberedIds: 10_000 });
        const sent: { id: string; sentAt: number }[] = [];
        let now = start;
        for (const { advance, id, age } of moves) {
          now += advance;
          const message = { id: `${id}/${sent.length}`, sentAt: now - age };
          if (window.add('a', message.id, message.sentAt, now) === 'new') sent.push(message);
          for (const old of sent) if (Math.abs(now - old.sentAt) <= windowMs) expect(window.add('a', old.id, old.sentAt, now)).toBe('seen');
        }
      }),
      { numRuns },
    );
  });

  test('a sender that fills its memory waits, others do not, and time makes room again', () => {
    const window = replayWindow({ windowMs, rememberedIds: 3 });
    for (const id of ['1', '2', '3']) expect(window.add('a', id, start, start)).toBe('new');
    expect(window.add('a', '4', start, start)).toBe('full');
    expect(window.add('a', '1', start, start)).toBe('seen');
    expect(window.add('b', '4', start, start)).toBe('new');
    const later = start + windowMs + 20_000;
    expect(window.add('a', '4', later, later)).toBe('new');
  });
});
