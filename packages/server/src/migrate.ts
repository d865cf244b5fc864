/**
 * Numbered `.sql` files, applied once each and in order. Servers that start at the same time wait for one another: all
 * of it is one transaction behind an advisory lock.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { sha256Hex } from '@quorate/wire';
import { sql } from 'kysely';
import type { Db } from './db.ts';

/** The folder stands beside `src` and `dist` alike. */
const ours = new URL('../migrations/', import.meta.url);
/** Any number that nothing else on the database locks. */
const LOCK = 7_310_001;

/**
 * All of what is missing, or nothing of it.
 * @param folder - of the files; another one in tests only
 * @throws {Error} when a file that was applied has changed since, or the database knows a later one
 */
export async function migrate(db: Db, folder: URL = ours): Promise<void> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')));
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx);
    await sql`create table if not exists migrations (name text primary key, hash text not null)`.execute(tx);
    const { rows } = await sql<{ name: string; hash: string }>`select name, hash from migrations`.execute(tx);
    const applied = new Map(rows.map(({ name, hash }) => [name, hash]));
    const foreign = rows.find(({ name }) => !files.includes(name));
    if (foreign !== undefined) {
      throw new Error(
        `the database was migrated by a newer version of Quorate (${foreign.name}): start that version, or restore the backup from before its first start`,
      );
    }
    for (const [i, name] of files.entries()) {
      const text = texts[i] ?? '';
      const hash = sha256Hex(text);
      const before = applied.get(name);
      if (before === hash) continue;
      if (before !== undefined) throw new Error(`migration ${name} is not the one that was applied to the database: reinstall this version`);
      for (const statement of statements(text)) await sql.raw(statement).execute(tx);
      await sql`insert into migrations (name, hash) values (${name}, ${hash})`.execute(tx);
    }
  });
}

/** One statement each: they end with a semicolon at the end of a line. */
const statements = (text: string): readonly string[] =>
  text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
