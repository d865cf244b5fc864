/**
 * A cluster of three brokers with the configuration that `quorate-server broker-config` writes: killed, and started again
 * on the same ports.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../../../packages/link/src/nats/brokers.test-kit.ts';
import type { Ceremony } from '../../support/ceremony.ts';
import { good } from '../../support/daemons.ts';
import { printed, until } from './party.ts';
import { namedPorts } from './ports.ts';

export const BROKERS = 3;

export interface Cluster extends AsyncDisposable {
  readonly addresses: readonly string[];
  readonly ca: string;
  alive(i: number): boolean;
  pid(i: number): number;
  /** What the broker's monitor says at this path. */
  monitor<T>(i: number, path: string): Promise<T>;
  start(i: number): Promise<void>;
  kill(i: number): Promise<void>;
}

export async function startCluster(made: Ceremony, serverCards: readonly string[]): Promise<Cluster> {
  const { dir } = made;
  for (const authority of ['ca', 'routes']) makeAuthority(dir, authority);
  const ports = await namedPorts(BROKERS * 3);
  const port = (i: number, which: number): number => ports[i * 3 + which] ?? 0;
  const files = (name: string, authority: string) => {
    makeCertificate(dir, authority, name);
    return { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`), ca: join(dir, `${authority}.pem`) };
  };
  const brokers = Array.from({ length: BROKERS }, (_, i) => ({
    name: `nats-${i + 1}`,
    listen: { host: '127.0.0.1', port: port(i, 0) },
    tls: files(`nats-${i + 1}`, 'ca'),
    route: { host: '127.0.0.1', bind: '127.0.0.1', port: port(i, 1), tls: files(`route-${i + 1}`, 'routes') },
    monitorPort: port(i, 2),
  }));
  // JSON is YAML.
  await writeFile(join(dir, 'brokers.yaml'), JSON.stringify({ brokers }));
  const cards = serverCards.flatMap((card) => ['--server', card]);
  const named = ['--roster', made.roster, ...cards, '--plan', join(dir, 'brokers.yaml'), '--genesis-hash', made.genesisHash];
  await good('server', ['broker-config', ...named, '--out', join(dir, 'brokers')]);

  const running = new Map<number, ChildProcess>();
  const endAll = (): void => {
    for (const child of running.values()) child.kill('SIGKILL');
  };
  process.once('exit', endAll);

  const monitor = async <T>(i: number, path: string): Promise<T> => (await fetch(`http://127.0.0.1:${port(i, 2)}${path}`)).json() as Promise<T>;

  const cluster: Cluster = {
    addresses: brokers.map(({ listen }) => `127.0.0.1:${listen.port}`),
    ca: join(dir, 'ca.pem'),
    alive: (i) => running.has(i),
    pid: (i) => running.get(i)?.pid ?? 0,
    monitor,
    async start(i) {
      const env = { PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` };
      const child = spawn('nats-server', ['-c', join(dir, 'brokers', `nats-${i + 1}.conf`)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      running.set(i, child);
      await new Promise<void>((resolve, reject) => {
        let said = '';
        child.stderr?.on('data', (chunk: Buffer) => {
          printed.push(String(chunk));
          said = (said + chunk).slice(-10_000);
          if (said.includes('Server is ready')) resolve();
        });
        child.once('exit', () => {
          if (running.get(i) === child) running.delete(i);
          reject(new Error(`nats-server ended: ${said}`));
        });
      });
      const routes = async (): Promise<number> => (await monitor<{ num_routes: number }>(i, '/routez')).num_routes;
      await until(async () => (await routes()) >= running.size - 1, 'the brokers to find each other');
    },
    async kill(i) {
      const child = running.get(i);
      if (child === undefined) return;
      running.delete(i);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', endAll);
      for (const i of [...running.keys()]) await cluster.kill(i);
    },
  };
  for (let i = 0; i < BROKERS; i++) await cluster.start(i);
  return cluster;
}
