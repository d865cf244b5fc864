import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyCertificate, KeyCertificateBody, SignerSignature } from '@quorate/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { firstBroken } from './audit.ts';
import { openDatabase } from './database.ts';
import { copyKey, type KeyNames } from './many-keys.test-kit.ts';
import { openStore } from './store.ts';

const named = (i: number): KeyNames => ({
  keyId: `key-${i}.`,
  walletId: `wa-${i}.`,
  challenge: `challenge-${i}.`,
  executionId: `execution-${i}.`,
  publicKey: `02${i}.`,
});
const first = named(0);
const copies = (length: number): KeyNames[] => Array.from({ length }, (_, i) => named(i + 1));
const bodyOf = ({ keyId, walletId, challenge, executionId, publicKey }: KeyNames) =>
  ({ keyId, walletId, challenge, executionId, publicKey, threshold: 3 }) as KeyCertificateBody;

let dir: string;
const path = (): string => join(dir, 'signer.db');

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-many-keys-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function makeOne(): Promise<void> {
  await using store = await openStore(path());
  const { keyId, challenge, executionId, publicKey } = first;
  const audit = (event: string, detail: Record<string, string>) => ({ time: 5, event, detail: { keyId, ...detail } });
  const mark = { challenge, effect: 'keygen', expiresAt: 300_000, now: 0 };
  await store.write('keygen-begin', { mark, keyId, executionId, audit: audit('begun', { executionId, challenge }) });
  const share = {
    sealedShare: new Uint8Array([1, 2]),
    birth: { delegation: 'none', neverExportable: false, tags: [] },
    signature: {} as SignerSignature,
  } as const;
  await store.write('share-pending', { ...share, keyId, executionId, body: bodyOf(first), audit: audit('stored', { executionId }) });
  const certificate = { body: bodyOf(first), signatures: [] } satisfies KeyCertificate;
  await store.write('certificate', { keyId, certificate, audit: audit('certified', { publicKey }) });
}

test('a store opens on copied keys: each is usable and was begun for good, and its trail holds and goes on', async () => {
  await makeOne();
  copyKey(path(), first, copies(300));
  await using store = await openStore(path());
  expect(store.auditHead.number).toBe(301 * 3);
  expect(await store.read('load', {})).toMatchObject({ auditBrokenAt: null, retired: [] });
  for (const i of [0, 1, 300]) {
    const body = bodyOf(named(i));
    expect(await store.read('key', { keyId: named(i).keyId })).toMatchObject({ state: 'usable', challenge: body.challenge, body, certificate: { body } });
  }
  const audit = { time: 6, event: 'begun', detail: {} };
  const mark = { challenge: 'new', effect: 'new', expiresAt: 300_000, now: 0 };
  const begin = (keyId: string, executionId: string) => store.write('keygen-begin', { mark, keyId, executionId, audit });
  await expect(begin(named(7).keyId, 'new')).rejects.toMatchObject({ code: 'key/failed' });
  await expect(begin('new', named(7).executionId)).rejects.toMatchObject({ code: 'evidence/spent' });
  await begin('new', 'new');
  expect(await store.read('load', {})).toMatchObject({ auditBrokenAt: null });
});

test('a key without a certificate is not copied', async () => {
  await (await openStore(path())).close();
  expect(() => copyKey(path(), first, [named(1)])).toThrow('not made here');
  await makeOne();
  copyKey(path(), first, [named(1)]);
});

test('an entry that was changed, taken out or put in is found wherever in a long trail it stands', async () => {
  await makeOne();
  copyKey(path(), first, copies(700));
  const db = openDatabase(path());
  const brokenAfter = (change: string): number | null => {
    db.run('BEGIN');
    db.run(change);
    const found = firstBroken(db);
    db.run('ROLLBACK');
    return found;
  };
  for (const number of [1, 2, 999, 1_000, 1_001, 1_500, 2_000, 2_001, 2_103]) {
    expect(brokenAfter(`UPDATE audit SET time = time + 1 WHERE number = ${number}`)).toBe(number);
    if (number < 2_103) expect(brokenAfter(`DELETE FROM audit WHERE number = ${number}`)).toBe(number);
  }
  for (const number of [0, -7]) expect(brokenAfter(`INSERT INTO audit VALUES (${number}, 1, 'put in', '{}', '')`)).toBe(1);
  expect(firstBroken(db)).toBeNull();
  db.close();
});
