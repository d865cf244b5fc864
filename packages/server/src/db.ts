/**
 * The database: PostgreSQL, or PGlite in this process with the same SQL. Opened with its migrations applied.
 *
 * @module
 */
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { type ConstructorOptions, fromPglite } from 'pg-boss';
import { migrate } from './migrate.ts';
import type { Log } from './log.ts';
import type { Tables } from './schema.ts';

export type Db = Kysely<Tables>;
export type DatabaseOptions = { readonly kind: 'pglite'; readonly dir: string | 'memory' } | { readonly kind: 'postgres'; readonly url: string };

export interface Database {
  readonly db: Db;
  /** Whether no other server can write to it: an embedded database belongs to one process. */
  readonly exclusive: boolean;
  /** How durable jobs reach the same database. */
  readonly jobs: JobsOptions;
}
export type JobsOptions = Pick<ConstructorOptions, 'backend' | 'db' | 'connectionString' | 'max'>;

const INT8 = 20;

/** Opens and migrates. The caller closes it with `db.destroy()`. */
export async function openDatabase(options: DatabaseOptions, log: Log): Promise<Database> {
  const { db, jobs } = options.kind === 'pglite' ? await openEmbedded(options.dir) : openPostgres(options.url, log);
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, jobs, exclusive: options.kind === 'pglite' };
}

type Opened = Pick<Database, 'db' | 'jobs'>;

async function openEmbedded(dir: string): Promise<Opened> {
  const pglite = await PGlite.create(dir === 'memory' ? {} : { dataDir: dir });
  return { db: new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) }), jobs: { backend: 'pglite', db: fromPglite(pglite) } };
}

function openPostgres(url: string, log: Log): Opened {
  const pool = new pg.Pool({
    connectionString: url,
    // Times and sequence numbers are safe integers, so int8 need not come as text.
    types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) },
  });
  pool.on('error', (error: Error) =>
    log.warn({ event: 'database-connection-lost', code: (error as { code?: string }).code }, 'a database connection was lost'),
  );
  return { db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), jobs: { connectionString: url, max: 2 } };
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
