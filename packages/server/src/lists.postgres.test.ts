/** Lists and look-ups over 200,000 wallets, and 10^6 in `npm run test:postgres`: each goes along an index, and a page costs what it shows. */
import type { AuthorityState } from '@quorate/authority';
import { type ActionLogId, type Challenge, deriveId, type KeyId, type SignatureId, sha256Hex, type UserId, type WalletId } from '@quorate/wire';
import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listActions, showAction } from './action-log.ts';
import { createActs } from './acts.ts';
import { type Db, openDatabase } from './db.ts';
import { keyById, listKeyRows, listSignatureRows, listWalletRows, signatureAt, walletWithKey } from './lookups.ts';
import { newDatabase, postgresUrl, withPostgres } from './network.test-kit.ts';
import { columnTypes } from './postgres.ts';
import type { Tables } from './schema.ts';
import { createSessions } from './sessions.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const COUNT = Number(process.env['QUORATE_WALLETS'] ?? 200_000);
const ACTS = COUNT / 10;
/** Whose rows are looked for, out of a thousand owners and a thousand busy wallets. */
const OWNER = 7;
const hash = sha256Hex('');
const anAction = {
  statement: {
    v: '1',
    genesisHash: hash,
    headNumber: '0',
    headHash: hash,
    orgId: deriveId('or', 0, ''),
    userId: deriveId('us', 0, ''),
    tokenId: '',
    method: 'POST',
    path: '/wallets',
    payloadHash: hash,
    nonce: hash,
    issuedAt: '0',
    expiresAt: '1',
  },
  kind: 'Key',
  credId: 'cred',
  clientData: 'e30',
  signature: 'AAAA',
};
const id = (prefix: string, n: number | string): string => `${prefix}-${n}`;
const bigTables = ['wallets', 'keys', 'signatures', 'action_log', 'acts', 'sessions', 'challenges', 'exports', 'export_pieces', 'tombstones'];

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe.skipIf(postgresUrl === undefined)(`${COUNT.toLocaleString('en')} wallets ${withPostgres}`, { timeout: 600_000 }, () => {
  let db: Db;
  let pool: pg.Pool;
  let drop: () => Promise<void>;
  let asked: CompiledQuery[] = [];

  beforeAll(async () => {
    const database = await newDatabase();
    drop = database.drop;
    await (await openDatabase(database.options, quiet)).db.destroy();
    pool = new pg.Pool({ connectionString: database.options.kind === 'postgres' ? database.options.url : '', max: 2, types: columnTypes });
    db = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool }),
      log(event) {
        asked.push(event.query);
      },
    });
    await seed(db);
  }, 600_000);
  afterAll(async () => {
    await db.destroy();
    await drop();
  });

  /** What the work asks the database goes along indexes, and sorts a page at most. */
  async function isFlat(work: () => Promise<unknown>): Promise<void> {
    asked = [];
    const started = performance.now();
    await work();
    expect(performance.now() - started).toBeLessThan(20_000);
    const queries = asked;
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) {
      if (!/^(select|update|delete)/.test(query.sql)) continue;
      const { rows } = await pool.query(`explain (format json) ${query.sql}`, [...query.parameters]);
      for (const node of nodesOf(rows[0]['QUERY PLAN'][0].Plan)) {
        const bad = node['Node Type'].includes('Seq Scan') && bigTables.includes(node['Relation Name'] ?? '');
        const sorts = node['Node Type'].includes('Sort') && node['Plan Rows'] > 2_000;
        expect(bad || sorts, `${query.sql}\n${JSON.stringify(node)}`).toBe(false);
      }
    }
  }
  const all = <T>(row: T): T => row;
  const token = (list: string, place: number) => ({ paginationToken: Buffer.from(`${list}:${place}`).toString('base64url') });
  const walletId = id('wa', OWNER) as WalletId;
  const keyId = id('key', OWNER) as KeyId;
  const owner = id('us', OWNER) as UserId;

  test.each([
    ['at the start', undefined],
    ['in the middle', COUNT / 2],
    ['at the end', COUNT - 10],
  ])('pages %s, of everybody and of one owner', async (_, place) => {
    const at = (list: string) => ({ limit: 50, ...(place === undefined ? {} : token(list, place)) });
    await isFlat(async () => expect((await listWalletRows(db, at('wallets'), undefined, all)).items.length).toBeGreaterThan(0));
    await isFlat(() => listWalletRows(db, at('wallets'), owner, all));
    await isFlat(async () => expect((await listKeyRows(db, at('keys'), undefined, all)).items.length).toBeGreaterThan(0));
    await isFlat(() => listKeyRows(db, at('keys'), owner, all));
    await isFlat(() => listSignatureRows(db, at('signatures'), { walletId }, all));
    await isFlat(() => listSignatureRows(db, at('signatures'), { keyId }, all));
  });

  test('an owner’s pages are walked through to the end by the place of the last row', async () => {
    const seen: string[] = [];
    for (let query = {}; ; ) {
      const page = await listWalletRows(db, { limit: 300, ...query }, owner, ({ id: one }) => one);
      seen.push(...page.items);
      if (page.nextPageToken === undefined) break;
      query = { paginationToken: page.nextPageToken };
    }
    expect(new Set(seen).size).toBe(COUNT / 1_000);
  });

  test('wallets, keys and signatures by id, a key’s wallets, and a signature by its external id', async () => {
    await isFlat(() => walletWithKey(db, walletId));
    await isFlat(() => keyById(db, keyId));
    await isFlat(() => signatureAt(db, { walletId }, id('sig', OWNER) as SignatureId));
    await isFlat(() => db.selectFrom('wallets').select(['id', 'network']).where('key_id', '=', keyId).orderBy('seq').execute());
    await isFlat(async () => {
      const found = await db.selectFrom('signatures').select('id').where('external_id', '=', 'external 7').where('status', '!=', 'Failed').execute();
      expect(found).toEqual([{ id: 'sig-7' }]);
    });
  });

  test('the log of actions, whole, of one user, by id, and with too much in it', async () => {
    const state = { users: new Map(), credentials: new Map() } as unknown as AuthorityState;
    const span = (from: number, to: number) => ({ startTime: from, endTime: to });
    await isFlat(() => listActions(db, state, COUNT, span(COUNT / 2, COUNT / 2 + 2_500)));
    await isFlat(() => listActions(db, state, COUNT, { ...span(0, COUNT), userId: owner }));
    await isFlat(() => expect(listActions(db, state, COUNT, span(0, COUNT))).rejects.toMatchObject({ code: 'request/invalid' }));
    await isFlat(() => showAction(db, state, id('al', OWNER) as ActionLogId).catch(() => {}));
  });

  test('acts: the next ones, and the one under way where there is none', async () => {
    const acts = createActs(db, async () => {});
    await isFlat(() => acts.pending());
    await isFlat(() => acts.certifiedAfter(ACTS, 100));
  });

  test('what every call and every minute asks for: sessions, user actions, exports, and what has expired', async () => {
    const sessions = createSessions({ db, now: () => 10 });
    await isFlat(() => sessions.live('session-7'));
    await isFlat(() => sessions.endAll(owner));
    await isFlat(() => sessions.sweep());
    await isFlat(() => db.updateTable('challenges').set({ used_at: 1 }).where('token_hash', '=', 'hash-7').where('used_at', 'is', null).execute());
    await isFlat(() => db.deleteFrom('challenges').where('expires_at', '<', 3).execute());
    await isFlat(() => db.updateTable('signatures').set({ status: 'Failed' }).where('status', '=', 'Executing').where('expires_at', '<', 3).execute());
    const mine = db.selectFrom('exports').select('encryption_key').where('key_id', '=', keyId).where('user_id', '=', owner).orderBy('seq', 'desc').limit(1);
    await isFlat(() => mine.execute());
    await isFlat(() =>
      db
        .selectFrom('exports')
        .select('evidence')
        .where('challenge', '=', 'challenge-7' as Challenge)
        .execute(),
    );
  });
});

/** One key for each wallet, a thousand owners, signatures on the first thousand wallets, and as many of everything else. */
async function seed(db: Db): Promise<void> {
  const n = sql.lit(COUNT);
  const entry = JSON.stringify(anAction);
  await sql`insert into keys (id, scheme, curve, public_key, owner_id, certificate, challenge, created_at)
    select 'key-' || i, 'ECDSA', 'secp256k1', 'public-' || i, 'us-' || (i % 1000), '{}', 'challenge-' || i, i from generate_series(0, ${n} - 1) i`.execute(db);
  await sql`insert into wallets (id, key_id, network, owner_id, created_at)
    select 'wa-' || i, 'key-' || i, 'Ethereum', 'us-' || (i % 1000), i from generate_series(0, ${n} - 1) i`.execute(db);
  await sql`insert into signatures (id, key_id, wallet_id, external_id, path, body, user_id, status, requested_at, expires_at)
    select 'sig-' || i, 'key-' || (i % 1000), 'wa-' || (i % 1000), 'external ' || i, '', '{}', 'us-' || (i % 1000), 'Signed', i, i from generate_series(0, ${n} - 1) i`.execute(
    db,
  );
  await sql`insert into action_log (id, time, user_id, token_id, method, path, entry)
    select 'al-' || i, i, 'us-' || (i % 1000), 'to-1', 'POST', '/wallets', ${entry} from generate_series(0, ${n} - 1) i`.execute(db);
  await sql`insert into acts (number, challenge, evidence, certified) select i, 'act-' || i, '{}', true from generate_series(1, ${sql.lit(ACTS)}) i`.execute(
    db,
  );
  await sql`insert into sessions (id, user_id, expires_at) select 'session-' || i, 'us-' || (i % 1000), i from generate_series(0, ${sql.lit(ACTS)}) i`.execute(
    db,
  );
  await sql`insert into challenges (challenge, user_id, token_id, statement, payload, expires_at, token_hash)
    select 'challenge-' || i, 'us-' || (i % 1000), 'to-1', '{}', '', i, 'hash-' || i from generate_series(0, ${sql.lit(ACTS)}) i`.execute(db);
  await sql`insert into exports (challenge, key_id, encryption_key, user_id, requested_at)
    select 'challenge-' || i, 'key-' || i, '', 'us-' || (i % 1000), i from generate_series(0, ${sql.lit(ACTS)}) i`.execute(db);
  await sql`analyze`.execute(db);
}
