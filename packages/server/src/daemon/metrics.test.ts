import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { measure, warnings } from '../meter.ts';
import { watchedLog } from '../watched-log.ts';
import { openServerMetrics, type Surroundings } from './metrics.ts';

const away: Surroundings = { figures: null, brokerConnected: false, brokerWaitingBytes: 0 };
const signer = { index: 1, answers: true, ready: true, lag: 0, ahead: 1_500, undelivered: 0 };
const well: Surroundings = {
  figures: {
    database: true,
    head: 9,
    threshold: 3,
    clocksApart: 2_500,
    signers: [signer, { index: 2, answers: false, ready: false, lag: null, ahead: null, undelivered: 4 }],
  },
  brokerConnected: true,
  brokerWaitingBytes: 5,
};
const linesOf = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(name));

describe('a server’s figures', () => {
  test('say how it is, each signer by its rank, and nothing of what is not known', async () => {
    let now = away;
    const { metrics } = openServerMetrics(async () => now);
    expect(linesOf(await metrics.text(), 'quorate_server_signer_up{')).toEqual([]);
    now = well;
    const text = await metrics.text();
    expect(linesOf(text, 'quorate_server_signer_up{')).toEqual(['quorate_server_signer_up{signer="1"} 1', 'quorate_server_signer_up{signer="2"} 0']);
    expect(linesOf(text, 'quorate_server_signer_chain_lag_acts{')).toEqual(['quorate_server_signer_chain_lag_acts{signer="1"} 0']);
    expect(linesOf(text, 'quorate_server_signer_clock_ahead_seconds{')).toEqual(['quorate_server_signer_clock_ahead_seconds{signer="1"} 1.5']);
    expect(linesOf(text, 'quorate_server_signer_clocks_apart_seconds ')).toEqual(['quorate_server_signer_clocks_apart_seconds 2.5']);
    expect(linesOf(text, 'quorate_server_outbox_acts{')).toEqual(['quorate_server_outbox_acts{signer="1"} 0', 'quorate_server_outbox_acts{signer="2"} 4']);
    expect(linesOf(text, 'quorate_server_broker_connected ')).toEqual(['quorate_server_broker_connected 1']);
  });

  test('have refusals apart from outages, and no label that a caller chose', async () => {
    const { metrics, meter } = openServerMetrics(async () => well);
    meter.refused('wallet/unknown');
    meter.refused('signers/unavailable');
    meter.answered({ method: 'BREW', route: '/wallets/wa-12345', status: 418, ms: 3 });
    const text = await metrics.text();
    expect(linesOf(text, 'quorate_server_refusals_total{code="wallet/unknown"}')).toEqual(['quorate_server_refusals_total{code="wallet/unknown"} 1']);
    expect(linesOf(text, 'quorate_server_outages_total{code="signers/unavailable"}')).toEqual(['quorate_server_outages_total{code="signers/unavailable"} 1']);
    expect(linesOf(text, 'quorate_server_refusals_total{code="signers/unavailable"}')).toEqual([]);
    expect(linesOf(text, 'quorate_server_http_requests_total')).toEqual(['quorate_server_http_requests_total{method="other",route="other",status="other"} 1']);
  });

  test('count an operation as under way until its block ends, and as done only where it says so', async () => {
    const { metrics, meter } = openServerMetrics(async () => well);
    const during: string[] = [];
    const fails = async (): Promise<void> => {
      using measured = measure(meter, 'sign');
      measured.passed('verify');
      during.push(...linesOf(await metrics.text(), 'quorate_server_operations{operation="sign"}'));
      throw new Error('no signers');
    };
    await expect(fails()).rejects.toThrow('no signers');
    {
      using measured = measure(meter, 'sign');
      measured.done();
    }
    expect(during).toEqual(['quorate_server_operations{operation="sign"} 1']);
    const text = await metrics.text();
    expect(linesOf(text, 'quorate_server_operations{operation="sign"}')).toEqual(['quorate_server_operations{operation="sign"} 0']);
    for (const outcome of ['done', 'not-done']) expect(text).toContain(`quorate_server_operation_seconds_count{operation="sign",outcome="${outcome}"} 1\n`);
    expect(text).toContain('quorate_server_phase_seconds_count{operation="sign",phase="verify"} 1\n');
  });
});

test('every warning that the server writes down is one that is counted', () => {
  const sources = globSync('../**/*.ts', { cwd: fileURLToPath(new URL('.', import.meta.url)) }).filter((path) => !/test/.test(path));
  const found = sources.flatMap((path) =>
    [...readFileSync(new URL(path, import.meta.url), 'utf8').matchAll(/log\.(?:warn|error)\(\s*\{\s*event: '([a-z-]+)'/g)].map(([, event]) => event),
  );
  expect([...new Set(found)].sort()).toEqual([...warnings]);
  const counted: string[] = [];
  const told: unknown[] = [];
  const note = (fields: unknown) => void told.push(fields);
  const log = watchedLog({ debug: note, info: note, warn: note, error: note } as never, { warning: (event) => void counted.push(event) });
  log.debug({ event: 'answered' }, 'x');
  log.warn({ event: 'failed' }, 'x');
  log.error({ event: 'bad-release' }, 'x');
  expect(counted).toEqual(['failed', 'bad-release']);
  expect(told).toEqual([{ event: 'answered' }, { event: 'failed' }, { event: 'bad-release' }]);
});
