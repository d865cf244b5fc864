/** What /metrics and the logs of a whole network tell of what it did: figures of each daemon, and one trace through all. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { connect, type Connection } from '@quorate/client';
import { createWallet, createWalletSignature, exportWallet, getWallet, isRefusal, updateOrganisationSettings, type WalletId } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ceremony, hold } from './support/ceremony.ts';
import { goodHere, type OneProcess, startDaemons } from './support/one-process.ts';
import { codeOf, exportBody, newHash } from './support/requests.ts';

const COUNT = 5;
const THRESHOLD = 3;

const ranks = Array.from({ length: COUNT }, (_, i) => i + 1);

let dir: string;
let made: Ceremony;
let daemons: OneProcess;
let api: string;
let authToken: string;
/** The trace ids that answers came with. */
const answered: (string | null)[] = [];

/** Asks under a trace, or under whichever the server chooses. */
function client(traceId?: string): Connection {
  const fetchTraced: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    if (traceId !== undefined) headers.set('traceparent', `00-${traceId}-00f067aa0ba902b7-01`);
    const answer = await fetch(input, { ...init, headers });
    answered.push(answer.headers.get('x-trace-id'));
    return answer;
  };
  const signer = new AsymmetricKeySigner({ credId: made.admin.credId, privateKey: made.admin.privateKey });
  return connect({ baseUrl: api, authToken, genesisHash: made.genesisHash, signer, fetch: fetchTraced });
}

/** Asks again for as long as the signers are too busy, as the answer says to. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 200_000; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!(isRefusal(error) && error.status === 503) || Date.now() > end) throw error;
    }
  }
}

async function until<T>(look: () => Promise<T | null>, what: string): Promise<T> {
  for (const end = Date.now() + 100_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come`);
}

/** Samples of one scrape by name and labels as Prometheus writes them. */
type Scrape = ReadonlyMap<string, number>;
const texts: string[] = [];
async function scrape(port: unknown): Promise<Scrape> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  texts.push(text);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
let serverPort: unknown;
let signerPorts: readonly unknown[] = [];
const ofServer = () => scrape(serverPort);
const ofSigners = () => Promise.all(signerPorts.map(scrape));
const sum = (scrapes: readonly Scrape[], name: string): number => scrapes.reduce((total, samples) => total + (samples.get(name) ?? Number.NaN), 0);

/** Those that logged this under this trace. */
const tellers = (traceId: string, msg: string): Set<unknown> =>
  new Set(daemons.lines.filter((line) => line['trace_id'] === traceId && line['msg'] === msg).map(({ name, signerId }) => signerId ?? name));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-metrics-'));
  made = await hold(dir, { count: COUNT, threshold: THRESHOLD }, goodHere);
  await writeFile(join(dir, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
  const common = `founding: founding.json\ngenesisHash: ${made.genesisHash}\nbroker: [127.0.0.1:9]\nbrokerCa: ca.pem\n`;
  for (const number of ranks)
    await writeFile(join(dir, `signer-${number}.yaml`), `${common}dataDir: signer-${number}\nservers: [server-card.json]\nhealth: 127.0.0.1:0\n`);
  await writeFile(join(dir, 'database-url'), `pglite:${join(dir, 'database')}\n`, { mode: 0o600 });
  await writeFile(join(dir, 'server.yaml'), `${common}keysDir: server\nlisten: 127.0.0.1:0\nmetrics: 127.0.0.1:0\ndatabaseUrlFile: database-url\n`);
  const tokenFile = join(dir, 'operations.token');
  const founded = ['--founding', made.founding, '--genesis-hash', made.genesisHash];
  await goodHere('server', ['token', '--keys-dir', made.server, ...founded, '--user', 'operations', '--out', tokenFile]);
  authToken = readFileSync(tokenFile, 'utf8').trim();
  daemons = startDaemons(dir, COUNT);
  api = String((await daemons.logged('server started'))[0]?.['url']);
  serverPort = (await daemons.logged('metrics listener open'))[0]?.['port'];
});
afterAll(async () => {
  await daemons?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('a network that is watched', () => {
  let walletId: WalletId;

  test('counts an outage while no signer is there, apart from refusals', async () => {
    expect(await codeOf(client().call(createWallet, { body: { network: 'Ethereum' } }))).toBe('signers/unavailable');
    const samples = await ofServer();
    expect(samples.get('quorate_server_outages_total{code="signers/unavailable"}')).toBe(1);
    expect(samples.get('quorate_server_operation_seconds_count{operation="keygen",outcome="not-done"}')).toBe(1);
    expect(samples.get('quorate_server_signer_up{signer="1"}')).toBe(0);
    expect(sum([samples], 'quorate_server_refusals_total{code="wallet/unknown"}')).toBe(0);
    expect(samples.get('quorate_server_http_requests_total{method="POST",route="/wallets",status="503"}')).toBe(1);
  });

  test('shows keygen, act, signature and export at server and signers, by phase', { timeout: 600_000 }, async () => {
    daemons.startSigners();
    signerPorts = (await daemons.logged('health listener open', COUNT)).map(({ port }) => port);
    await until(async () => {
      const now = await ofServer();
      return ranks.every((rank) => now.get(`quorate_server_signer_ready{signer="${rank}"}`) === 1) ? true : null;
    }, 'every signer ready');

    const traces = { keygen: 'a1'.repeat(16), act: 'b2'.repeat(16), sign: 'c3'.repeat(16), export: 'd4'.repeat(16) };
    const before = answered.length;
    walletId = (await patiently(() => client(traces.keygen).call(createWallet, { body: { network: 'Ethereum' } }))).id;
    await patiently(() => client(traces.act).call(updateOrganisationSettings, { body: { exportEnabled: true } }));
    const hash = `0x${newHash()}` as const;
    await patiently(() => client(traces.sign).call(createWalletSignature, { params: { walletId }, body: { kind: 'Hash', hash } }));
    const body = JSON.parse(exportBody());
    await patiently(() => client(traces.export).call(exportWallet, { params: { walletId }, body }));
    expect(new Set(answered.slice(before))).toEqual(new Set(Object.values(traces)));

    const samples = await ofServer();
    for (const operation of ['keygen', 'sign', 'export']) {
      expect(samples.get(`quorate_server_operation_seconds_count{operation="${operation}",outcome="done"}`)).toBe(1);
      expect(samples.get(`quorate_server_phase_seconds_count{operation="${operation}",phase="signers"}`)).toBeGreaterThanOrEqual(1);
      expect(samples.get(`quorate_server_operations{operation="${operation}"}`)).toBe(0);
    }
    expect(samples.get('quorate_server_http_requests_total{method="POST",route="/wallets/:walletId/signatures",status="200"}')).toBe(1);
    expect(samples.get('quorate_server_http_request_seconds_count{method="POST",route="/wallets/:walletId/export"}')).toBeGreaterThanOrEqual(1);
    expect(samples.get('quorate_server_chain_acts')).toBeGreaterThanOrEqual(1);
    expect(sum([samples], 'quorate_server_threshold_signers')).toBe(THRESHOLD);

    // No answer waits for the last signer; and a signer that its peers were quicker than need not agree with them any more.
    const signers = await until(async () => {
      const all = await ofSigners();
      const idle = ['aux', 'dkg', 'sign'].every((protocol) => sum(all, `quorate_signer_sessions{protocol="${protocol}"}`) === 0);
      const done = (kind: string) => sum(all, `quorate_signer_decision_seconds_count{kind="${kind}",outcome="done"}`);
      const retired = sum(all, 'quorate_signer_events_total{event="keyRetired"}');
      const ready = sum(all, 'quorate_signer_ready') === COUNT;
      const head = (await ofServer()).get('quorate_server_chain_acts') ?? 0;
      const caughtUp = sum(all, 'quorate_signer_chain_acts') === COUNT * head && sum(all, 'quorate_signer_chain_lag_acts') === 0;
      return ready && idle && caughtUp && retired === COUNT && done('sign') >= THRESHOLD && done('export') >= THRESHOLD ? all : null;
    }, 'the end of what the signers do');
    expect(sum(signers, 'quorate_signer_decision_seconds_count{kind="keygen",outcome="done"}')).toBeGreaterThanOrEqual(COUNT);
    expect(sum(signers, 'quorate_signer_sessions_total{protocol="dkg",outcome="done"}')).toBeGreaterThanOrEqual(COUNT);
    expect(sum(signers, 'quorate_signer_sessions_total{protocol="sign",outcome="done"}')).toBeGreaterThanOrEqual(THRESHOLD);
    const passed = (operation: string, phase: string): number =>
      signers.reduce((total, samples) => total + (samples.get(`quorate_signer_phase_seconds_count{operation="${operation}",phase="${phase}"}`) ?? 0), 0);
    for (const phase of ['verify', 'join', 'begin', 'protocol', 'store']) expect(passed('keygen', phase)).toBeGreaterThanOrEqual(COUNT);
    for (const phase of ['verify', 'join', 'begin', 'protocol', 'check']) expect(passed('sign', phase)).toBeGreaterThanOrEqual(THRESHOLD);
    for (const phase of ['verify', 'agree', 'release']) expect(passed('export', phase)).toBeGreaterThanOrEqual(THRESHOLD);
    expect(passed('export', 'retire')).toBeGreaterThanOrEqual(1);
    expect(sum(signers, 'quorate_signer_broker_connected')).toBe(COUNT);
    expect(sum(signers, 'quorate_signer_spare_prime_sets')).toBe(0);
    expect(sum(signers, 'quorate_signer_last_backup_drill_timestamp_seconds')).toBe(0);
    await until(async () => {
      const now = await ofServer();
      const of = (name: string) => ranks.map((rank) => now.get(`quorate_server_${name}{signer="${rank}"}`));
      return [...of('outbox_acts'), ...of('signer_chain_lag_acts')].every((value) => value === 0) && of('signer_ready').every((value) => value === 1)
        ? true
        : null;
    }, 'the act delivered to all');

    const told: readonly [keyof typeof traces, string, number][] = [
      ['keygen', 'a key has its certificate', 1],
      ['keygen', 'done as a server asked', COUNT],
      ['act', 'an act is certified', 1],
      ['act', 'act acknowledged', THRESHOLD],
      ['sign', 'a signature is made', 1],
      ['sign', 'signature made', THRESHOLD],
      ['export', 'a key is exported', 1],
      ['export', 'done as a server asked', THRESHOLD],
    ];
    for (const [what, line, least] of told)
      await until(async () => (tellers(traces[what], line).size >= least ? true : null), `“${line}” of ${least} under the trace of ${what}`);
  });

  test('counts a refusal by its code, and takes no trace that is none', async () => {
    const unknown = 'wa-00000-00000-00000000000000' as WalletId;
    const at = (traceparent: string) => fetch(`${api}/wallets/${unknown}`, { headers: { authorization: `Bearer ${authToken}`, traceparent } });
    const before = (await ofServer()).get('quorate_server_outages_total{code="signers/unavailable"}');
    const first = await at(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`);
    expect(first.headers.get('x-trace-id')).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect((await at(`00-${'e5'.repeat(16)}-00f067aa0ba902b7-01`)).headers.get('x-trace-id')).toBe('e5'.repeat(16));
    expect(await codeOf(client().call(getWallet, { params: { walletId: unknown } }))).toBe('wallet/unknown');
    expect((await fetch(`${api}/no/such/path/${unknown}`)).status).toBe(404);
    const samples = await ofServer();
    expect(samples.get('quorate_server_refusals_total{code="wallet/unknown"}')).toBe(3);
    expect(samples.get('quorate_server_http_requests_total{method="GET",route="/wallets/:walletId",status="404"}')).toBe(3);
    expect(samples.get('quorate_server_http_requests_total{method="GET",route="other",status="404"}')).toBe(1);
    expect(samples.get('quorate_server_outages_total{code="signers/unavailable"}')).toBe(before);
  });

  test('tells strangers nothing: no /metrics on the API, and no id, name or secret in any figure', async () => {
    expect((await fetch(`${api}/metrics`)).status).toBe(404);
    const { genesis } = JSON.parse(readFileSync(made.founding, 'utf8')) as {
      genesis: { orgId: string; administrators: { userId: string }[]; signers: { id: string }[] };
    };
    const words = [walletId, made.genesisHash, authToken, made.admin.credId, genesis.orgId, '127.0.0.1', dir];
    words.push(...genesis.administrators.map(({ userId }) => userId), ...genesis.signers.map(({ id }) => id));
    expect(texts.length).toBeGreaterThan(3);
    for (const word of words) {
      expect(word.length).toBeGreaterThan(5);
      expect(texts.some((text) => text.includes(word))).toBe(false);
    }
    expect(await daemons.stop()).toBe(0);
  });
});
