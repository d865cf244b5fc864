/**
 * Those who ask more than anybody needs to: bearers, strangers, servers, signers and users. Each is stopped alone, and
 * whoever behaves goes on.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Channel, openChannel, type RemoteParty } from '@quorate/link';
import { openVault } from '@quorate/mpc';
import { clearFailedSessions, readFailedSessions } from '@quorate/signer';
import { b64, challengeOf, deriveCredentialId, deriveId, isRefusal, type KeyCertificate, type SignerId } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { newActor, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { hostileMpc, type Twist } from '../support/hostile-mpc.ts';
import { newAccount, startTestNetwork } from '../support/network.ts';
import { PATIENT } from '../support/patient.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : ((error as { code?: string }).code ?? String(error))),
  );
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const count = (codes: readonly string[], code: string): number => codes.filter((one) => one === code).length;

const signRequest = (net: SignersOnly, certificate: KeyCertificate, signers: readonly number[]) => ({
  evidence: net.evidence(net.administrator, {
    method: 'POST',
    path: `/wallets/${certificate.body.walletId}/signatures`,
    payload: JSON.stringify({ kind: 'Hash', hash: '77'.repeat(32) }),
  }),
  certificate,
  participants: net.participants(...signers),
  attempt: 1,
});
/** What each of these signers answers to one request of its own session. */
const signWith = (net: SignersOnly, certificate: KeyCertificate, signers: readonly number[], timeoutMs = 60_000): Promise<string[]> =>
  Promise.all(askToSign(net, certificate, signers, timeoutMs));
function askToSign(net: SignersOnly, certificate: KeyCertificate, signers: readonly number[], timeoutMs: number): Promise<string>[] {
  const request = signRequest(net, certificate, signers);
  return signers.map((i) => codeOf(net.call(i, 'sign', request, timeoutMs)));
}

describe('at the server', () => {
  test('a thief with a stolen bearer floods the server to keep others from it: it is stopped alone', { timeout: 120_000 }, async () => {
    const caller = { points: 40, seconds: 600 };
    await using net = await startTestNetwork({ limits: { ...PATIENT, server: { ...PATIENT.server, caller } } });
    const victim = await newAccount(net, 'ed25519', ['Wallets:Read']);
    const read = () => fetch(`${net.devnet.url}/wallets`, { headers: { authorization: `Bearer ${victim.authToken}` } });
    const answers = await Promise.all(Array.from({ length: 60 }, read));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    const refused = await read();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await refused.json()).toMatchObject({ error: { code: 'request/too-many' } });
    expect((await net.admin.wallets.listWallets()).items).toEqual([]);
  });

  test('a stranger guesses bearers to find one that counts: its address is stopped, and those behind it with a true one go on', {
    timeout: 120_000,
  }, async () => {
    await using net = await startTestNetwork({ limits: { ...PATIENT, server: { ...PATIENT.server, source: { points: 25, seconds: 600 } } } });
    const guess = (i: number) => fetch(`${net.devnet.url}/wallets`, { headers: { authorization: `Bearer a.b.${i}` } });
    const statuses = (await Promise.all(Array.from({ length: 40 }, (_, i) => guess(i)))).map(({ status }) => status);
    expect([statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length]).toEqual([25, 15]);
    expect((await net.admin.wallets.listWallets()).items).toEqual([]);
  });
});

describe('at the signers', () => {
  test('a server floods signers with starts of sessions to wear them out: it has to wait, and then signs as before', { timeout: 120_000 }, async () => {
    await using net = await startSigners({ limits: { ...PATIENT.signer, server: { burst: 12, perSecond: 1 } } });
    const { certificate } = await net.newKey(net.administrator);
    const stranger = { ...signRequest(net, certificate, [0, 1, 2]), attempt: 3 };
    const begun = performance.now();
    const codes = await Promise.all(Array.from({ length: 60 }, () => codeOf(net.call(3, 'sign', stranger, 60_000))));
    const seconds = Math.ceil((performance.now() - begun) / 1000);
    expect(count(codes, 'request/too-many')).toBeGreaterThanOrEqual(60 - 12 - seconds);
    await pause(3_000);
    expect(await signWith(net, certificate, [1, 2, 3])).toEqual(['ok', 'ok', 'ok']);
  });

  test('a user has a key sign without end to use up every session: the user waits, at each signer by itself', { timeout: 120_000 }, async () => {
    await using net = await startSigners({ limits: { ...PATIENT.signer, user: { burst: 4, perSecond: 0.01 } } });
    const { certificate } = await net.newKey(net.administrator);
    // Asked of a signer that takes no part, so that each request ends once it has been verified.
    const flood = Array.from({ length: 20 }, () => codeOf(net.call(3, 'sign', signRequest(net, certificate, [0, 1, 2]), 60_000)));
    const codes = await Promise.all(flood);
    expect(count(codes, 'request/invalid')).toBeLessThanOrEqual(5);
    expect(count(codes, 'request/too-many')).toBeGreaterThanOrEqual(15);
    // What was used up at one signer is there at the others.
    expect(await signWith(net, certificate, [0, 1, 2])).toEqual(['ok', 'ok', 'ok']);
  });

  test('a signer spoils every session to learn something of the others’ shares: it is left out, also after a restart, until an operator decides', {
    timeout: 240_000,
  }, async () => {
    const limits = { ...PATIENT.signer, spoilt: 2, brokenOff: 2 };
    await using net = await startSigners({ limits });
    const { certificate } = await net.newKey(net.administrator);
    let twist: Twist | null = (said, protocol) =>
      protocol === 'sign' && said.to === 'all' && said.seq === 0 ? [{ ...said, body: new Uint8Array(said.body.length).fill(0xa1) }] : [said];
    await net.stop(0);
    await net.start(0, {
      limits: { ...limits, spoilt: 1_000, brokenOff: 1_000 },
      mpc: hostileMpc((said, protocol, spec) => (twist === null ? [said] : twist(said, protocol, spec))),
    });
    /** The liar itself may wait for an end that does not come. */
    const honest = () => Promise.all(askToSign(net, certificate, [0, 1, 2], 30_000).slice(1));
    for (let i = 0; i < 4; i++) await honest();
    expect(await honest()).toEqual(['sessions/too-many-failures', 'sessions/too-many-failures']);
    expect((await net.call(1, 'status', {}, 60_000)).checks['sessions']).toContain('until an operator decides');
    // Nobody else pays for it.
    expect(await signWith(net, certificate, [1, 2, 3])).toEqual(['ok', 'ok', 'ok']);
    twist = null;
    await net.stop(1);
    await net.start(1);
    await net.signer(1).ready;
    expect((await honest())[0]).toBe('sessions/too-many-failures');
    for (const i of [1, 2]) {
      await net.stop(i);
      expect(readFailedSessions(net.dir(i)).length).toBeGreaterThan(0);
      expect(clearFailedSessions(net.dir(i)).length).toBeGreaterThan(0);
      await net.start(i);
      await net.signer(i).ready;
    }
    expect(await signWith(net, certificate, [0, 1, 2])).toEqual(['ok', 'ok', 'ok']);
  });

  test('a signer falls silent in every session to have the others stopped: only sets with itself stop', { timeout: 240_000 }, async () => {
    const limits = { ...PATIENT.signer, brokenOff: 2 };
    await using net = await startSigners({ limits });
    const { certificate } = await net.newKey(net.administrator);
    await net.stop(0);
    await net.start(0, { limits: PATIENT.signer, mpc: hostileMpc((said, protocol) => (protocol === 'sign' ? [] : [said])) });
    // A session counts once a signer has spoken in it, which a busy machine may not come to in time.
    let honest = ['', ''];
    for (let i = 0; i < 12 && honest.some((code) => code !== 'sessions/too-many-failures'); i++) {
      honest = (await signWith(net, certificate, [0, 1, 2], 3_000)).slice(1);
      await pause(500);
    }
    expect(honest).toEqual(['sessions/too-many-failures', 'sessions/too-many-failures']);
    expect(await signWith(net, certificate, [1, 2, 3])).toEqual(['ok', 'ok', 'ok']);
    expect(await signWith(net, certificate, [1, 2, 4])).toEqual(['ok', 'ok', 'ok']);
  });

  test('a signer floods a peer with questions that are dear to answer to keep it from signing: it is cut off alone', { timeout: 120_000 }, async () => {
    await using net = await startSigners();
    const { certificate } = await net.newKey(net.administrator);
    await net.stop(4);
    const flooder = impersonate(net, 4);
    const victim = net.ids[0] as SignerId;
    const ask = () => codeOf(flooder.call(victim, 'recall', { after: '' }, { deadline: Date.now() + 8_000 }));
    const codes = await Promise.all(Array.from({ length: 120 }, ask));
    // 64 at once, less what the signer itself had asked when it started.
    expect(count(codes, 'ok')).toBeGreaterThanOrEqual(56);
    expect(count(codes, 'timeout')).toBeGreaterThanOrEqual(40);
    expect(await codeOf(flooder.call(victim, 'chain', { after: 0, limit: 1 }, { deadline: Date.now() + 30_000 }))).toBe('ok');
    expect(await signWith(net, certificate, [0, 1, 2])).toEqual(['ok', 'ok', 'ok']);
    // Another signer asks the same one, and is answered.
    await net.stop(3);
    await net.start(3);
    await net.signer(3).ready;
    flooder.close();
  });

  test('a user makes acts without end to fill every signer’s disk: the chain grows no faster than allowed, and by small pieces', {
    timeout: 120_000,
  }, async () => {
    await using net = await startSigners({ limits: { ...PATIENT.signer, actsOfUser: { burst: 3, perSecond: 0.1 } } });
    const permission = (name: string) => ({
      method: 'POST' as const,
      path: '/permissions',
      payload: JSON.stringify({ name, operations: ['Wallets:Read'] }),
    });
    for (let i = 0; i < 3; i++) await net.act(net.administrator, permission(`reader ${i}`));
    const { number, hash } = net.state().head;
    const more = net.evidence(net.administrator, permission('one too many'));
    expect(await Promise.all(net.ids.map((_, i) => codeOf(net.call(i, 'act', { number: number + 1, evidence: more, acks: [] }))))).toEqual(
      Array(5).fill('request/too-many'),
    );
    expect((await net.call(0, 'status', {}, 60_000)).head).toEqual({ number, hash });
    await pause(11_000);
    const { payload, ...rest } = permission('large');
    const large = net.evidence(net.administrator, { ...rest, payload: `${payload}${' '.repeat(20_000)}` });
    expect(await codeOf(net.call(0, 'act', { number: number + 1, evidence: large, acks: [] }))).toBe('request/too-large');
    expect((await net.commit(more)).number).toBe(number + 1);
  });

  test('a user makes one act more than most signers take, to leave it half acknowledged in everybody’s way: it is finished, and others’ follow', {
    timeout: 120_000,
  }, async () => {
    const limits = { ...PATIENT.signer, actsOfUser: { burst: 4, perSecond: 0.000_1 } };
    await using net = await startSigners({ limits });
    const user = newActor();
    const account = await net.act(net.administrator, post('/auth/service-accounts', { name: 'user', publicKey: user.publicKey }));
    const challenge = challengeOf(account.evidence.statement);
    const member = { ...user, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
    const maker = await net.act(net.administrator, post('/permissions', { name: 'maker', operations: ['Permissions:Create', 'Wallets:Read'] }));
    const permissionId = deriveId('pm', 0, challengeOf(maker.evidence.statement));
    await net.act(net.administrator, post(`/permissions/${permissionId}/assignments`, { identityId: member.userId }));
    const permission = (name: string) => post('/permissions', { name, operations: ['Wallets:Read'] });
    for (let i = 0; i < 4; i++) await net.act(member, permission(`reader ${i}`));
    // A signer that has just started counts anew; a liar never counts.
    await net.stop(0);
    await net.start(0);
    const more = net.evidence(member, permission('one too many'));
    const number = net.state().head.number + 1;
    const { ack } = await net.call(0, 'act', { number, evidence: more, acks: [] });
    for (const i of [1, 2, 3, 4]) expect(await codeOf(net.call(i, 'act', { number, evidence: more, acks: [] }))).toBe('request/too-many');
    expect((await net.commit(more, [ack])).number).toBe(number);
    const next = net.evidence(member, permission('and more'));
    for (const i of [1, 2, 3, 4]) expect(await codeOf(net.call(i, 'act', { number: number + 1, evidence: next, acks: [] }))).toBe('request/too-many');
    expect((await net.act(net.administrator, permission('of the administrator'))).number).toBe(number + 1);
  });
});

/** A channel that speaks with a signer's own keys, as whoever has taken its machine over would. */
function impersonate(net: SignersOnly, i: number): Channel {
  const identity = openVault(join(net.dir(i), 'signer.key')).openIdentity(new Uint8Array(readFileSync(join(net.dir(i), 'identity.sealed'))));
  const parties = new Map<string, RemoteParty>(
    net.genesis.signers.map((signer) => [
      signer.id,
      { id: signer.id, role: 'signer', identityKey: b64.decode(signer.identityKey), sealingKey: b64.decode(signer.sealingKey) },
    ]),
  );
  return openChannel({
    transport: net.transport,
    self: {
      id: net.ids[i] as SignerId,
      sign: (message) => identity.sign(message),
      seal: (...given) => identity.seal(...given),
      open: (...given) => identity.open(...given),
    },
    network: net.genesisHash,
    parties: (id) => parties.get(id) ?? null,
  });
}
