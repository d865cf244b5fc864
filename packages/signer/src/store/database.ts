/**
 * The signer's database as its worker sees it: opened for durability, statements prepared once each.
 *
 * Everything in this folder runs in the worker thread except `store.ts`, and imports nothing but Node at run time, so
 * that the worker starts in the same way from sources and from the build.
 *
 * @module
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { migrations } from './migrations.ts';

export interface Database {
  get<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[];
  /** Rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  /** Everything `work` writes is durable when this returns, or nothing is. */
  atomically<T>(work: () => T): T;
  close(): void;
}

export function openDatabase(path: string): Database {
  const raw = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;');
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = raw.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const database: Database = {
    get: <Row>(sql: string, ...values: readonly SQLInputValue[]) => prepare(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: readonly SQLInputValue[]) => prepare(sql).all(...values) as Row[],
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    atomically(work) {
      prepare('BEGIN IMMEDIATE').run();
      try {
        const result = work();
        prepare('COMMIT').run();
        return result;
      } catch (error) {
        if (raw.isTransaction) prepare('ROLLBACK').run();
        throw error;
      }
    },
    close: () => raw.close(),
  };
  migrate(raw, database);
  return database;
}

/** Numbered from 1 and never changed once released; a database newer than this code is not opened. */
function migrate(raw: DatabaseSync, database: Database): void {
  const version = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  if (version > migrations.length) throw new Error('The signer’s store was written by a newer version.');
  for (const [i, sql] of migrations.entries()) {
    if (i < version) continue;
    database.atomically(() => raw.exec(`${sql}\nPRAGMA user_version = ${i + 1};`));
  }
}
