/** Migrations, on whichever database the tests have. */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Db, openDatabase } from './db.ts';
import { migrate } from './migrate.ts';
import { openOutbox } from './outbox.ts';
import { newDatabase, newKey, postgresUrl, signedCall, startNetwork, withPostgres } from './network.test-kit.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const ours = new URL('../migrations/', import.meta.url);
let folder: string;
let db: Db;
let drop: () => Promise<void>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorate-migrations-'));
  await cp(ours, folder, { recursive: true });
  const database = await newDatabase();
  drop = database.drop;
  ({ db } = await openDatabase(database.options, quiet));
});
afterEach(async () => {
  await db.destroy();
  await drop();
  await rm(folder, { recursive: true, force: true });
});
const again = () => migrate(db, pathToFileURL(`${folder}/`));
const add = (name: string, text: string) => writeFile(join(folder, name), text);
const applied = async () => (await sql<{ name: string }>`select name from migrations order by name`.execute(db)).rows.map(({ name }) => name);
const tables = async () =>
  (await sql<{ name: string }>`select table_name as name from information_schema.tables where table_name like 'new_%' order by 1`.execute(db)).rows;

test('a migration that fails leaves nothing of itself, nor of those before it', async () => {
  const before = await applied();
  await add('0090_good.sql', 'create table new_good (id integer);\n');
  await add('0091_bad.sql', 'create table new_half (id integer);\n\ninsert into no_such_table values (1);\n');
  await expect(again()).rejects.toThrow('no_such_table');
  expect(await applied()).toEqual(before);
  expect(await tables()).toEqual([]);
  await add('0091_bad.sql', 'create table new_half (id integer);\n');
  await again();
  expect(await applied()).toEqual([...before, '0090_good.sql', '0091_bad.sql']);
  expect(await tables()).toEqual([{ name: 'new_good' }, { name: 'new_half' }]);
});

test('a database of a newer version is refused with what to do, and left as it is', async () => {
  await add('0099_later.sql', 'create table new_later (id integer);\n');
  await again();
  await expect(migrate(db)).rejects.toThrow(/newer version of Quorate \(0099_later\.sql\): start that version, or restore/);
  expect(await tables()).toEqual([{ name: 'new_later' }]);
  await again();
});

test('a migration that is not the one that was applied is refused', async () => {
  const [first = ''] = (await readdir(folder)).sort();
  await add(first, 'create table new_other (id integer);\n');
  await expect(again()).rejects.toThrow(`migration ${first} is not the one that was applied`);
  await cp(ours, folder, { recursive: true });
  await again();
});

test.skipIf(postgresUrl === undefined)(`servers that start at the same moment on an empty database all start ${withPostgres}`, async () => {
  const empty = await newDatabase();
  const opened = await Promise.all(Array.from({ length: 6 }, () => openDatabase(empty.options, quiet)));
  const [one] = opened;
  const { rows } = await sql<{ count: number }>`select count(*) as count from migrations`.execute((one as (typeof opened)[number]).db);
  expect(rows).toEqual([{ count: (await readdir(ours)).length }]);
  const outboxes = await Promise.all(opened.map(({ jobs }) => openOutbox(jobs, quiet)));
  for (const outbox of outboxes) await outbox.close();
  for (const each of opened) await each.db.destroy();
  await empty.drop();
  await using network = await startNetwork();
  const [second, third] = await Promise.all([network.join(), network.join()]);
  for (const server of [network.server, second, third]) {
    const { status } = await signedCall(server.url, network.admin, 'POST', '/auth/service-accounts', { name: `by ${server.port}`, publicKey: newKey().pem });
    expect(status).toBe(200);
  }
});
