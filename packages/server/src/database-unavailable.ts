/**
 * What a database says when it cannot do its work now, told from what it says of the work itself.
 *
 * @module
 */
import pg from 'pg';

/** The database is away, full, busy or shutting down. Whether what was under way is done is unknown; it may be asked again. */
export class DatabaseUnavailable extends Error {
  /** SQLSTATE or the system's error code, where there is one. */
  readonly code: string;

  constructor(cause: unknown) {
    super('the database is not available', { cause });
    this.name = 'DatabaseUnavailable';
    this.code = codeOf(cause);
  }
}

/** By name, so that it holds across copies of this module. */
export const isUnavailable = (thrown: unknown): thrown is DatabaseUnavailable => thrown instanceof Error && thrown.name === 'DatabaseUnavailable';

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'connection');

/** SQLSTATE classes: connection, resources, shutdown and files. */
const AWAY = /^(08|53|57P|58)/;
/** `read_only_sql_transaction` on a server that has become a standby, `idle_in_transaction_session_timeout`. */
const AWAY_CODES = new Set(['25006', '25P03']);
/** Timeouts of statement and lock, deadlock, serialization: the connection is good. */
const BUSY_CODES = new Set(['57014', '55P03', '40P01', '40001']);

export type Failure = 'away' | 'busy' | 'statement';

/** What an error of a query means: the connection is of no use, the database was too busy, or the statement is at fault. */
export function failureOf(error: unknown): Failure {
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    if (BUSY_CODES.has(code)) return 'busy';
    return AWAY.test(code) || AWAY_CODES.has(code) ? 'away' : 'statement';
  }
  // The driver's own words for a lost or silent connection have no class and no stable code.
  return error instanceof TypeError ? 'statement' : 'away';
}
