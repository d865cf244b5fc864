/** Backups of a signer that runs: what a drill finds in them, and what it does not take. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRecoveryKey } from '@quorate/mpc';
import { isRefusal, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readTrailOfStore } from '../audit/trail.ts';
import { filesIn } from '../files.ts';
import { createNetwork, oneTimeKey, type TestNetwork } from '../network.test-kit.ts';
import { clearPutBack } from '../operator.ts';
import { openDatabase } from '../store/database.ts';
import { floorsOf, rolledBack } from '../store/restore.ts';
import { drill, type DrillReport, keepDrill } from './drill.ts';
import { restoreBackup } from './restore.ts';
import { takeBackup } from './take.ts';

const SELF = 2;
let network: TestNetwork;
let root: string;
let key: string;
let to: Uint8Array;
let retired: KeyCertificate;
/** Of a signer with two keys, one of them retired, taken while it ran. */
let good: string;
let named = 0;
const fresh = (): string => join(root, `file-${++named}`);

beforeAll(async () => {
  network = await createNetwork();
  await network.startAll();
  root = join(network.dirs[SELF] ?? '', '..', 'backups');
  mkdirSync(root);
  key = join(root, 'recovery.key');
  to = createRecoveryKey(key);
  await network.act('PUT', '/organisation/settings', { exportEnabled: true });
  retired = await network.makeWallet();
  await network.makeWallet();
  const released = await network.callAll('export', { evidence: network.exportEvidence(retired, oneTimeKey()), certificate: retired });
  expect(released.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  good = fresh();
  await take(dirOf(SELF), good);
}, 300_000);
afterAll(() => network[Symbol.asyncDispose]());

const dirOf = (index: number): string => network.dirs[index] ?? '';
const take = (dir: string, out: string) => takeBackup(dir, { genesis: network.genesis, genesisHash: network.genesisHash, to, out });
const hold = (from: string, change: { readonly key?: string; readonly signerId?: string; readonly genesisHash?: string } = {}): Promise<DrillReport> =>
  drill({ from, key, genesis: network.genesis, genesisHash: network.genesisHash, workDir: root, signerId: network.ids[SELF] ?? '', ...change });
/** With some bytes changed. */
function changed(change: (bytes: Buffer) => Buffer): string {
  const path = fresh();
  writeFileSync(path, change(readFileSync(good)));
  return path;
}
const flipped = (at: number): string =>
  changed((bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  });

/** After each refusal: the good one is good. */
async function expectGood(): Promise<void> {
  expect(await hold(good)).toMatchObject({
    holds: true,
    refused: null,
    findings: [],
    counts: { acts: 1, acknowledgements: 1, shares: 2, retiredKeys: 1, releases: 1 },
  });
}

test('a backup of a signer that runs is proven good, and nothing of it stays behind', async () => {
  await expectGood();
  expect(statSync(good).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirOf(SELF)).filter((name) => name.includes('draft'))).toEqual([]);
  expect(readdirSync(root).filter((name) => name.startsWith('quorate-drill'))).toEqual([]);
  await expect(take(dirOf(SELF), good)).rejects.toMatchObject({ code: 'EEXIST' });
});

test('backups taken while a signer works are each whole', { timeout: 300_000 }, async () => {
  const paths = [fresh(), fresh(), fresh()];
  const names = ['one', 'two', 'three', 'four'];
  const acts = (async () => {
    for (const name of names) await network.act('POST', '/permissions', { name, operations: ['Wallets:Read'] });
  })();
  for (const path of paths) await take(dirOf(SELF), path);
  await acts;
  for (const path of [...paths, good]) expect(await hold(path)).toMatchObject({ holds: true, findings: [] });
});

test('a drill leaves when it was held, a failed one does not, and neither shows a key', async () => {
  const dir = fresh();
  mkdirSync(dir);
  keepDrill(dir, await hold(flipped(2_000)));
  expect(existsSync(join(dir, 'drill.json'))).toBe(false);
  const report = await hold(good);
  keepDrill(dir, report);
  expect(JSON.parse(readFileSync(join(dir, 'drill.json'), 'utf8'))).toEqual({ at: report.at });
  const kek = readFileSync(filesIn(dirOf(SELF)).key);
  const backup = readFileSync(good);
  expect(backup.includes(kek)).toBe(false);
  expect(JSON.stringify(report)).not.toContain(kek.toString('hex'));
});

describe('a thief of a backup, or whoever holds it for its operator,', () => {
  test('changes any byte of its front, or one of its body', { timeout: 300_000 }, async () => {
    const bytes = readFileSync(good);
    const front = 25 + bytes.readUInt16BE(15) + 80;
    const sampled = Array.from({ length: 48 }, (_, i) => front + Math.floor(((bytes.length - front) * i) / 48));
    const known = new Set(['backup/malformed', 'backup/incomplete', 'backup/unreadable', 'backup/foreign']);
    const path = fresh();
    for (const at of [...Array(front).keys(), ...sampled, bytes.length - 1]) {
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const { holds, refused } = await hold(path);
      expect({ at, holds, known: known.has(refused ?? '') }).toEqual({ at, holds: false, known: true });
    }
    await expectGood();
  });

  test('cuts it, or adds to it', async () => {
    for (const left of [0, 10, 24, 25, 500, 70_000, readFileSync(good).length - 1])
      expect(await hold(changed((bytes) => bytes.subarray(0, left)))).toMatchObject({ holds: false, refused: 'backup/incomplete' });
    expect(await hold(changed((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])))).toMatchObject({ refused: 'backup/malformed' });
    await expectGood();
  });

  test('tries another key', async () => {
    const other = fresh();
    createRecoveryKey(other);
    expect(await hold(good, { key: other })).toMatchObject({ refused: 'backup/unreadable', details: { madeFor: Buffer.from(to).toString('base64') } });
    const none = fresh();
    writeFileSync(none, 'no key', { mode: 0o600 });
    expect(await hold(good, { key: none })).toMatchObject({ refused: 'backup/key' });
    const open = fresh();
    writeFileSync(open, readFileSync(key), { mode: 0o644 });
    await expect(hold(good, { key: open })).rejects.toMatchObject({ code: 'key-file/mode' });
    await expectGood();
  });

  test('passes it off as another signer’s, or as one of another network', async () => {
    expect(await hold(good, { signerId: network.ids[0] ?? '' })).toMatchObject({ refused: 'backup/foreign', details: { signerId: network.ids[SELF] } });
    expect(await hold(good, { genesisHash: '00'.repeat(32) })).toMatchObject({ refused: 'backup/foreign' });
    await expectGood();
  });
});

describe('a signer whose disk was tampered with before its backup', () => {
  let dir: string;
  beforeEach(async () => {
    // What comes out of a backup is a signer's folder that nothing writes to.
    dir = fresh();
    await restoreBackup(dir, { from: good, key, genesis: network.genesis, genesisHash: network.genesisHash });
  });
  const findings = async (): Promise<readonly string[]> => {
    const path = fresh();
    await take(dir, path);
    const report = await hold(path);
    expect(report.holds).toBe((report.findings?.length ?? 0) === 0);
    rmSync(path);
    return report.findings?.map(({ what, name }) => `${what} ${name}`.trim()) ?? [];
  };
  const sql = (text: string): void => {
    const db = new DatabaseSync(filesIn(dir).store);
    db.exec(text);
    db.close();
  };

  test.each<[string, () => void, RegExp]>([
    ['a share that was changed', () => sql('UPDATE keys SET sealed_share = zeroblob(length(sealed_share))'), /^key key-.*: blob\/malformed$/],
    [
      'shares that changed places',
      () => sql('UPDATE keys SET sealed_share = (SELECT sealed_share FROM keys AS other WHERE other.key_id <> keys.key_id)'),
      /^key key-.*: blob\/unreadable$/,
    ],
    ['a certificate of another key', () => sql('UPDATE keys SET body = (SELECT body FROM keys AS other WHERE other.key_id <> keys.key_id)'), /^key key-/],
    ['a retired key without its statement', () => sql('DELETE FROM statements'), /^export /],
    [
      'a retired key that was brought back',
      () => sql('DELETE FROM statements; DELETE FROM requests; DELETE FROM ciphertexts; DELETE FROM tombstones'),
      /^export key-/,
    ],
    ['a changed act', () => sql("UPDATE acts SET evidence = replace(evidence, 'true', 'null')"), /^acts/],
    ['an act that was taken away', () => sql('DELETE FROM acts'), /^acts fewer than 1$/],
    ['an acknowledgement that was never given', () => sql(`UPDATE acks SET head = '${'00'.repeat(32)}'`), /^acknowledgement 1/],
    ['a changed entry of the audit trail', () => sql("UPDATE audit SET event = 'nothing' WHERE number = 2"), /^audit changed 2$/],
    ['a store of another network', () => sql(`UPDATE settings SET value = '${'00'.repeat(32)}' WHERE name = 'genesis hash'`), /^database genesis$/],
    ['a store of a later version', () => sql('PRAGMA user_version = 99'), /^database of another version$/],
    ['primes that are none', () => writeFileSync(filesIn(dir).primes, new Uint8Array(900)), /^primes/],
  ])('%s', async (_, tamper, expected) => {
    expect(await findings()).toEqual([]);
    tamper();
    expect((await findings()).filter((finding) => expected.test(finding))).not.toEqual([]);
  });

  test('and that has another’s identity makes no backup at all', async () => {
    cpSync(filesIn(dirOf(0)).identity, filesIn(dir).identity);
    await expect(take(dir, fresh())).rejects.toMatchObject({ code: 'blob/unreadable' });
    await expectGood();
  });
});

describe('a restore', () => {
  const given = () => ({ from: good, key, genesis: network.genesis, genesisHash: network.genesisHash });

  test('goes into an empty folder only, whole or not at all', async () => {
    const dir = fresh();
    mkdirSync(dir);
    writeFileSync(join(dir, 'here'), 'something');
    await expect(restoreBackup(dir, given())).rejects.toThrow('not empty');
    expect(readdirSync(dir)).toEqual(['here']);
    rmSync(join(dir, 'here'));
    const code = (change: object) =>
      restoreBackup(dir, { ...given(), ...change }).then(
        () => 'ok',
        (error: unknown) => (isRefusal(error) ? error.code : String(error)),
      );
    expect(await code({ from: flipped(readFileSync(good).length - 1) })).toBe('backup/unreadable');
    expect(await code({ genesisHash: '00'.repeat(32) })).toBe('backup/foreign');
    expect(await code({ signerId: network.ids[0] })).toBe('backup/foreign');
    expect(readdirSync(dir)).toEqual([]);
    expect(await code({})).toBe('ok');
    expect(statSync(filesIn(dir).key).mode & 0o777).toBe(0o600);
    expect(readFileSync(filesIn(dir).key)).toEqual(readFileSync(filesIn(dirOf(SELF)).key));
  });

  test('of too many signers at once ends with a decision of their operators, which stands in the trail', async () => {
    const dir = fresh();
    await restoreBackup(dir, given());
    expect(clearPutBack(dir)).toEqual([]);
    const db = openDatabase(filesIn(dir).store);
    const floors = { evidence: 0, act: 3, restoring: false };
    db.atomically(() => rolledBack(db, { time: 1, floors, lost: null, audit: { time: 1, event: 'caught up', detail: {} } }));
    db.close();
    expect(clearPutBack(dir)).toEqual([{ act: 3 }]);
    expect(clearPutBack(dir)).toEqual([]);
    const { rows } = readTrailOfStore(filesIn(dir).store, network.ids[SELF] as (typeof network.ids)[number]);
    expect(rows.at(-1)).toMatchObject({ event: 'acts acknowledged again', detail: '{"act":3}' });
  });

  test('marks the store: it says by itself that it has forgotten, and no number of its trail is used twice', async () => {
    const dir = fresh();
    const before = Date.now();
    const { header } = await restoreBackup(dir, given());
    const db = openDatabase(filesIn(dir).store);
    const floors = floorsOf(db);
    db.close();
    expect(floors.restoring).toBe(true);
    expect(floors.evidence).toBeGreaterThan(before);
    const { rows } = readTrailOfStore(filesIn(dir).store, network.ids[SELF] as (typeof network.ids)[number]);
    expect(rows.slice(-2).map(({ event }) => event)).toEqual(['store rolled back', 'restored from a backup']);
    expect(rows.at(-2)?.number).toBeGreaterThan(header.audit.number + 1_000_000);
  });
});
