import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVault } from '@quorate/mpc';
import type { Signed } from '@quorate/wire';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesIn } from '../files.ts';
import { openIdentity } from '../identities.ts';
import { createNetwork, type TestNetwork } from '../network.test-kit.ts';
import { createSelf, type Self } from '../self.ts';
import { openStore, type Store } from '../store/store.ts';
import { createRefusals } from './refusals.ts';
import { type AuditRow, hashOfRow } from './rows.ts';
import { parseTrail, readTrailOfStore, trailLines } from './trail.ts';
import { type AuditFault, verifyAudit } from './verify.ts';

let network: TestNetwork;
let self: Self;
let text: string;
/** The head of the fourth entry, as a peer keeps it. */
let keptByPeer: Signed<'auditHead'>;

const entry = (n: number) => ({ audit: { time: 1_000 + n, event: 'sign refused', detail: { challenge: `c${n}`, code: 'auth/forbidden' } } });
const headAt = (store: Store): Signed<'auditHead'> =>
  self.sign('auditHead', { genesisHash: network.genesisHash, ...store.auditHead, actNumber: 0, actHash: network.genesisHash, time: 5 });
const verify = (file: string, heads: readonly Signed<'auditHead'>[] = []) =>
  verifyAudit(parseTrail(file), { genesis: network.genesis, genesisHash: network.genesisHash, signerId: self.id, heads });
const faults = async (file: string, heads: readonly Signed<'auditHead'>[] = []): Promise<AuditFault[]> =>
  (await verify(file, heads)).findings.map(({ fault }) => fault);

beforeAll(async () => {
  network = await createNetwork();
  const dir = network.dirs[0] ?? '';
  self = createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, Date.now);
  const store = await openStore(filesIn(dir).store);
  await store.write('bind', { genesisHash: network.genesisHash });
  for (let n = 1; n <= 8; n++) {
    await store.write('refused', entry(n));
    if (n === 4) keptByPeer = headAt(store);
  }
  await store.close();
  text = `${[...trailLines({ dir, genesis: network.genesis, genesisHash: network.genesisHash, now: () => 7 })].join('\n')}\n`;
});
afterAll(() => network[Symbol.asyncDispose]());

test('an untouched trail holds, as a file and in its store', async () => {
  expect(await verify(text, [keptByPeer])).toMatchObject({ holds: true, entries: 8, signedUpTo: 8 });
  const inStore = readTrailOfStore(filesIn(network.dirs[0] ?? '').store, self.id);
  const report = await verifyAudit(inStore, {
    genesis: network.genesis,
    genesisHash: network.genesisHash,
    signerId: self.id,
    heads: [keptByPeer],
    complete: false,
  });
  expect(report).toMatchObject({ holds: true, entries: 8, signedUpTo: 4 });
});

test('every changed byte, dropped, repeated, swapped or added line of an audit file is found', async () => {
  const lines = text.split('\n').slice(0, -1);
  const file = (changed: readonly string[]): string => `${changed.join('\n')}\n`;
  const at = fc.nat({ max: lines.length - 1 });
  const mutation = fc.oneof(
    fc
      .tuple(fc.nat({ max: text.length - 1 }), fc.integer({ min: 0, max: 255 }))
      .map(([i, code]) => text.slice(0, i) + String.fromCharCode(code) + text.slice(i + 1)),
    fc.nat({ max: text.length - 1 }).map((i) => text.slice(0, i)),
    fc.nat({ max: text.length - 1 }).map((i) => text.slice(0, i) + text.slice(i + 1)),
    at.map((i) => file(lines.toSpliced(i, 1))),
    at.map((i) => file(lines.toSpliced(i, 0, lines[i] ?? ''))),
    fc.tuple(at, at).map(([i, j]) => file(lines.with(i, lines[j] ?? '').with(j, lines[i] ?? ''))),
  );
  await fc.assert(
    fc.asyncProperty(mutation, async (mutated) => {
      expect((await verify(mutated)).holds).toBe(mutated === text);
    }),
    { numRuns: Number(process.env['QUORATE_RUNS'] ?? 400) },
  );
});

/** A trail whose chain was made anew by whoever holds the disk but not the identity key. */
function rewritten(change: (rows: AuditRow[]) => AuditRow[]): string {
  const lines = text.split('\n').slice(0, -1);
  const rows = change(lines.slice(1, -1).map((line) => JSON.parse(line) as AuditRow));
  let previous = '0'.repeat(64);
  const chained = rows.map((row, i) => {
    const next = { number: i + 1, time: row.time, event: row.event, detail: row.detail };
    previous = hashOfRow(previous, next);
    return JSON.stringify({ ...next, hash: previous });
  });
  return `${[lines[0], ...chained, lines.at(-1)].join('\n')}\n`;
}

test('a trail that was chained anew is contradicted by the head its signer signed, and by those its peers keep', async () => {
  const drop = (number: number) => rewritten((rows) => rows.filter((row) => row.number !== number));
  expect(await faults(drop(3))).toEqual(['ends early', 'unsigned']);
  expect(await faults(drop(3), [keptByPeer])).toEqual(['ends early', 'contradicted', 'unsigned']);
  expect(await faults(rewritten((rows) => rows.map((row) => (row.number === 2 ? { ...row, event: 'signing' } : row))))).toEqual(['contradicted', 'unsigned']);
  expect(await faults(rewritten((rows) => rows))).toEqual([]);
});

test('a whole trail of yesterday, signed as it was, ends before what a peer has kept', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-trail-'));
  const store = await openStore(join(dir, 'old.db'));
  for (let n = 1; n <= 3; n++) await store.write('refused', entry(n));
  const old = headAt(store);
  await store.close();
  const rows = readTrailOfStore(join(dir, 'old.db'), self.id).rows;
  await rm(dir, { recursive: true });
  const trail = { ...parseTrail(text), rows, heads: [old] };
  const given = { genesis: network.genesis, genesisHash: network.genesisHash, signerId: self.id };
  expect((await verifyAudit(trail, given)).holds).toBe(true);
  expect((await verifyAudit(trail, { ...given, heads: [keptByPeer] })).findings).toEqual([{ fault: 'ends early', number: 4 }]);
});

test('refusals cannot fill the disk: a burst is written, the rest is counted', async () => {
  const written: { detail: Readonly<Record<string, string | number>> }[] = [];
  const store = { write: async (_: string, { audit }: { audit: (typeof written)[number] }) => void written.push(audit) } as unknown as Store;
  let now = 0;
  const refusals = createRefusals({ self: { now: () => now }, store, failed: () => {} });
  for (let i = 0; i < 1_000; i++) refusals.note('sign refused', { code: 'action/expired' });
  expect(written).toHaveLength(64);
  now += 10_000;
  for (let i = 0; i < 1_000; i++) refusals.note('sign refused', { code: 'action/expired' });
  expect(written).toHaveLength(65);
  expect(written.at(-1)?.detail).toEqual({ code: 'action/expired', unwritten: 936 });
});
