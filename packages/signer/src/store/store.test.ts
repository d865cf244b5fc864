import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Authorization, type Evidence, isRefusal, type KeyCertificateBody, type Signed, type SignerSignature } from '@quorate/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from './store.ts';

// The store takes what the rooms above it have checked; its own rules do not look inside.
const evidence = (name: string): Evidence => ({ payload: name }) as Evidence;
const ack = (name: string): Signed<'ack'> => ({ signature: name }) as Signed<'ack'>;
const statement = (signerId: string, time = 5): Signed<'tombstone'> => ({ signerId, body: { time } }) as Signed<'tombstone'>;
const audit = { time: 1, event: 'test', detail: { id: 'x' } };
const mark = (challenge: string, effect: string) => ({ challenge, effect, expiresAt: 300_000, now: 0 });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : error instanceof Error ? error.name : 'unknown'),
  );

let dir: string;
let store: Store;
const path = (): string => join(dir, 'signer.db');
const reopen = async (): Promise<void> => {
  await store.close();
  store = await openStore(path());
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-store-'));
  store = await openStore(path());
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

async function storedKey(keyId = 'k1'): Promise<void> {
  const executionId = `e ${keyId}`;
  await store.write('keygen-begin', { mark: mark(`c ${keyId}`, `keygen ${keyId}`), keyId, executionId, audit });
  await store.write('share-pending', {
    birth: { delegation: 'delayed', neverExportable: true, tags: ['a'] },
    keyId,
    executionId,
    sealedShare: new Uint8Array([1, 2]),
    body: { keyId } as KeyCertificateBody,
    signature: {} as SignerSignature,
    audit,
  });
}

const retirement = (challenge: string, change: object = {}) => ({
  mark: mark(challenge, 'export k1 E'),
  age: 'fresh' as const,
  keyId: 'k1',
  encryptionKey: 'E',
  challenge,
  time: 5,
  ciphertext: new Uint8Array([7]) as Uint8Array | null,
  evidence: evidence(challenge),
  intents: [],
  certificate: { body: {} as KeyCertificateBody, signatures: [] },
  authorization: { body: { credId: 'cr' }, signatures: [] } as unknown as Authorization,
  statement: statement('own'),
  audit,
  ...change,
});

test('a number is acknowledged once: the same act gets the same acknowledgement, another act none', async () => {
  const offer = (head: string, challenge: string, signature: string) => ({ number: 1, head, challenge, evidence: evidence(head), ack: ack(signature), audit });
  expect(await store.write('act', offer('h1', 'c1', 'first'))).toEqual(ack('first'));
  expect(await store.write('act', offer('h1', 'c1', 'second'))).toEqual(ack('first'));
  expect(await codeOf(store.write('act', offer('h2', 'c2', 'third')))).toBe('authority/conflict');
  await reopen();
  expect(await codeOf(store.write('act', offer('h2', 'c2', 'third')))).toBe('authority/conflict');
  expect(await store.read('ack', { number: 1 })).toMatchObject({ head: 'h1', ack: ack('first') });
});

test('an act is not acknowledged under two numbers', async () => {
  await store.write('act', { number: 1, head: 'h1', challenge: 'c1', evidence: evidence('a'), ack: ack('1'), audit });
  expect(await codeOf(store.write('act', { number: 2, head: 'h2', challenge: 'c1', evidence: evidence('a'), ack: ack('2'), audit }))).toBe('evidence/spent');
});

test('certified acts leave no gap, and a refused page leaves nothing', async () => {
  const act = (number: number) => ({ number, head: `h${number}`, evidence: evidence(`${number}`), acks: [] });
  await store.write('act-certified', { acts: [act(1)], audit });
  expect(await codeOf(store.write('act-certified', { acts: [act(2), act(4)], audit }))).toBe('StoreError');
  expect(await store.read('acts', { after: 0, limit: 10, maxChars: 1_000 })).toHaveLength(1);
  await store.write('act-certified', { acts: [act(2), act(3)], audit });
  expect((await store.read('acts', { after: 1, limit: 10, maxChars: 1 })).map(({ number }) => number)).toEqual([2]);
});

test('a key id has one execution id, and an execution id one session, ever', async () => {
  await store.write('keygen-begin', { mark: mark('c1', 'keygen k1'), keyId: 'k1', executionId: 'e1', audit });
  expect(await codeOf(store.write('keygen-begin', { mark: mark('c1', 'keygen k1'), keyId: 'k1', executionId: 'e2', audit }))).toBe('key/failed');
  await reopen();
  expect(await codeOf(store.write('keygen-begin', { mark: mark('c2', 'keygen k2'), keyId: 'k2', executionId: 'e1', audit }))).toBe('evidence/spent');
  expect(await codeOf(store.write('keygen-begin', { mark: mark('c2', 'keygen k2'), keyId: 'k2', executionId: 'e3', audit }))).toBe('ok');
});

test('what is refused leaves no mark: the same evidence can still do what it is for', async () => {
  await store.write('keygen-begin', { mark: mark('c1', 'keygen k1'), keyId: 'k1', executionId: 'e1', audit });
  expect(await codeOf(store.write('sign-begin', { mark: mark('c2', 'sign k1 00'), keyId: 'k1', executionId: 'e1', audit }))).toBe('evidence/spent');
  expect(await codeOf(store.write('sign-begin', { mark: mark('c2', 'sign k1 11'), keyId: 'k1', executionId: 'e2', audit }))).toBe('ok');
});

test('a key is pending with its share and usable with its first certificate, also after a restart', async () => {
  await storedKey();
  expect(await store.read('key', { keyId: 'k1' })).toMatchObject({ state: 'pending' });
  const certificate = (network: string) => ({ body: { network } as KeyCertificateBody, signatures: [] });
  await store.write('certificate', { keyId: 'k1', certificate: certificate('first'), audit });
  await store.write('certificate', { keyId: 'k1', certificate: certificate('second'), audit });
  await reopen();
  expect(await store.read('key', { keyId: 'k1' })).toMatchObject({
    state: 'usable',
    sealedShare: new Uint8Array([1, 2]),
    birth: { delegation: 'delayed', neverExportable: true, tags: ['a'] },
    certificate: { body: { network: 'first' } },
  });
});

describe('a retired key', () => {
  beforeEach(async () => {
    await storedKey();
    await store.write('tombstone', retirement('c1'));
  });

  test('begins no session any more, also after a restart', async () => {
    await reopen();
    expect(await codeOf(store.write('sign-begin', { mark: mark('c2', 'sign k1 00'), keyId: 'k1', executionId: 'e2', audit }))).toBe('key/retired');
    await storedKey('k2');
    expect(await codeOf(store.write('sign-begin', { mark: mark('c2', 'sign k2 00'), keyId: 'k2', executionId: 'e2', audit }))).toBe('ok');
    expect((await store.read('load', {})).retired).toEqual([{ keyId: 'k1', time: 5 }]);
  });

  test('keeps the first ciphertext of a pair for a request under a new challenge', async () => {
    const again = await store.write('tombstone', retirement('c2', { ciphertext: new Uint8Array([9]) }));
    expect(again.ciphertext).toEqual(new Uint8Array([7]));
    const other = await store.write('tombstone', retirement('c3', { mark: mark('c3', 'export k1 F'), encryptionKey: 'F', ciphertext: new Uint8Array([9]) }));
    expect(other.ciphertext).toEqual(new Uint8Array([9]));
  });

  test('is released only with the tombstones of a quorum, and once', async () => {
    const release = (signature: string) => ({ body: { challenge: 'c1' }, signature }) as Signed<'release'>;
    const given = { keyId: 'k1', encryptionKey: 'E', challenge: 'c1', quorum: 3, audit };
    expect(await codeOf(store.write('release', { ...given, statements: [statement('a')], release: release('first') }))).toBe('StoreError');
    expect(await store.read('export', { keyId: 'k1', encryptionKey: 'E' })).toMatchObject({ released: null });
    const released = await store.write('release', { ...given, statements: [statement('a'), statement('b')], release: release('first') });
    expect(released.release).toEqual(release('first'));
    expect(released.tombstones).toHaveLength(3);
    expect((await store.write('release', { ...given, statements: [], release: release('second') })).release).toEqual(release('first'));
  });

  test('tells which requests lack whose statement', async () => {
    expect((await store.read('unfinished', { signers: 2 })).map(({ challenge }) => challenge)).toEqual(['c1']);
    await store.write('tombstone-statement', { challenge: 'c1', statements: [statement('a')] });
    expect(await store.read('unfinished', { signers: 2 })).toEqual([]);
    expect(await store.read('lacking', { signerId: 'a' })).toEqual([]);
    expect((await store.read('lacking', { signerId: 'b' })).map(({ challenge }) => challenge)).toEqual(['c1']);
  });
});

test('a store serves one genesis', async () => {
  await store.write('bind', { genesisHash: 'g1' });
  expect(await codeOf(store.write('bind', { genesisHash: 'g2' }))).toBe('authority/foreign');
  expect(await codeOf(store.write('bind', { genesisHash: 'g1' }))).toBe('ok');
});

test('aux info that never became usable makes room for another run’s, usable aux info does not', async () => {
  const run = (executionId: string) => store.write('aux-pending', { epoch: 0, executionId, sealed: new Uint8Array([1]), audit });
  for (const executionId of ['e1', 'e2', 'e3']) await store.write('aux-begin', { executionId });
  await run('e1');
  await run('e2');
  await store.write('aux-usable', { epoch: 0, executionId: 'e2' });
  expect(await codeOf(run('e3'))).toBe('StoreError');
  expect(await store.read('aux', { epoch: 0 })).toMatchObject({ executionId: 'e2', usable: true });
});

test('an audit trail that was edited is found out', async () => {
  await storedKey();
  await storedKey('k2');
  expect((await store.read('load', {})).auditBrokenAt).toBeNull();
  await store.close();
  const raw = new DatabaseSync(path());
  raw.exec("UPDATE audit SET detail = '{}' WHERE number = 2");
  raw.close();
  store = await openStore(path());
  expect((await store.read('load', {})).auditBrokenAt).toBe(2);
});

test('a durable step is heard of after it is durable, and a refused one is not', async () => {
  const steps: string[] = [];
  const seen: unknown[] = [];
  await using other = await openStore(join(dir, 'other.db'), {
    durable: async (step) => {
      steps.push(step);
      const raw = new DatabaseSync(join(dir, 'other.db'), { readOnly: true });
      seen.push(raw.prepare('SELECT count(*) AS n FROM executions').get());
      raw.close();
    },
  });
  await other.write('aux-begin', { executionId: 'e1' });
  await codeOf(other.write('aux-begin', { executionId: 'e1' }));
  expect(steps).toEqual(['aux-begin']);
  expect(seen).toEqual([{ n: 1 }]);
});

test('a closed store refuses, and closing twice is closing once', async () => {
  await store.close();
  await store.close();
  expect(await codeOf(store.read('load', {}))).toBe('StoreError');
});

test('a store from before signers spoke of credentials opens, and its requests have no authorization', async () => {
  await storedKey();
  await store.write('tombstone', retirement('c1'));
  await store.close();
  const raw = new DatabaseSync(path());
  // Everything that later steps made goes, as if they had never run.
  for (const table of ['audit_heads', 'seen_acks', 'conflicts', 'counters', 'snapshots', 'snapshot_pieces', 'faults']) raw.exec(`DROP TABLE ${table}`);
  raw.exec('ALTER TABLE requests DROP COLUMN authorization; ALTER TABLE keys DROP COLUMN birth; PRAGMA user_version = 1;');
  raw.close();
  store = await openStore(path());
  expect(await store.read('request', { challenge: 'c1' })).toMatchObject({ challenge: 'c1', authorization: null });
  expect(await store.read('key', { keyId: 'k1' })).toMatchObject({ birth: null });
  await store.write('tombstone', retirement('c2', { ciphertext: null }));
  await reopen();
  expect(await store.read('request', { challenge: 'c2' })).toMatchObject({ authorization: { body: { credId: 'cr' } } });
});
