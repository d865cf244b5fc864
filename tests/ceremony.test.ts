/** A network from nothing but commands: five signers and a server, each a process of its own, over a real broker. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { expect, test } from 'vitest';
import { brokersMissing, freePorts, makeAuthority, makeCertificate, titled } from '../packages/link/src/nats/brokers.test-kit.ts';
import { hold } from './support/ceremony.ts';
import { everything, good, launch, type Running, stop } from './support/daemons.ts';

const COUNT = 5;

async function startBroker(config: string): Promise<ChildProcess> {
  const broker = spawn('nats-server', ['-c', config], { env: { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((ready, fail) => {
    let said = '';
    broker.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes('Server is ready')) ready();
    });
    broker.once('exit', () => fail(new Error(said)));
  });
  return broker;
}

const ready = async (port: number): Promise<boolean> => {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  } catch {
    return false;
  }
};

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await new Promise((done) => setTimeout(done, 200))) if (await holds()) return;
  throw new Error(`${what} did not come`);
}

/** On a busy machine signers may be late; an outage is asked again, as its answer says. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 120_000; ; await new Promise((done) => setTimeout(done, 500))) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { httpStatus?: number }).httpStatus !== 503 || Date.now() > end) throw error;
    }
  }
}

test.skipIf(brokersMissing !== null)(
  titled('five signers and a server are founded by commands, and a wallet is made and signs'),
  { timeout: 300_000 },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'quorate-ceremony-'));
    const running: Running[] = [];
    let broker: ChildProcess | null = null;
    try {
      const made = await hold(dir, { count: COUNT, threshold: 3 });

      makeAuthority(dir, 'ca');
      makeCertificate(dir, 'ca', 'broker');
      const [brokerPort = 0, apiPort = 0, ...healthPorts] = await freePorts(2 + COUNT);
      const tls = { cert: join(dir, 'broker.pem'), key: join(dir, 'broker.key'), ca: join(dir, 'ca.pem') };
      // JSON is YAML.
      await writeFile(join(dir, 'brokers.yaml'), JSON.stringify({ brokers: [{ name: 'nats-1', listen: { host: '127.0.0.1', port: brokerPort }, tls }] }));
      const named = ['--roster', made.roster, '--server', made.serverCard, '--plan', join(dir, 'brokers.yaml')];
      await good('server', ['broker-config', ...named, '--genesis-hash', made.genesisHash, '--out', join(dir, 'brokers')]);

      const common = `founding: founding.json\ngenesisHash: ${made.genesisHash}\nbroker: [127.0.0.1:${brokerPort}]\nbrokerCa: ca.pem\n`;
      for (const [i, port] of healthPorts.entries()) {
        const number = i + 1;
        await writeFile(join(dir, `signer-${number}.yaml`), `${common}dataDir: signer-${number}\nservers: [server-card.json]\nhealth: 127.0.0.1:${port}\n`);
      }
      await writeFile(join(dir, 'database-url'), `pglite:${join(dir, 'database')}\n`, { mode: 0o600 });
      await writeFile(join(dir, 'server.yaml'), `${common}keysDir: server\nlisten: 127.0.0.1:${apiPort}\ndatabaseUrlFile: database-url\n`);

      // Daemons may come before their broker.
      const config = (name: string): string[] => ['start', '--config', join(dir, `${name}.yaml`)];
      const signers = healthPorts.map((_, i) => launch('signer', config(`signer-${i + 1}`)));
      running.push(...signers);
      await signers[0]?.line('waiting for the broker');
      expect(await ready(healthPorts[0] ?? 0)).toBe(false);

      broker = await startBroker(join(dir, 'brokers', 'nats-1.conf'));
      running.push(launch('server', config('server')));
      await Promise.all(healthPorts.map((port) => until(() => ready(port), 'a ready signer')));
      await until(() => ready(apiPort), 'a ready server');

      const tokenFile = join(dir, 'operations.token');
      await good('server', [
        'token',
        '--keys-dir',
        made.server,
        '--founding',
        made.founding,
        '--genesis-hash',
        made.genesisHash,
        '--user',
        'operations',
        '--out',
        tokenFile,
      ]);
      const authToken = (await readFile(tokenFile, 'utf8')).trim();
      const signer = new AsymmetricKeySigner({ credId: made.admin.credId, privateKey: made.admin.privateKey });
      const dfns = new DfnsApiClient({ baseUrl: `http://127.0.0.1:${apiPort}`, orgId: '', authToken, signer });
      const wallet = await answered(() => dfns.wallets.createWallet({ body: { network: 'Ethereum' } }));
      const sign = () => answered(() => dfns.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: `0x${'5a'.repeat(32)}` } }));
      expect((await sign()).status).toBe('Signed');

      expect(await (await fetch(`http://127.0.0.1:${healthPorts[0]}/metrics`)).text()).toMatch(/^quorate_signer_broker_connected 1$/m);

      // One signer is stopped, and the rest signs; it is started, and catches up.
      expect(await stop(signers[1] as Running)).toBe(0);
      expect((await sign()).status).toBe('Signed');
      running.push(launch('signer', config('signer-2')));
      await until(() => ready(healthPorts[1] ?? 0), 'the signer that was away');
      expect((await sign()).status).toBe('Signed');

      const left = running.filter(({ process }) => process.exitCode === null);
      expect(left.length).toBe(COUNT + 1);
      expect(await Promise.all(left.map((one, i) => stop(one, i % 2 === 0 ? 'SIGTERM' : 'SIGINT')))).toEqual(left.map(() => 0));

      const printed = everything.join('');
      const secrets = [authToken, made.admin.privateKey.split('\n')[1] ?? '', (await readFile(join(dir, 'database-url'), 'utf8')).trim()];
      const nkeys = await Promise.all([1, 2, 3, 4, 5].map((number) => readFile(join(made.signer(number), 'broker.nkey'), 'utf8')));
      const { link, token } = JSON.parse(await readFile(join(made.server, 'server-keys.json'), 'utf8')) as { link: Record<string, string>; token: string };
      const pems = [...Object.values(link), token].map((pem) => pem.split('\n')[1] ?? '');
      for (const secret of [...secrets, ...nkeys.map((text) => text.trim()), ...pems]) {
        expect(secret.length).toBeGreaterThan(16);
        expect(printed.includes(secret)).toBe(false);
      }
    } finally {
      for (const { process } of running) if (process.exitCode === null) process.kill('SIGKILL');
      broker?.kill('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    }
  },
);
