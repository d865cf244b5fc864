/**
 * The servers' database on the PostgreSQL that the job has started, and what can go wrong with it.
 *
 * @module
 */
import pg from 'pg';

/** Where it is not known who started one, the tests that need it are skipped. */
export const postgresUrl = process.env['QUORATE_TEST_POSTGRES'] ?? null;

export interface OwnDatabase extends AsyncDisposable {
  /** With a password, which the connection does not ask for: it stands in for one that must not show. */
  readonly url: string;
  readonly password: string;
  /** Of a process that PostgreSQL has started for us. */
  readonly pid: number;
  /** Ends every connection, as a restart of PostgreSQL would; they may be opened again at once. */
  cut(): Promise<void>;
  /** The same, and lets nobody in until `back`. */
  away(): Promise<void>;
  back(): Promise<void>;
}

/** One process may have several. */
let opened = 0;

export async function ownDatabase(url: string, password: string): Promise<OwnDatabase> {
  const name = `quorate_network_${process.pid}_${++opened}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const run = (sql: string): Promise<unknown> => admin.query(sql);
  await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await run(`CREATE DATABASE ${name}`);
  const { rows } = await admin.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const own = new URL(url);
  own.pathname = `/${name}`;
  own.password = password;
  const cut = (): Promise<unknown> => run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  return {
    url: own.toString(),
    password,
    pid: rows[0]?.pid ?? 0,
    async cut() {
      await cut();
    },
    async away() {
      await run(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await cut();
    },
    async back() {
      await run(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    },
    async [Symbol.asyncDispose]() {
      await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}
