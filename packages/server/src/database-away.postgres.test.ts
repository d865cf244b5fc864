/** A database that goes away, keeps silent, ends connections or lets one wait. */
import { inspect } from 'node:util';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase } from './db.ts';
import { failureOf } from './database-unavailable.ts';
import { newDatabase, newKey, postgresUrl, request, signedCall, startNetwork, type TestNetwork, withPostgres } from './network.test-kit.ts';
import { defaultPool, poolOptions } from './postgres.ts';
import { type DatabaseProxy, startProxy } from './proxy.test-kit.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const short = { connections: 3, connectMs: 3_000, statementMs: 3_000, lockMs: 1_000, idleInTransactionMs: 3_000 };

describe('pool options', () => {
  test('that would switch a timeout off, or are no number, are refused', () => {
    for (const connectMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => poolOptions({ connectMs })).toThrow(RangeError);
    expect(poolOptions({ connections: 3 })).toEqual({ ...defaultPool, connections: 3 });
  });
});

describe('failures', () => {
  const sqlState = (code: string): pg.DatabaseError => Object.assign(new pg.DatabaseError('', 0, 'error'), { code });
  test('of the connection, of time and of a statement are told apart', () => {
    for (const code of ['08006', '53300', '57P01', '57P03', '58030', '25006', '25P03']) expect(failureOf(sqlState(code))).toBe('away');
    for (const code of ['57014', '55P03', '40P01', '40001']) expect(failureOf(sqlState(code))).toBe('busy');
    for (const code of ['23505', '42601', '22P02']) expect(failureOf(sqlState(code))).toBe('statement');
    expect(failureOf(new Error('Connection terminated unexpectedly'))).toBe('away');
    expect(failureOf(new TypeError('no such function'))).toBe('statement');
  });
});

describe.skipIf(postgresUrl === undefined)(`a database ${withPostgres}`, () => {
  const target = postgresUrl ?? '';
  let network: TestNetwork | null = null;
  let proxy: DatabaseProxy | null = null;
  afterEach(async () => {
    await network?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
    network = null;
    proxy = null;
  });

  const behindProxy = async (): Promise<{ readonly net: TestNetwork; readonly front: DatabaseProxy; readonly own: string }> => {
    const front = await startProxy(target);
    let own = '';
    const net = await startNetwork({
      via(database) {
        if (database.kind !== 'postgres') return database;
        own = database.url;
        return { ...database, url: front.through(database.url), pool: short };
      },
    });
    [network, proxy] = [net, front];
    return { net, front, own };
  };
  let named = 0;
  const act = (net: TestNetwork) =>
    signedCall(net.server.url, net.admin, 'POST', '/auth/service-accounts', { name: `account ${++named}`, publicKey: newKey().pem });
  const wallets = (net: TestNetwork) => request(net.server.url, 'GET', '/wallets', { token: net.admin.token });
  const unavailable = { status: 503, body: { error: { code: 'database/unavailable' } } };
  async function until(done: () => Promise<boolean> | boolean, ms = 60_000): Promise<void> {
    for (const end = Date.now() + ms; !(await done()); await new Promise((resolve) => setTimeout(resolve, 50)))
      if (Date.now() > end) throw new Error('not in time');
  }

  test('that goes away is a 503 for reads and acts alike, and everything goes on when it is back', async () => {
    const { net, front } = await behindProxy();
    expect((await act(net)).status).toBe(200);
    for (let round = 0; round < 2; round++) {
      await front.stop();
      expect(await wallets(net)).toMatchObject(unavailable);
      expect(await act(net)).toMatchObject(unavailable);
      expect((await request(net.server.url, 'GET', '/readyz')).body.checks.database).toBe('does not answer');
      expect((await request(net.server.url, 'GET', '/livez')).status).toBe(200);
      // Long enough for the outbox and the upkeep to find it gone as well.
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await front.restore();
      await until(async () => (await wallets(net)).status === 200);
      const { status, body } = await act(net);
      expect(status).toBe(200);
      await until(() => net.signers.every((signer) => signer.state().head.number === body.certified.number));
    }
  });

  test('that says nothing any more is a 503 in time, and no connection from then is used again', async () => {
    const { net, front } = await behindProxy();
    expect((await wallets(net)).status).toBe(200);
    front.silence();
    const started = Date.now();
    expect(await Promise.all(Array.from({ length: 5 }, () => wallets(net)))).toEqual(Array.from({ length: 5 }, () => expect.objectContaining({ status: 503 })));
    expect(Date.now() - started).toBeLessThan(60_000);
    await front.restore();
    await until(async () => (await wallets(net)).status === 200);
    expect((await act(net)).status).toBe(200);
  });

  test('that ends the connections of a server, idle or in the midst of transactions, does not end the server', async () => {
    const { net, own } = await behindProxy();
    const admin = new pg.Client({ connectionString: target });
    await admin.connect();
    try {
      const end = () => admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [new URL(own).pathname.slice(1)]);
      const answers = [];
      for (let i = 0; i < 8; i++) {
        const acting = act(net);
        await end();
        await new Promise((resolve) => setTimeout(resolve, 15 * i));
        await end();
        answers.push(await acting);
      }
      for (const { status, body } of answers) expect([200, 503], JSON.stringify(body)).toContain(status);
    } finally {
      await admin.end();
    }
    await until(async () => (await act(net)).status === 200);
  });

  test('with a row that somebody holds for good is a 503 after the lock’s time, and a good call follows', async () => {
    const { net, own } = await behindProxy();
    const other = new pg.Client({ connectionString: own });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('lock table acts in access exclusive mode');
      const started = Date.now();
      expect(await act(net)).toMatchObject(unavailable);
      expect(Date.now() - started).toBeLessThan(60_000);
      await other.query('rollback');
    } finally {
      await other.end();
    }
    expect((await act(net)).status).toBe(200);
  });

  test('a transaction that does nothing any more is ended by the database, and the process lives', async () => {
    const { options, drop } = await newDatabase();
    const { db } = await openDatabase(options.kind === 'postgres' ? { ...options, pool: { ...short, idleInTransactionMs: 200 } } : options, quiet);
    try {
      const idle = db.transaction().execute(async (tx) => {
        await tx.selectFrom('followed').selectAll().forUpdate().execute();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await tx.updateTable('followed').set({ number: 7 }).execute();
      });
      await expect(idle).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
      expect(await db.selectFrom('followed').select('number').executeTakeFirst()).toEqual({ number: 0 });
    } finally {
      await db.destroy();
      await drop();
    }
  });

  test('that cannot be reached at the start ends the start, and not with a password in what it says', async () => {
    const front = await startProxy(target);
    const url = new URL(front.through(target));
    await front[Symbol.asyncDispose]();
    url.password = 'a-secret-password';
    const failure = await openDatabase({ kind: 'postgres', url: url.href, pool: short }, quiet).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'DatabaseUnavailable', code: 'ECONNREFUSED' });
    expect(inspect(failure, { depth: 9 })).not.toContain('a-secret-password');
    const { options, drop } = await newDatabase();
    const { db } = await openDatabase(options, quiet);
    await db.destroy();
    await drop();
  });
});
