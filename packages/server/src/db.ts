/**
 * The database: PostgreSQL, or PGlite in this process with the same SQL. Opened with its migrations applied.
 *
 * @module
 */
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { type ConstructorOptions, fromPglite } from 'pg-boss';
import { migrate } from './migrate.ts';
import type { Log } from './log.ts';
import { openPatientPool, openPool, type PoolOptions, poolOptions } from './postgres.ts';
import type { Tables } from './schema.ts';

export type Db = Kysely<Tables>;
export type DatabaseOptions =
  | { readonly kind: 'pglite'; readonly dir: string | 'memory' }
  | {
      readonly kind: 'postgres';
      readonly url: string;
      /** Those that are not given are as in `defaultPool`. */
      readonly pool?: Partial<PoolOptions>;
    };

export interface Database {
  readonly db: Db;
  /** Whether no other server can write to it: an embedded database belongs to one process. */
  readonly exclusive: boolean;
  /** How durable jobs reach the same database. */
  readonly jobs: JobsOptions;
}
export type JobsOptions = Pick<ConstructorOptions, 'backend' | 'db' | 'connectionString' | 'connectionTimeoutMillis' | 'options' | 'max'>;

/** Opens and migrates. The caller closes it with `db.destroy()`. @throws {Error} when it cannot be reached, or as {@link migrate} */
export async function openDatabase(options: DatabaseOptions, log: Log): Promise<Database> {
  return options.kind === 'pglite' ? openEmbedded(options.dir) : openPostgres(options.url, options.pool ?? {}, log);
}

async function openEmbedded(dir: string): Promise<Database> {
  const pglite = await PGlite.create(dir === 'memory' ? {} : { dataDir: dir });
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, jobs: { backend: 'pglite', db: fromPglite(pglite) }, exclusive: true };
}

async function openPostgres(url: string, pool: Partial<PoolOptions>, log: Log): Promise<Database> {
  const { connectMs, idleInTransactionMs } = poolOptions(pool);
  // Migrating a large database, or waiting for another server that does, takes longer than any request may.
  const patient = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPatientPool(url, log) }) });
  await migrate(patient).finally(() => patient.destroy());
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPool(url, pool, log) }) }),
    jobs: { connectionString: url, connectionTimeoutMillis: connectMs, options: `-c idle_in_transaction_session_timeout=${idleInTransactionMs}`, max: 2 },
    exclusive: false,
  };
}

/** Whether the database answers at all. */
export async function answers(db: Db): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch {
    return false;
  }
}

const UNIQUE_VIOLATION = '23505';

/** Whether a statement failed because a row with this key exists. */
export const isDuplicate = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
