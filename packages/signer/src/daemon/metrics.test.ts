import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasons, Refusal, type SignerId } from '@quorate/wire';
import { afterAll, describe, expect, test } from 'vitest';
import { createEvents, eventNames } from '../events.ts';
import { abortCauseOf, lapsOf } from '../meter.ts';
import { SessionFailed } from '../sessions.ts';
import { lastDrill } from './last-drill.ts';
import { openSignerMetrics, outageCodes, refusalCodes, type Surroundings } from './metrics.ts';

const dir = mkdtempSync(join(tmpdir(), 'quorate-drill-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const well: Surroundings = {
  figures: { ready: true, checks: { audit: true }, head: 7, lag: 2, sessions: { aux: 0, dkg: 1, sign: 3 } },
  brokerConnected: true,
  brokerWaitingBytes: 9,
  primes: { primes: true, spare: true },
  lastDrill: 1_700_000_000_000,
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const sample = (text: string, name: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);

describe('a signer’s figures', () => {
  test('say how it is, and before it has started that it is not', async () => {
    let now: Surroundings = { ...well, figures: null, lastDrill: null, primes: { primes: true, spare: false } };
    const { metrics } = openSignerMetrics(() => now);
    const starting = await metrics.text();
    expect(sample(starting, 'quorate_signer_ready')).toBe('0');
    expect(sample(starting, 'quorate_signer_check{check="audit"}')).toBe('0');
    expect(sample(starting, 'quorate_signer_last_backup_drill_timestamp_seconds')).toBe('0');
    expect(sample(starting, 'quorate_signer_spare_prime_sets')).toBe('0');
    now = well;
    const text = await metrics.text();
    expect(sample(text, 'quorate_signer_ready')).toBe('1');
    expect(sample(text, 'quorate_signer_chain_acts')).toBe('7');
    expect(sample(text, 'quorate_signer_chain_lag_acts')).toBe('2');
    expect(sample(text, 'quorate_signer_sessions{protocol="sign"}')).toBe('3');
    expect(sample(text, 'quorate_signer_check{check="audit"}')).toBe('1');
    expect(sample(text, 'quorate_signer_check{check="peers"}')).toBe('0');
    expect(sample(text, 'quorate_signer_broker_waiting_bytes')).toBe('9');
    expect(sample(text, 'quorate_signer_last_backup_drill_timestamp_seconds')).toBe('1700000000');
    expect(sample(text, 'quorate_signer_spare_prime_sets')).toBe('1');
    now = { ...well, brokerConnected: false };
    expect(sample(await metrics.text(), 'quorate_signer_ready')).toBe('0');
  });

  test('tell a no for the request’s own reason from what could not be done', async () => {
    const { metrics, meter } = openSignerMetrics(() => well);
    meter.decided('sign', 'key/retired', 12);
    meter.decided('sign', 'authority/behind', 12);
    meter.decided('sign', 'TypeError', 12);
    meter.decided('sign', null, 12);
    const text = await metrics.text();
    expect(sample(text, 'quorate_signer_refusals_total{kind="sign",code="key/retired"}')).toBe('1');
    expect(sample(text, 'quorate_signer_outages_total{kind="sign",code="authority/behind"}')).toBe('1');
    expect(sample(text, 'quorate_signer_outages_total{kind="sign",code="failed"}')).toBe('1');
    for (const [outcome, count] of [
      ['done', '1'],
      ['refused', '1'],
      ['failed', '2'],
    ] as const)
      expect(sample(text, `quorate_signer_decision_seconds_count{kind="sign",outcome="${outcome}"}`)).toBe(count);
    expect([...refusalCodes, ...outageCodes].sort()).toEqual([...Object.keys(reasons), 'failed'].sort());
  });

  test('count why sessions end, and each line of the log by its name', async () => {
    const { metrics, meter } = openSignerMetrics(() => well);
    const events = createEvents(silent, 'a signer' as SignerId, meter);
    events.sessionEnded('sign', abortCauseOf(new SessionFailed('deadline')));
    events.sessionEnded('sign', abortCauseOf(new SessionFailed('what nobody knows')));
    events.sessionEnded('sign', abortCauseOf(new Refusal('key/retired')));
    events.sessionEnded('sign', abortCauseOf(new Refusal('evidence/spent')));
    events.sessionEnded('dkg', null);
    events.link({ code: 'flooding', from: 'somebody' });
    events.conflict('two-acts', 7, 'server');
    const laps = lapsOf(meter, 'export');
    laps.passed('verify');
    const text = await metrics.text();
    for (const cause of ['deadline', 'failed', 'key-retired', 'refused'])
      expect(sample(text, `quorate_signer_aborts_total{protocol="sign",cause="${cause}"}`)).toBe('1');
    expect(sample(text, 'quorate_signer_sessions_total{protocol="sign",outcome="aborted"}')).toBe('4');
    expect(sample(text, 'quorate_signer_sessions_total{protocol="dkg",outcome="done"}')).toBe('1');
    expect(sample(text, 'quorate_signer_link_events_total{code="flooding"}')).toBe('1');
    expect(sample(text, 'quorate_signer_events_total{event="conflict"}')).toBe('1');
    expect(sample(text, 'quorate_signer_phase_seconds_count{operation="export",phase="verify"}')).toBe('1');
    expect(text).not.toContain('somebody');
    expect(eventNames.length).toBeGreaterThan(30);
  });
});

test('the time of the last drill is read as a drill leaves it, and a damaged file is none', () => {
  const leave = (text: string) => writeFileSync(join(dir, 'drill.json'), text);
  expect(lastDrill(dir)).toBeNull();
  leave('{"at":1700000000123}\n');
  expect(lastDrill(dir)).toBe(1_700_000_000_123);
  for (const damaged of ['', '{}', '{"at":"now"}', '{"at":-1}', '{"at":1e99}', 'null', `{"at":1,"more":"${'x'.repeat(5_000)}"}`]) {
    leave(damaged);
    expect(lastDrill(dir)).toBeNull();
  }
  leave('{"at":5}');
  expect(lastDrill(dir)).toBe(5);
});
