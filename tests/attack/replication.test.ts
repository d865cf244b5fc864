/**
 * Signers whose memory is tampered with: put back to yesterday, emptied, full, or contradicted by a peer that says two
 * things. Real signers; the test is the server, and the thief who has had a disk in his hands.
 */
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { nextHead } from '@quorate/authority';
import { openVault } from '@quorate/mpc';
import { clearDoubleAcknowledgement, readConflicts, readKeptHeads, readTrailOfStore, verifyAudit } from '@quorate/signer';
import { b64, type Evidence, formatEncryptionKey, isRefusal, type KeyCertificate, type Signed, signedBytes } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-replication-'));
  net = await startSigners();
  await net.act(net.administrator, { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":true}' });
});
afterAll(async () => {
  await net[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

let named = 0;
const permission = () => ({
  method: 'POST' as const,
  path: '/permissions',
  payload: JSON.stringify({ name: `reader ${++named}`, operations: ['Wallets:Read'] }),
});
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );
const storeOf = (i: number): string => join(net.dir(i), 'signer.db');
const statusOf = (i: number) => net.call(i, 'status', {}, 60_000);
const signRequest = (certificate: KeyCertificate, signers: readonly number[], now = Date.now()) => ({
  evidence: net.evidence(net.administrator, {
    method: 'POST',
    path: `/wallets/${certificate.body.walletId}/signatures`,
    payload: JSON.stringify({ kind: 'Hash', hash: '66'.repeat(32) }),
    now,
  }),
  certificate,
  participants: net.participants(...signers),
  attempt: 1,
});

test('a signer put back to yesterday’s copy is found out by its peers: it refuses what was issued before, and learns again what it forgot', {
  timeout: 180_000,
}, async () => {
  const { certificate } = await net.newKey(net.administrator);
  await net.stop(4);
  const yesterday = join(root, 'yesterday');
  await cp(net.dir(4), yesterday, { recursive: true });
  await net.start(4);

  // Today: an act, and an export that retires the key everywhere.
  await net.act(net.administrator, permission());
  const encryptionKey = formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
  const payload = JSON.stringify({ encryptionKey, supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }] });
  const exported = net.evidence(net.administrator, { method: 'POST', path: `/wallets/${certificate.body.walletId}/export`, payload });
  const released = await net.callAll('export', { evidence: exported, certificate });
  expect(released.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  const forgotten = signRequest(certificate, [0, 1, 4]);

  await net.stop(4);
  await rm(net.dir(4), { recursive: true });
  await cp(yesterday, net.dir(4), { recursive: true });
  await net.start(4);
  await net.signer(4).ready;
  const status = await statusOf(4);
  expect(status.checks).toMatchObject({ peers: 'ok', store: expect.stringContaining('rolled back') });
  expect(status.head).toEqual(net.state().head);
  // What was issued before is refused, also after another start; what is issued now meets the tombstone.
  expect(await codeOf(net.call(4, 'sign', forgotten))).toBe('action/expired');
  await net.stop(4);
  await net.start(4);
  await net.signer(4).ready;
  expect(await codeOf(net.call(4, 'sign', forgotten))).toBe('action/expired');
  const fresh = signRequest(certificate, [0, 1, 4], Date.now() + 29_900);
  expect(await codeOf(net.call(4, 'sign', fresh))).toBe('key/retired');

  // The next two acts are others' to acknowledge, and it follows their certificate.
  const later = { ...permission(), now: Date.now() + 29_900 };
  const evidence = net.evidence(net.administrator, later);
  const number = net.state().head.number + 1;
  const replies = await net.callAll('act', { number, evidence, acks: [] });
  expect(replies.map(({ status: how }) => how)).toEqual([...Array(4).fill('fulfilled'), 'rejected']);
  expect(await codeOf(net.call(4, 'act', { number, evidence, acks: [] }))).toBe('authority/rolled-back');
  const acks = replies.flatMap((reply) => (reply.status === 'fulfilled' ? [reply.value.ack] : []));
  const followed = await net.commitWith([0, 1, 2, 3], evidence, acks);
  expect(await codeOf(net.call(4, 'act', followed))).toBe('authority/rolled-back');
  expect((await statusOf(4)).head).toEqual(net.state().head);

  // The auditor sees it in the trail, and against the heads that a peer has kept.
  const signerId = net.ids[4] as (typeof net.ids)[number];
  const given = { genesis: net.genesis, genesisHash: net.genesisHash, signerId, heads: readKeptHeads(storeOf(0)), complete: false };
  expect((await verifyAudit(readTrailOfStore(storeOf(4), signerId), given)).findings).toEqual([expect.objectContaining({ fault: 'rolled back' })]);
  const stolen = await verifyAudit(readTrailOfStore(join(yesterday, 'signer.db'), signerId), given);
  expect(stolen.findings.map(({ fault }) => fault)).toContain('ends early');
  const honest = { ...given, signerId: net.ids[0] as (typeof net.ids)[number], heads: readKeptHeads(storeOf(1)) };
  expect((await verifyAudit(readTrailOfStore(storeOf(0), honest.signerId), honest)).holds).toBe(true);
});

test('a signer alone, or with too few, takes no part; exactly a quorum does', { timeout: 120_000 }, async () => {
  for (const i of [0, 1, 2, 3, 4]) await net.stop(i);
  await net.start(0);
  await net.start(1);
  await expect.poll(async () => (await statusOf(0)).checks['peers']).toBe('asked, 1 of 2 answered');
  expect((await statusOf(0)).ready).toBe(false);
  const evidence = net.evidence(net.administrator, permission());
  const number = net.state().head.number + 1;
  expect(await codeOf(net.call(0, 'act', { number, evidence, acks: [] }, 60_000))).toBe('signers/catching-up');
  await net.start(2);
  await Promise.all([0, 1, 2].map((i) => net.signer(i).ready));
  for (const i of [0, 1, 2]) expect(await statusOf(i)).toMatchObject({ ready: true, checks: { peers: 'ok' } });
  expect(await codeOf(net.call(0, 'act', { number, evidence, acks: [] }))).toBe('ok');
  await net.start(3);
  await net.start(4);
  // The fifth was rolled back above, and still leaves this number to the others.
  const replies = await Promise.all([0, 1, 2, 3].map((i) => net.call(i, 'act', { number, evidence, acks: [] })));
  const acks = replies.map(({ ack }) => ack);
  const followed = await net.commitWith([0, 1, 2, 3], evidence, acks);
  expect((await net.call(4, 'certify', { number, acks: followed.acks })).head).toEqual(net.state().head);
});

test('a signer whose acts were emptied decides nothing before a quorum of others has told where the chain stands', { timeout: 120_000 }, async () => {
  for (const i of [2, 3, 4]) await net.stop(i);
  const db = new DatabaseSync(storeOf(4));
  db.exec('DELETE FROM acts; DELETE FROM acks;');
  db.close();
  const starting = net.start(4);
  // Asked before it is there it does not hear: then once more.
  await expect.poll(async () => (await net.call(4, 'status', {}, 1_000)).checks['peers']).toBe('asked, 2 of 3 answered');
  await net.start(2);
  await starting;
  expect((await statusOf(4)).head).toEqual(net.state().head);
  await net.start(3);
});

test('a signer whose disk is full says no, and does as before once there is room', async () => {
  const db = new DatabaseSync(storeOf(0));
  db.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const evidence = net.evidence(net.administrator, permission());
  const number = net.state().head.number + 1;
  const offered = { number, evidence, acks: [] };
  expect(await codeOf(net.call(0, 'act', offered))).toBe('request/internal');
  expect(await codeOf(net.call(0, 'keygen', { evidence: keyRequest(), attempt: 1 }, 3_000))).not.toBe('ok');
  db.exec('DROP TRIGGER full');
  db.close();
  expect(await codeOf(net.call(0, 'act', offered))).toBe('ok');
});

const keyRequest = (): Evidence => net.evidence(net.administrator, { method: 'POST', path: '/wallets', payload: JSON.stringify({ network: 'KeyECDSA' }) });

describe('a signer that acknowledges two acts for one number', () => {
  /** What signer `i` would sign if it lied. */
  const acknowledge = (i: number, evidence: Evidence): Signed<'ack'> => {
    const head = nextHead(net.state(), evidence);
    const sealed = new Uint8Array(readFileSync(join(net.dir(i), 'identity.sealed')));
    const identity = openVault(join(net.dir(i), 'signer.key')).openIdentity(sealed);
    const body = { genesisHash: net.genesisHash, orgId: net.genesis.orgId, number: head.number, head: head.hash, time: Date.now() };
    const signerId = net.ids[i] as Signed<'ack'>['signerId'];
    return { body, signerId, signature: b64.encode(identity.sign(signedBytes('ack', body, signerId))) };
  };

  test('is named with both pieces, and whoever saw it stops, also after a restart, until an operator decides', { timeout: 120_000 }, async () => {
    const [one, other] = [net.evidence(net.administrator, permission()), net.evidence(net.administrator, permission())];
    const number = net.state().head.number + 1;
    const [first, second] = [acknowledge(3, one), acknowledge(3, other)];
    const forged = { ...second, signature: first.signature };
    await net.call(1, 'act', { number, evidence: one, acks: [first] });
    expect(await codeOf(net.call(1, 'act', { number, evidence: one, acks: [forged] }))).toBe('ok');
    expect(await codeOf(net.call(1, 'act', { number, evidence: other, acks: [second] }))).toBe('authority/double-acknowledgement');
    expect(await codeOf(net.call(1, 'act', { number, evidence: one, acks: [] }))).toBe('authority/double-acknowledgement');
    expect(await codeOf(net.call(1, 'keygen', { evidence: keyRequest(), attempt: 1 }))).toBe('authority/double-acknowledgement');
    await net.stop(1);
    await net.start(1);
    expect(await codeOf(net.call(1, 'act', { number, evidence: one, acks: [] }))).toBe('authority/double-acknowledgement');
    expect(await statusOf(1)).toMatchObject({ ready: false, checks: { acknowledgements: expect.stringContaining(net.ids[3] as string) } });
    await net.stop(1);
    const conflict = readConflicts(net.dir(1)).find(({ kind }) => kind === 'double-acknowledgement');
    expect([JSON.parse(conflict?.first ?? ''), JSON.parse(conflict?.second ?? '')]).toEqual([first, second]);

    expect(clearDoubleAcknowledgement(net.dir(1)).map(({ party }) => party)).toEqual([net.ids[3]]);
    await net.start(1);
    // The same proof again stops nothing: it was decided on.
    expect(await codeOf(net.call(1, 'act', { number, evidence: one, acks: [second] }))).toBe('ok');
    expect(readTrailOfStore(storeOf(1), net.ids[1] as (typeof net.ids)[number]).rows.map(({ event }) => event)).toContain('double acknowledgement cleared');
  });
});
