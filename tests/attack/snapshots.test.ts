/**
 * Snapshots of the organisation's state, tampered with: on a signer's disk, and by peers that tell them to a signer that
 * has lost everything. What the attackers want is a right that was taken away. Real signers; the test is the server,
 * the thief who has had a disk in his hands, and up to t − 1 liars.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openVault } from '@quorate/mpc';
import { b64, challengeOf, deriveCredentialId, deriveId, isRefusal, type Signed, signedBytes, type SnapshotBody } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Actor, newActor } from '../../packages/authority/src/organisation.test-kit.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

type Statement = Signed<'snapshot'>;

const EVERY = 4;
const post = (path: string, body: unknown) => ({ method: 'POST' as const, path, payload: JSON.stringify(body) });

let net: SignersOnly;
/** Has made keys, until that was taken away after the first snapshot and before the second. */
let former: Actor;
/** The second snapshot, as all signers have it. */
let latest: { readonly statement: Statement; readonly bytes: Buffer };
const said: string[] = [];
const log = { debug: () => {}, info: note, warn: note, error: note };
function note(_: object, message?: string): void {
  said.push(message ?? '');
}

const open = (i: number): DatabaseSync => new DatabaseSync(join(net.dir(i), 'signer.db'), { timeout: 30_000 });
const numbersAt = (i: number): number[] => {
  const db = open(i);
  const rows = db.prepare('SELECT number FROM snapshots ORDER BY number').all() as { number: number }[];
  db.close();
  return rows.map(({ number }) => number);
};
function snapshotAt(i: number, number: number): { statement: Statement; bytes: Buffer } {
  const db = open(i);
  const { statement } = db.prepare('SELECT statement FROM snapshots WHERE number = ?').get(number) as { statement: string };
  const pieces = db.prepare('SELECT bytes FROM snapshot_pieces WHERE number = ? ORDER BY piece').all(number) as { bytes: Uint8Array }[];
  db.close();
  return { statement: JSON.parse(statement) as Statement, bytes: Buffer.concat(pieces.map(({ bytes }) => bytes)) };
}
/** Puts a snapshot in the place of the one of its number. */
function putSnapshot(i: number, { statement, bytes }: { statement: Statement; bytes: Uint8Array }): void {
  const db = open(i);
  db.prepare('INSERT OR REPLACE INTO snapshots (number, statement) VALUES (?, ?)').run(statement.body.number, JSON.stringify(statement));
  db.prepare('DELETE FROM snapshot_pieces WHERE number = ?').run(statement.body.number);
  db.prepare('INSERT INTO snapshot_pieces (number, piece, bytes) VALUES (?, 0, ?)').run(statement.body.number, bytes);
  db.close();
}
/** As signer `i` would sign it: the thief has its keys as well. */
function signedBy(i: number, body: SnapshotBody): Statement {
  const identity = openVault(join(net.dir(i), 'signer.key')).openIdentity(new Uint8Array(readFileSync(join(net.dir(i), 'identity.sealed'))));
  const signerId = net.ids[i] as Statement['signerId'];
  return { body, signerId, signature: b64.encode(identity.sign(signedBytes('snapshot', body, signerId))) };
}
/** The state with the right given back. */
const revived = (bytes: Buffer): Buffer => Buffer.from(bytes.toString().replaceAll('"isActive":false', '"isActive":true'));
const bodyOf = (bytes: Buffer, more: Partial<SnapshotBody> = {}): SnapshotBody => ({
  ...latest.statement.body,
  size: bytes.length,
  hash: createHash('sha256').update(bytes).digest('hex'),
  ...more,
});

async function restarted(i: number, tamper: () => void): Promise<readonly string[]> {
  await net.stop(i);
  tamper();
  said.length = 0;
  await net.start(i, { log });
  return [...said];
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );
/** What signer `i` says to a key for the one whose right was taken away. */
const askedBy = (actor: Actor, i: number, ahead = 0): Promise<string> => {
  const evidence = net.evidence(actor, { ...post('/wallets', { network: 'KeyECDSA' }), now: Date.now() + ahead });
  return codeOf(net.call(i, 'keygen', { evidence, attempt: 1 }));
};
/** A key made by all five, of which one counts only what was issued after it was put back. */
async function everybodyMakesAKey(ahead = 0): Promise<void> {
  const evidence = net.evidence(net.administrator, { ...post('/wallets', { network: 'KeyECDSA' }), now: Date.now() + ahead });
  const replies = await net.callAll('keygen', { evidence, attempt: 1 });
  expect(replies.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
}
/** Up to the clock's allowance: evidence from before a store was put back is refused there. */
const AHEAD = 29_900;
const pastTheFloor = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));
const INACTIVE = 'auth/inactive';
const SPOILT = 'a stored snapshot does not hold; it is left alone';

beforeAll(async () => {
  net = await startSigners({ snapshotEvery: EVERY });
  const made = await net.act(net.administrator, post('/permissions', { name: 'maker', operations: ['Wallets:Create', 'Keys:Create'] }));
  const permissionId = deriveId('pm', 0, challengeOf(made.evidence.statement));
  const keys = newActor();
  const account = await net.act(net.administrator, post('/auth/service-accounts', { name: 'maker', publicKey: keys.publicKey, permissionId }));
  const challenge = challengeOf(account.evidence.statement);
  former = { ...keys, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
  for (let i = 0; i < 2; i++) await net.act(net.administrator, post('/permissions', { name: `p${i}`, operations: ['Wallets:Read'] }));
  await net.act(net.administrator, { method: 'PUT', path: `/auth/service-accounts/${former.userId}/deactivate`, payload: '{}' });
  for (let i = 2; i < 6; i++) await net.act(net.administrator, post('/permissions', { name: `p${i}`, operations: ['Wallets:Read'] }));
  for (const i of [0, 1, 2, 3, 4]) await vi.waitFor(() => expect(numbersAt(i)).toEqual([EVERY, 2 * EVERY]), { timeout: 60_000 });
  latest = snapshotAt(4, 2 * EVERY);
});
afterAll(() => net[Symbol.asyncDispose]());

test('all signers write the same snapshot of the same acts, each with its own signature', () => {
  for (const i of [0, 1, 2, 3]) {
    const { statement, bytes } = snapshotAt(i, 2 * EVERY);
    expect(bytes.equals(latest.bytes)).toBe(true);
    expect(statement).toEqual(signedBy(i, latest.statement.body));
  }
  expect(revived(latest.bytes).equals(latest.bytes)).toBe(false);
});

describe('a thief with a signer’s disk, who wants a right back that was taken away,', () => {
  test('changes the bytes of its snapshot: it is left alone, and the acts are replayed', async () => {
    expect(await restarted(4, () => putSnapshot(4, { ...latest, bytes: revived(latest.bytes) }))).toContain(SPOILT);
    expect(await askedBy(former, 4)).toBe(INACTIVE);
    expect(await restarted(4, () => putSnapshot(4, latest))).not.toContain(SPOILT);
    expect(await askedBy(former, 4)).toBe(INACTIVE);
    await everybodyMakesAKey();
  });

  test('gives it the statement of another signer, or of another organisation, or of another format', async () => {
    const bytes = revived(latest.bytes);
    const body = bodyOf(bytes);
    const statements = [
      signedBy(3, body),
      { ...signedBy(3, body), signerId: latest.statement.signerId },
      signedBy(4, { ...body, genesisHash: 'ab'.repeat(32) }),
    ];
    for (const statement of statements) {
      expect(await restarted(4, () => putSnapshot(4, { statement, bytes }))).toContain(SPOILT);
      expect(await askedBy(former, 4)).toBe(INACTIVE);
    }
    await restarted(4, () => putSnapshot(4, { statement: signedBy(4, { ...body, format: 999 }), bytes }));
    expect(await askedBy(former, 4)).toBe(INACTIVE);
    expect(await restarted(4, () => putSnapshot(4, latest))).not.toContain(SPOILT);
    await everybodyMakesAKey();
  });

  test('puts the snapshot from before the revocation back: the acts after it are applied to it', async () => {
    const old = snapshotAt(4, EVERY);
    const tamper = (): void => {
      const db = open(4);
      db.exec(`DELETE FROM snapshots WHERE number > ${EVERY}; DELETE FROM snapshot_pieces WHERE number > ${EVERY}`);
      db.close();
      putSnapshot(4, old);
    };
    expect(await restarted(4, tamper)).not.toContain(SPOILT);
    expect((await net.call(4, 'status', {}, 60_000)).head).toEqual(net.state().head);
    expect(await askedBy(former, 4)).toBe(INACTIVE);
    // And as the later one, signed for its number by the signer’s own key: it is not of that head.
    const { number, head } = latest.statement.body;
    const passedOff = signedBy(4, { ...old.statement.body, number, head });
    expect(await restarted(4, () => putSnapshot(4, { statement: passedOff, bytes: old.bytes }))).toContain(SPOILT);
    expect(await askedBy(former, 4)).toBe(INACTIVE);
    expect(await restarted(4, () => putSnapshot(4, latest))).not.toContain(SPOILT);
    await everybodyMakesAKey();
  });
});

describe('peers of a signer that has lost all acts, who want a right back that was taken away,', () => {
  const emptied = (): void => {
    const db = open(4);
    db.exec('DELETE FROM acts; DELETE FROM acks; DELETE FROM snapshots; DELETE FROM snapshot_pieces');
    db.close();
  };
  const ADOPTED = 'started from a snapshot of the others';

  test('of whom t − 1 sign a snapshot that gives it back: it does not count, and the true acts are applied to the one before', async () => {
    const bytes = revived(latest.bytes);
    const honest = [0, 1].map((i) => snapshotAt(i, 2 * EVERY));
    for (const i of [0, 1]) putSnapshot(i, { statement: signedBy(i, bodyOf(bytes)), bytes });
    await restarted(4, emptied);
    await pastTheFloor();
    await expect.poll(() => numbersAt(4)).toContain(2 * EVERY);
    expect(snapshotAt(4, 2 * EVERY).bytes.equals(latest.bytes)).toBe(true);
    expect((await net.call(4, 'status', {}, 60_000)).head).toEqual(net.state().head);
    expect(await askedBy(former, 4, AHEAD)).toBe(INACTIVE);
    for (const i of [0, 1]) putSnapshot(i, honest[i] as { statement: Statement; bytes: Buffer });
    expect(await restarted(4, emptied)).toContain(ADOPTED);
    await pastTheFloor();
    expect(await askedBy(former, 4, AHEAD)).toBe(INACTIVE);
    await everybodyMakesAKey(AHEAD);
  });

  test('of whom one tells other bytes than it has signed: they are not believed, and another peer tells the true ones', async () => {
    const honest = [0, 1, 2].map((i) => snapshotAt(i, 2 * EVERY));
    // All but one, so that it is asked of a liar first; same length, or there is nothing to tell apart.
    const changed = Buffer.from(latest.bytes.toString().replace('"name":"maker"', '"name":"taker"'));
    for (const i of [0, 1, 2]) putSnapshot(i, { statement: (honest[i] as { statement: Statement }).statement, bytes: changed });
    const heard = await restarted(4, emptied);
    expect(heard).toContain('a peer told other bytes than a quorum has signed');
    expect(heard).toContain(ADOPTED);
    await pastTheFloor();
    expect(snapshotAt(4, 2 * EVERY).bytes.equals(latest.bytes)).toBe(true);
    expect(await askedBy(former, 4, AHEAD)).toBe(INACTIVE);
    for (const i of [0, 1, 2]) putSnapshot(i, honest[i] as { statement: Statement; bytes: Buffer });
    await everybodyMakesAKey(AHEAD);
  });

  test('are asked for the acts before the snapshot as well: until they are here, it says so, and then tells them like any other', {
    timeout: 90_000,
  }, async () => {
    await expect.poll(() => codeOf(net.call(4, 'chain', { after: 0, limit: 100 }))).toBe('ok');
    const told = await net.call(4, 'chain', { after: 0, limit: 100 });
    expect(told.acts.map(({ number }) => number)).toEqual((await net.call(0, 'chain', { after: 0, limit: 100 })).acts.map(({ number }) => number));
    // Nobody hears it ask.
    net.transport.setTap(({ from, bytes }) => (from === net.ids[4] && Buffer.from(bytes).includes('call/chain') ? [] : [bytes]));
    await restarted(4, () => {
      const db = open(4);
      db.exec('DELETE FROM acts WHERE number BETWEEN 2 AND 5');
      db.close();
    });
    expect(await codeOf(net.call(4, 'chain', { after: 1, limit: 100 }))).toBe('authority/acts-absent');
    expect((await net.call(4, 'chain', { after: 0, limit: 100 })).acts.map(({ number }) => number)).toEqual([1]);
    net.transport.setTap(null);
    await expect.poll(() => codeOf(net.call(4, 'chain', { after: 1, limit: 100 }))).toBe('ok');
    await everybodyMakesAKey(AHEAD);
  });
});
