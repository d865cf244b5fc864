/**
 * Connections to PostgreSQL: so many at most, none waited for without end, and none used again after it failed.
 *
 * @module
 */
import type { PostgresPool } from 'kysely';
import pg from 'pg';
import { DatabaseUnavailable, failureOf } from './database-unavailable.ts';
import type { Log } from './log.ts';

/** Times in milliseconds. */
export interface PoolOptions {
  /** Open at a time, beside two for the outbox and one during the start. All servers' together stay below `max_connections`. @default 10 */
  readonly connections: number;
  /** How long a request waits for a free or new connection. @default 5_000 */
  readonly connectMs: number;
  /** @default 10_000 */
  readonly statementMs: number;
  /** How long a statement waits for a row that another transaction holds. @default 5_000 */
  readonly lockMs: number;
  /** How long a transaction may do nothing: for a server that was cut off in the midst of one. @default 10_000 */
  readonly idleInTransactionMs: number;
}

export const defaultPool: PoolOptions = { connections: 10, connectMs: 5_000, statementMs: 10_000, lockMs: 5_000, idleInTransactionMs: 10_000 };

const INT8 = 20;
/** Times and sequence numbers are safe integers, so int8 need not come as text. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')),
};
/** Beyond the statement's own timeout: the database says nothing any more. */
const SILENCE_MS = 2_000;

/** One connection without timeouts, for work that takes as long as it takes. */
export const openPatientPool = (url: string, log: Log): PostgresPool =>
  guarded(ofPool({ connectionString: url, max: 1, connectionTimeoutMillis: defaultPool.connectMs }, log));

/** @throws {RangeError} for a number that is not positive and whole */
export function openPool(url: string, given: Partial<PoolOptions>, log: Log): PostgresPool {
  const o = poolOptions(given);
  return guarded(
    ofPool(
      {
        connectionString: url,
        max: o.connections,
        connectionTimeoutMillis: o.connectMs,
        statement_timeout: o.statementMs,
        lock_timeout: o.lockMs,
        idle_in_transaction_session_timeout: o.idleInTransactionMs,
        query_timeout: o.statementMs + SILENCE_MS,
      },
      log,
    ),
  );
}

/** @throws {RangeError} for a number that is not positive and whole */
export function poolOptions(given: Partial<PoolOptions>): PoolOptions {
  const options = { ...defaultPool, ...given };
  // 0 would switch a timeout off.
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 0x7fffffff) throw new RangeError(`database pool: ${name} must be a positive whole number`);
  }
  return options;
}

function ofPool(config: pg.PoolConfig, log: Log): pg.Pool {
  const pool = new pg.Pool({
    application_name: 'quorate-server',
    keepAlive: true,
    types: columnTypes,
    ...config,
  });
  pool.on('error', (error: Error) =>
    log.warn({ event: 'database-connection-lost', code: (error as { code?: string }).code }, 'a database connection was lost'),
  );
  // The pool listens while a connection is idle only; one that is lost between two statements of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** The pool as Kysely uses it: failures of the database are told from those of statements, and a connection that failed is closed. */
function guarded(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw new DatabaseUnavailable(error);
      });
      let isBroken = false;
      return {
        query: async (...statement: readonly unknown[]) => {
          try {
            return await (client.query as (...args: readonly unknown[]) => Promise<unknown>)(...statement);
          } catch (error) {
            const failure = failureOf(error);
            if (failure === 'statement') throw error;
            isBroken ||= failure === 'away';
            throw new DatabaseUnavailable(error);
          }
        },
        release: (destroy?: boolean) => client.release(destroy === true || isBroken),
      } as Awaited<ReturnType<PostgresPool['connect']>>;
    },
    end: () => pool.end(),
  };
}
