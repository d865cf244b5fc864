/**
 * A backup in the wrong hands, or put back by the right ones at the wrong time. Real signers; the test is the server, and
 * the operator.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecoveryKey } from '@quorate/mpc';
import { drill, restoreBackup, takeBackup } from '@quorate/signer';
import { challengeOf, deriveCredentialId, deriveId, type Evidence, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, type Asked, newKey, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { codeOf, codes, EXPORT_ON, newHash, permission, type Requests, requestsTo, unique } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const SELF = 4;
let net: SignersOnly;
let requests: Requests;
let root: string;
let key: string;
let to: Uint8Array;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-backup-'));
  key = join(root, 'recovery.key');
  to = createRecoveryKey(key);
  net = await startSigners();
  requests = requestsTo(net);
  await net.act(net.administrator, EXPORT_ON);
});
afterAll(async () => {
  await net[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

let taken = 0;
const network = () => ({ genesis: net.genesis, genesisHash: net.genesisHash });
async function backUp(i: number): Promise<string> {
  const out = join(root, `backup-${++taken}`);
  await takeBackup(net.dir(i), { ...network(), to, out });
  return out;
}

/** The disk is lost, and the signer put back. */
async function putBack(i: number, from: string): Promise<void> {
  await net.stop(i);
  await rm(net.dir(i), { recursive: true });
  await restoreBackup(net.dir(i), { ...network(), from, key, signerId: net.ids[i] as string });
}

const statusOf = (i: number) => net.call(i, 'status', {}, 30_000);
/** As signed a moment ahead of the signers' clocks, which they allow: what was issued before a restore counts no more. */
const ahead = (asked: Asked): Evidence => net.evidence(net.administrator, { ...asked, now: Date.now() + 29_900 });
/** From a start on: resolves once what `ahead` gives is issued after all that counts no more. */
const clocksPassed = (): (() => Promise<void>) => {
  const started = Date.now();
  return () => expect.poll(() => Date.now() - started, { timeout: 60_000 }).toBeGreaterThan(500);
};
const signRequest = (certificate: KeyCertificate, evidence: Evidence, signers: readonly number[]) => ({
  certificate,
  evidence,
  participants: net.participants(...signers),
  attempt: 1,
});
const signing = (certificate: KeyCertificate): Asked => post(`/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: newHash() });

async function newUser(): Promise<{ actor: Actor; assignment: Asked }> {
  const own = newKey();
  const act = async (asked: Asked): Promise<string> => challengeOf((await net.act(net.administrator, asked)).evidence.statement);
  const challenge = await act(post('/auth/users', { email: `${unique()}@example.org`, kind: 'CustomerEmployee', publicKey: own.publicKey }));
  const actor: Actor = { ...own, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
  const permissionId = deriveId('pm', 0, await act(post('/permissions', { name: unique(), operations: ['Keys:Signatures:Create'] })));
  const assignmentId = deriveId('as', 0, await act(post(`/permissions/${permissionId}/assignments`, { identityId: actor.userId })));
  return { actor, assignment: { method: 'DELETE', path: `/permissions/${permissionId}/assignments/${assignmentId}`, payload: '{}' } };
}

test('whoever puts a signer back from an old backup, to sign with a retired key, for a revoked user, or with a spent request', {
  timeout: 300_000,
}, async () => {
  const { certificate: retired } = await net.newKey(net.administrator);
  const { certificate: usable } = await net.newKey(net.administrator);
  const { actor, assignment } = await newUser();
  const backup = await backUp(SELF);

  // Since then: a signature, a revocation, and an export that retires a key.
  const signed = requests.signatureOf(usable);
  expect(codes(await requests.trySign(signed, usable, [0, 1, SELF]))).toEqual(Array(3).fill('accepted'));
  await net.act(net.administrator, assignment);
  const released = await net.callAll('export', { evidence: requests.exportOf(retired), certificate: retired });
  expect(codes(released)).toEqual(Array(5).fill('accepted'));

  for (const i of [1, 2, 3]) await net.stop(i);
  await putBack(SELF, backup);
  await net.start(SELF);
  const passed = clocksPassed();
  // One peer is there, and q others are needed: its own memory counts for nothing.
  await expect.poll(async () => (await statusOf(SELF)).checks['peers'], { timeout: 60_000 }).toBe('asked, 1 of 3 answered');
  expect(await statusOf(SELF)).toMatchObject({ ready: false, checks: { store: expect.stringContaining('is being fetched') } });
  const early = signRequest(retired, ahead(signing(retired)), [0, 1, SELF]);
  expect(await codeOf(net.call(SELF, 'sign', early, 30_000))).toBe('signers/catching-up');
  await net.start(1);
  expect(await codeOf(net.call(SELF, 'sign', early, 30_000))).toBe('signers/catching-up');

  await net.start(2);
  await net.signer(SELF).ready;
  expect(await statusOf(SELF)).toMatchObject({ ready: true, head: net.state().head, checks: { store: expect.stringContaining('rolled back') } });
  await passed();
  expect(await codeOf(net.call(SELF, 'sign', signRequest(usable, signed, [0, 1, SELF])))).toBe('action/expired');
  expect(await codeOf(net.call(SELF, 'sign', signRequest(retired, ahead(signing(retired)), [0, 1, SELF])))).toBe('key/retired');
  const byRevoked = net.evidence(actor, { ...signing(usable), now: Date.now() + 29_900 });
  expect(await codeOf(net.call(SELF, 'sign', signRequest(usable, byRevoked, [0, 1, SELF])))).toBe('auth/forbidden');
  expect(codes(await requests.trySign(ahead(signing(usable)), usable, [0, 1, SELF]))).toEqual(Array(3).fill('accepted'));
  await net.start(3);
});

/** Another one than above, and q that never were put back. */
const FORGETFUL = 3;
const OTHERS = [0, 1, 2];

test('a server that has a signer, put back from a backup, acknowledge another act for a number, to have everybody stop', { timeout: 300_000 }, async () => {
  const backup = await backUp(FORGETFUL);
  // Forgotten afterwards: this signer's word for an act that the others never heard of. They certify another one.
  const number = net.state().head.number + 1;
  const forgotten = net.evidence(net.administrator, permission());
  const acknowledged = await net.call(FORGETFUL, 'act', { number, evidence: forgotten, acks: [] });
  const certified = await net.commitWith(OTHERS, ahead(permission()));
  await putBack(FORGETFUL, backup);
  await net.start(FORGETFUL);
  const passed = clocksPassed();
  await net.signer(FORGETFUL).ready;
  expect((await statusOf(FORGETFUL)).head).toEqual(net.state().head);

  // A past number, with its certificate and without; and the next two, which it may have acknowledged as well.
  for (const acks of [certified.acks, []]) expect(await codeOf(net.call(FORGETFUL, 'act', { ...certified, acks }))).toBe('authority/rolled-back');
  for (const _ of ['one', 'two']) {
    const evidence = ahead(permission());
    const next = { number: net.state().head.number + 1, evidence };
    expect(await codeOf(net.call(FORGETFUL, 'act', { ...next, acks: [] }))).toBe('authority/rolled-back');
    const record = await net.commitWith(OTHERS, evidence);
    expect(await codeOf(net.call(FORGETFUL, 'act', record))).toBe('authority/rolled-back');
    // The certificate counts all the same.
    expect((await statusOf(FORGETFUL)).head).toEqual(net.state().head);
  }
  // What it once said contradicts nothing, and nobody stops.
  expect(await codeOf(net.call(0, 'act', { number, evidence: forgotten, acks: [acknowledged.ack] }))).toBe('authority/conflict');
  expect((await statusOf(0)).checks).toMatchObject({ acknowledgements: 'ok' });
  await passed();
  const record = await net.commit(ahead(permission()));
  expect(record.acks.map(({ signerId }) => signerId)).toContain(net.ids[FORGETFUL]);
});

test('a thief of a backup without its recovery key, to read a share or a signer’s keys', async () => {
  const backup = await backUp(SELF);
  const bytes = await readFile(backup);
  for (const name of ['signer.key', 'identity.sealed']) expect(bytes.includes(await readFile(join(net.dir(SELF), name)))).toBe(false);
  expect(bytes.includes('SQLite format 3')).toBe(false);
  const another = join(root, 'another.key');
  createRecoveryKey(another);
  const given = { ...network(), from: backup, workDir: root };
  expect(await drill({ ...given, key: another })).toMatchObject({ holds: false, refused: 'backup/unreadable' });
  await expect(restoreBackup(join(root, 'thief'), { ...given, key: another })).rejects.toMatchObject({ code: 'backup/unreadable' });
  expect(await drill({ ...given, key })).toMatchObject({ holds: true, findings: [] });
});
