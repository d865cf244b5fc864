import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sourceOf } from './address.ts';
import { createLimits } from './limits.ts';

describe('a limit', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('is counted for each name by itself, and says when to come again', async () => {
    const limits = createLimits({ entry: { points: 2, seconds: 30 } });
    await limits.count('entry', 'a');
    await limits.count('entry', 'a');
    await expect(limits.count('entry', 'a')).rejects.toMatchObject({ code: 'request/too-many', detail: { retryAfter: 30 } });
    await limits.count('entry', 'b');
  });

  test('ends with its window', async () => {
    const limits = createLimits({ guesses: { points: 1, seconds: 1 } });
    await limits.count('guesses', 'a');
    await expect(limits.count('guesses', 'a')).rejects.toMatchObject({ code: 'request/too-many' });
    vi.advanceTimersByTime(1_100);
    await limits.count('guesses', 'a');
  });

  test('takes back what was no wrong guess', async () => {
    const limits = createLimits({ guesses: { points: 1, seconds: 60 } });
    for (let i = 0; i < 5; i++) {
      await limits.count('guesses', 'a');
      await limits.forgive('guesses', 'a');
    }
    await limits.count('guesses', 'a');
    await expect(limits.count('guesses', 'a')).rejects.toMatchObject({ code: 'request/too-many' });
  });

  test('counts no more names apart than fit its memory; a name that was there before keeps its own count', async () => {
    const limits = createLimits({ source: { points: 3, seconds: 60 } }, 10);
    await limits.count('source', 'regular');
    for (let i = 0; i < 12; i++) await limits.count('source', `address ${i}`);
    await expect(limits.count('source', 'yet another')).rejects.toMatchObject({ code: 'request/too-many' });
    await limits.count('source', 'regular');
  });
});

describe('the source of a request', () => {
  test('is who connected, whatever the client writes into a header', () => {
    expect(sourceOf('203.0.113.9', '198.51.100.1', 0)).toBe('203.0.113.9');
    expect(sourceOf(undefined, undefined, 0)).toBe('unknown');
  });

  test('is what the trusted proxies say, and nothing further left', () => {
    expect(sourceOf('10.0.0.1', '198.51.100.1, 203.0.113.9', 1)).toBe('203.0.113.9');
    expect(sourceOf('10.0.0.1', '198.51.100.1, 203.0.113.9, 10.0.0.2', 2)).toBe('203.0.113.9');
    expect(sourceOf('10.0.0.1', undefined, 1)).toBe('10.0.0.1');
  });

  test('is the network of an IPv6 subscriber, since the rest of the address is free to choose', () => {
    expect(sourceOf('2001:db8:1:2:aaaa::1', undefined, 0)).toBe('2001:db8:1:2::/64');
    expect(sourceOf('2001:db8:1:2::ffff', undefined, 0)).toBe('2001:db8:1:2::/64');
    expect(sourceOf('::1', undefined, 0)).toBe('0:0:0:0::/64');
    expect(sourceOf('::ffff:192.0.2.7', undefined, 0)).toBe('192.0.2.7');
  });
});
