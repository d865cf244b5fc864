import { afterEach, describe, expect, test } from 'vitest';
import { listenForHealth } from './health-listener.ts';
import { openMetrics } from './metrics.ts';
import type { SmallListener } from './small-listener.ts';

let listener: SmallListener | null = null;
afterEach(() => listener?.close());

const linesOf = async (text: Promise<string>, name: string): Promise<string[]> => (await text).split('\n').filter((line) => line.startsWith(name));

describe('a metric', () => {
  test('begins at 0 for all it can say, or where that is too much with what has happened', async () => {
    const metrics = openMetrics();
    const full = metrics.counter('quorate_test_full_total', 'All.', { kind: ['a', 'b'] });
    const sparse = metrics.counter('quorate_test_sparse_total', 'Some.', { kind: ['a', 'b'] }, { sparse: true });
    full({ kind: 'b' });
    sparse({ kind: 'b' });
    expect(await linesOf(metrics.text(), 'quorate_test_full_total')).toEqual(['quorate_test_full_total{kind="a"} 0', 'quorate_test_full_total{kind="b"} 1']);
    expect(await linesOf(metrics.text(), 'quorate_test_sparse_total')).toEqual(['quorate_test_sparse_total{kind="b"} 1']);
  });

  test('has no label from outside its set: an id, a name or a line break counts as other, once and for all', async () => {
    const metrics = openMetrics();
    const counter = metrics.counter('quorate_test_total', 'Some.', { kind: ['a'] }, { sparse: true });
    const seconds = metrics.histogram('quorate_test_seconds', 'Some.', { kind: ['a'] }, { sparse: true });
    for (const kind of ['us-4abcd-3efgh-1234567890abcdef', 'a"} 1\nforged_total 7', '__proto__', '']) {
      counter({ kind });
      seconds({ kind }, 0.2);
    }
    counter({ kind: 'a' });
    expect(await linesOf(metrics.text(), 'quorate_test_total')).toEqual(['quorate_test_total{kind="other"} 4', 'quorate_test_total{kind="a"} 1']);
    expect(await linesOf(metrics.text(), 'quorate_test_seconds_count')).toEqual(['quorate_test_seconds_count{kind="other"} 4']);
    expect(await linesOf(metrics.text(), 'forged')).toEqual([]);
  });

  test('that is a gauge shows what was found before the text, and nothing of before', async () => {
    const metrics = openMetrics();
    const gauge = metrics.gauge('quorate_test_acts', 'Some.', { signer: ['1', '2'] });
    let found = [{ labels: { signer: '1' }, value: 3 }];
    metrics.beforeText(() => gauge(found));
    metrics.beforeText(async () => {
      throw new Error('the database is away');
    });
    expect(await linesOf(metrics.text(), 'quorate_test_acts')).toEqual(['quorate_test_acts{signer="1"} 3']);
    found = [{ labels: { signer: '2' }, value: 4 }];
    expect(await linesOf(metrics.text(), 'quorate_test_acts')).toEqual(['quorate_test_acts{signer="2"} 4']);
    expect(metrics.described.map(({ name, type }) => `${type} ${name}`)).toEqual(['gauge quorate_test_acts']);
  });
});

test('the health listener answers /metrics in Prometheus’ format, to those who read, and stays alive when figures fail', async () => {
  const metrics = openMetrics();
  let fails = false;
  listener = await listenForHealth({ host: '127.0.0.1', port: 0 }, () => ({ ready: false, checks: { broker: 'does not answer' } }), {
    contentType: metrics.contentType,
    text: () => (fails ? Promise.reject(new Error('a secret')) : metrics.text()),
  });
  const at = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${listener?.port}${path}`, { method });
  const answer = await at('/metrics');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(await answer.text()).toContain('process_cpu_seconds_total');
  expect((await at('/metrics', 'POST')).status).toBe(405);
  expect(await (await at('/metrics', 'HEAD')).text()).toBe('');
  for (const path of ['/', '/metrics/', '/metrics?x=1', '/__proto__', '/constructor']) expect((await at(path)).status).toBe(404);
  fails = true;
  const failed = await at('/metrics');
  expect([failed.status, (await failed.text()).includes('a secret')]).toEqual([500, false]);
  expect((await at('/readyz')).status).toBe(503);
  fails = false;
  expect((await at('/metrics')).status).toBe(200);
});
