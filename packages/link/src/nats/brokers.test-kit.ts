/**
 * Real brokers for tests: nats-server on the loopback interface, configured by our generator, with certificates made by
 * openssl for the occasion.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { BrokerParty, BrokerPlan } from './broker-config.ts';
import type { NatsTls } from './connection.ts';
import { generateNkey, type Nkey } from './nkey.ts';
import { writeBrokerConfigs } from './write-broker-configs.ts';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const found = (program: string): string | null => folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
const missing = ['nats-server', 'openssl'].filter((program) => found(program) === null);

/** What has to be installed before tests with brokers can run, as a sentence, or `null` when they can. */
export const brokersMissing = missing.length === 0 ? null : `skipped: install ${missing.join(' and ')} (Debian: apt-get install ${missing.join(' ')})`;

/** The title of tests that need brokers, which says what is missing where something is. */
export const titled = (title: string): string => (brokersMissing === null ? title : `${title} [${brokersMissing}]`);
if (brokersMissing !== null) console.warn(`tests over NATS ${brokersMissing}`);

const nats = (): string => found('nats-server') ?? 'nats-server';

/** `null` when nats-server takes the configuration; else what it says. */
export function complaintOf(config: string): string | null {
  try {
    execFileSync(nats(), ['-t', '-c', config], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr);
  }
}

export interface Brokers extends AsyncDisposable {
  readonly dir: string;
  readonly servers: readonly string[];
  readonly tls: NatsTls;
  /** Of the party with this id. */
  seed(id: string): Uint8Array;
  config(i: number): string;
  signal(i: number, signal: NodeJS.Signals): void;
  /** Ends a broker at once. */
  kill(i: number): Promise<void>;
  start(i: number): Promise<void>;
  /** What the broker's monitor says at this path. */
  monitor<T>(i: number, path: string): Promise<T>;
}

export interface BrokersOptions {
  readonly network: string;
  readonly ids: readonly string[];
  /** @default 1 */
  readonly count?: number;
  readonly clientCertificates?: boolean;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

function openssl(dir: string, ...args: string[]): void {
  execFileSync(found('openssl') ?? 'openssl', ['req', '-x509', ...EC, ...args], { cwd: dir, stdio: 'pipe' });
}

/** A certificate authority `<name>.pem`, `<name>.key`. */
export function makeAuthority(dir: string, name: string): void {
  openssl(dir, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE');
}

/** A certificate `<name>.pem`, `<name>.key` for the loopback address, or another subject. */
export function makeCertificate(dir: string, authority: string, name: string, subject = 'IP:127.0.0.1'): void {
  const extensions = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth,clientAuth', `subjectAltName=${subject}`];
  const files = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-keyout', `${name}.key`, '-out', `${name}.pem`];
  openssl(dir, ...files, '-subj', `/CN=${name}`, ...extensions.flatMap((extension) => ['-addext', extension]));
}

/** Below those that the system hands out, which somebody else may get before the broker; each test worker has its own. */
export async function freePorts(count: number): Promise<number[]> {
  const first = 10_000 + 1_000 * (Number(process.env.VITEST_POOL_ID ?? 0) % 20);
  const ports: number[] = [];
  for (let tries = 0, at = randomInt(1_000); tries < 1_000 && ports.length < count; tries++, at++) {
    const port = first + (at % 1_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await new Promise((done) => server.once('listening', () => done(true)).once('error', () => done(false)));
    if (!free) continue;
    ports.push(port);
    await new Promise((done) => server.close(done));
  }
  return ports;
}

export async function startBrokers({ network, ids, count = 1, clientCertificates = false }: BrokersOptions): Promise<Brokers> {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-nats-'));
  for (const authority of ['ca', 'routes']) makeAuthority(dir, authority);
  makeCertificate(dir, 'ca', 'party');
  const ports = await freePorts(count * 3);
  const port = (i: number, which: number): number => ports[i * 3 + which] as number;
  const nkeys = new Map<string, Nkey>(ids.map((id) => [id, generateNkey()]));
  const files = (name: string, authority: string) => ({ cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`), ca: join(dir, `${authority}.pem`) });
  const plan: BrokerPlan = {
    network,
    clientCertificates,
    parties: [...nkeys].map(([id, { publicKey }]): BrokerParty => ({ id, nkey: publicKey })),
    brokers: Array.from({ length: count }, (_, i) => {
      makeCertificate(dir, 'ca', `broker-${i}`);
      makeCertificate(dir, 'routes', `route-${i}`);
      const route = { host: '127.0.0.1', bind: '127.0.0.1', port: port(i, 1), tls: files(`route-${i}`, 'routes') };
      return {
        name: `broker-${i}`,
        listen: { host: '127.0.0.1', port: port(i, 0) },
        monitorPort: port(i, 2),
        tls: files(`broker-${i}`, 'ca'),
        ...(count > 1 ? { route } : {}),
      };
    }),
  };
  const configs = await writeBrokerConfigs(plan, dir);
  const running = new Map<number, ChildProcess>();
  const endAll = (): void => {
    for (const child of running.values()) child.kill('SIGKILL');
  };
  process.once('exit', endAll);
  // A test runner that gives a worker up ends it by this; brokers must not outlive it.
  const terminated = (): never => process.exit(143);
  process.once('SIGTERM', terminated);
  const party = clientCertificates ? { cert: await readFile(join(dir, 'party.pem'), 'utf8'), key: await readFile(join(dir, 'party.key'), 'utf8') } : {};

  async function start(i: number): Promise<void> {
    const child = spawn(nats(), ['-c', configs[i] as string], { stdio: ['ignore', 'ignore', 'pipe'] });
    running.set(i, child);
    await new Promise<void>((ready, fail) => {
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk).slice(-20_000);
        if (said.includes('Server is ready')) ready();
      });
      child.once('exit', () => fail(new Error(`nats-server ended: ${said}`)));
    });
  }

  /** Until every broker that runs has its routes to the others, without which some parties would not hear each other. */
  async function routed(): Promise<void> {
    for (const end = performance.now() + 60_000; ; await new Promise((done) => setTimeout(done, 50))) {
      const routes = await Promise.all([...running.keys()].map((i) => monitor<{ num_routes: number }>(i, '/routez')));
      if (routes.every(({ num_routes }) => num_routes >= running.size - 1)) return;
      if (performance.now() > end) throw new Error('the brokers found no routes to each other');
    }
  }

  const monitor = async <T>(i: number, path: string): Promise<T> => (await fetch(`http://127.0.0.1:${port(i, 2)}${path}`)).json() as Promise<T>;

  const brokers: Brokers = {
    dir,
    servers: Array.from({ length: count }, (_, i) => `127.0.0.1:${port(i, 0)}`),
    tls: { ca: await readFile(join(dir, 'ca.pem'), 'utf8'), ...party },
    seed: (id) => (nkeys.get(id) as Nkey).seed,
    config: (i) => configs[i] as string,
    signal: (i, signal) => void running.get(i)?.kill(signal),
    async kill(i) {
      const child = running.get(i);
      running.delete(i);
      if (child === undefined || child.exitCode !== null) return;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
    },
    async start(i) {
      await start(i);
      await routed();
    },
    monitor,
    async [Symbol.asyncDispose]() {
      process.off('exit', endAll);
      process.off('SIGTERM', terminated);
      for (const i of [...running.keys()]) await brokers.kill(i);
      await rm(dir, { recursive: true, force: true });
    },
  };
  await Promise.all(Array.from({ length: count }, (_, i) => start(i)));
  await routed();
  return brokers;
}
