/**
 * A whole network as it is operated: three brokers, PostgreSQL, five signers and two servers, each a process of its own,
 * founded by the ceremony's commands.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { connect } from '@quorate/client';
import { readFounding } from '@quorate/daemon';
import { type Genesis, updateOrganisationSettings } from '@quorate/wire';
import { type Ceremony, hold } from '../../support/ceremony.ts';
import { good } from '../../support/daemons.ts';
import { BROKERS, type Cluster, startCluster } from './brokers.ts';
import { type OwnDatabase, ownDatabase, postgresUrl } from './database.ts';
import { type Party, partyOf, until } from './party.ts';
import type { Rule } from './weather.ts';

export const SIGNERS = 5;
export const THRESHOLD = 3;

export interface World extends AsyncDisposable {
  readonly made: Ceremony;
  readonly genesis: Genesis;
  readonly signers: readonly Party[];
  readonly servers: readonly Party[];
  readonly brokers: Cluster;
  readonly database: OwnDatabase;
  readonly authToken: string;
  /** The genesis administrator through the unmodified SDK, at one of the servers (from 0). */
  client(server: number): DfnsApiClient;
  signer(number: number): Party;
  server(number: number): Party;
  /** Waits until this signer takes part again, and both servers see it. */
  back(signer: number): Promise<void>;
  weather(rules: readonly Rule[]): Promise<void>;
  /** Those in force, for who is started under them. */
  readonly rules: readonly Rule[];
  /** Ends every fault, starts again what was killed and nothing else, and waits until all take part. */
  calm(): Promise<void>;
  /** The same. @throws where other processes than these are gone */
  settle(killed: readonly string[]): Promise<void>;
}

/** The bearer of the genesis's service account `operations`. */
async function bearerOf(made: Ceremony): Promise<string> {
  const file = join(made.dir, 'operations.token');
  const network = ['--founding', made.founding, '--genesis-hash', made.genesisHash];
  await good('server', ['token', '--keys-dir', made.server, ...network, '--user', 'operations', '--out', file]);
  return (await readFile(file, 'utf8')).trim();
}

export async function startWorld(): Promise<World> {
  if (postgresUrl === null) throw new Error('there is no PostgreSQL');
  await using opened = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'quorate-network-'));
  opened.defer(() => rm(dir, { recursive: true, force: true }));
  const database = opened.use(await ownDatabase(postgresUrl, `pw-${randomBytes(18).toString('hex')}`));
  const made = await hold(dir, { count: SIGNERS, threshold: THRESHOLD });
  const secondCard = join(dir, 'server-card-2.json');
  await good('server', ['init', '--keys-dir', join(dir, 'server-2'), '--token-key-of', made.server, '--out', secondCard]);
  const genesis = await readFounding(made.founding, made.genesisHash);
  const brokers = opened.use(await startCluster(made, [made.serverCard, secondCard]));
  await writeFile(join(dir, 'database-url'), `${database.url}\n`, { mode: 0o600 });

  const common = { founding: 'founding.json', genesisHash: made.genesisHash, broker: brokers.addresses, brokerCa: 'ca.pem' };
  const idOf = async (card: string): Promise<string> => (JSON.parse(await readFile(card, 'utf8')) as { identityKey: string }).identityKey;
  const party = async (which: Party['which'], number: number, card: string, settings: object): Promise<Party> => {
    const config = join(dir, `${which}-${number}.yaml`);
    await writeFile(config, JSON.stringify({ ...common, ...settings }));
    return partyOf({ which, number, id: await idOf(card), config });
  };
  const signers = await Promise.all(
    Array.from({ length: SIGNERS }, (_, i) => {
      const own = { dataDir: `signer-${i + 1}`, servers: ['server-card.json', 'server-card-2.json'], health: '127.0.0.1:0' };
      return party('signer', i + 1, join(dir, `card-${i + 1}.json`), own);
    }),
  );
  const listening = { listen: '127.0.0.1:0', metrics: '127.0.0.1:0', databaseUrlFile: 'database-url' };
  const servers = [
    await party('server', 1, made.serverCard, { ...listening, keysDir: 'server' }),
    await party('server', 2, secondCard, { ...listening, keysDir: 'server-2' }),
  ];
  const all = [...signers, ...servers];
  opened.defer(async () => void (await Promise.all(all.map((one) => one.kill()))));
  const authToken = await bearerOf(made);
  const credential = new AsymmetricKeySigner({ credId: made.admin.credId, privateKey: made.admin.privateKey });

  const takesPart = async (signer: Party): Promise<boolean> => (await fetch(`${signer.url}/readyz`)).status === 200;
  /** Only a server that sees every signer ready is one that has got over what happened. */
  const sees = async (server: Party, seen: readonly Party[]): Promise<boolean> => {
    const { checks } = (await (await fetch(`${server.url}/readyz`)).json()) as { checks: Record<string, string> };
    return checks['database'] === 'ok' && seen.every(({ id }) => checks[`signer:${id}`] === 'ok');
  };
  const takePart = async (all: readonly Party[]): Promise<void> => {
    await Promise.all(all.map((one) => until(() => takesPart(one), `${one.name} to take part`)));
    await Promise.all(servers.map((server) => until(() => sees(server, all), `${server.name} to see ${all.map(({ name }) => name).join(', ')}`)));
  };
  let rules: readonly Rule[] = [];
  const world: Omit<World, typeof Symbol.asyncDispose> = {
    made,
    genesis,
    signers,
    servers,
    brokers,
    database,
    authToken,
    signer: (number) => signers[number - 1] as Party,
    server: (number) => servers[number - 1] as Party,
    back: (number) => takePart([world.signer(number)]),
    client: (server) => new DfnsApiClient({ baseUrl: servers[server]?.url ?? '', orgId: genesis.orgId, authToken, signer: credential }),
    get rules() {
      return rules;
    },
    async weather(next) {
      rules = next;
      await Promise.all(all.filter(({ alive }) => alive).map((one) => one.tell({ order: 'weather', rules })));
    },
    async settle(killed) {
      const gone = all.filter(({ alive }) => !alive).map(({ name }) => name);
      await world.calm();
      const unasked = gone.filter((name) => !killed.includes(name));
      if (unasked.length > 0) throw new Error(`ended by themselves: ${unasked.join(', ')}`);
    },
    async calm() {
      rules = [];
      await database.back();
      for (let i = 0; i < BROKERS; i++) if (!brokers.alive(i)) await brokers.start(i);
      await Promise.all(
        all.map(async (one) => {
          for (const order of [
            { order: 'weather', rules: [] },
            { order: 'clock', aheadMs: 0 },
            { order: 'die', step: '' },
            { order: 'go' },
            { order: 'lie', lies: false },
          ] as const)
            if (one.alive) await one.tell(order);
          if (!one.alive) await one.start();
        }),
      );
      await takePart(signers);
    },
  };
  await Promise.all(signers.map((one) => one.start()));
  // One after the other, so that the first makes the tables; that both may is tested elsewhere.
  for (const one of servers) await one.start();
  await world.calm();
  const { url } = world.server(1);
  const connection = connect({ baseUrl: url, authToken, orgId: genesis.orgId, genesisHash: made.genesisHash, signer: credential });
  await connection.call(updateOrganisationSettings, { body: { exportEnabled: true } });
  const closing = opened.move();
  return Object.assign(world, { [Symbol.asyncDispose]: () => closing.disposeAsync() });
}
