/**
 * Signers that lie around a session: in joins, farewells, signatures under certificates, greetings and audit heads. A
 * session fails closed or goes on, outsiders end none, and the next key or signature is made.
 */
import type { Envelope } from '@quorate/link';
import { type NoticeOf, sha256Hex, utf8 } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { again, altered, isNotice, lyingLine, type Voice, voiceBeside } from '../support/liar.ts';
import { bent } from '../support/hostile-mpc.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { codes, newHash, type Requests, requestsTo } from '../support/requests.ts';
import { blamedBy } from '../support/session-lies.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const LIARS = [1, 3];
const HONEST = [0, 2, 4];
let net: SignersOnly;
let requests: Requests;
let voices: readonly Voice[];
/** What a liar's host makes of an envelope of its daemon. */
let say: (envelope: Envelope, to: string, i: number) => readonly Envelope[] = (envelope) => [envelope];
const lines: LogLine[] = [];

beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  voices = LIARS.map((i) => voiceBeside(net, i));
  for (const i of LIARS) {
    await net.stop(i);
    await net.start(i, { transport: lyingLine(net, i, (envelope, to) => say(envelope, to, i)) });
  }
});
afterAll(() => net[Symbol.asyncDispose]());
beforeEach(() => {
  net.transport.setTap(null);
  lines.length = 0;
  say = (envelope) => [envelope];
});

const keygen = async (timeoutMs = 60_000) => {
  const evidence = net.evidence(net.administrator, { method: 'POST', path: '/wallets', payload: '{"network":"KeyECDSA"}' });
  return (await net.callAll('keygen', { evidence, attempt: 1 }, timeoutMs)).map(({ status }) => status);
};
const newKey = async () => (await net.newKey(net.administrator)).certificate;
const only =
  (liars: readonly number[], change: typeof say): typeof say =>
  (envelope, to, i) =>
    liars.includes(i) ? change(envelope, to, i) : [envelope];
/** Honest signers' lines about one of the liars. */
const about = (msg: string): LogLine[] => lines.filter((line) => line['msg'] === msg && !net.participants(...LIARS).includes(line['signerId'] as Voice['id']));
const both = [
  ['a signer', [1]],
  ['two signers', LIARS],
] as const;

test.each(both)('%s saying another nonce to each, to split a session', async (_, liars) => {
  say = only(liars, (envelope, to) => [
    isNotice(envelope, 'join') ? altered(envelope, (notice) => ({ ...notice, nonce: sha256Hex(to + envelope.id) })) : envelope,
  ]);
  expect(await keygen(2_500)).toContain('rejected');
  expect(blamedBy(lines, net.participants(...liars))).toEqual([]);
  say = (envelope) => [envelope];
  await newKey();
});

test.each(both)('%s saying the nonce of an honest one, to have two sessions under one id', async (_, liars) => {
  let nonce = newHash();
  net.transport.setTap(({ from, bytes }) => {
    if (from === net.ids[0]) nonce = nonceIn(bytes) ?? nonce;
    return [bytes];
  });
  say = only(liars, (envelope) => [isNotice(envelope, 'join') ? altered(envelope, (notice) => ({ ...notice, nonce })) : envelope]);
  expect(await keygen(2_500)).toContain('rejected');
  net.transport.setTap(null);
  say = (envelope) => [envelope];
  await newKey();
});

function nonceIn(bytes: Uint8Array): string | undefined {
  return /"nonce":"([0-9a-f]{64})"/.exec(Buffer.from(bytes).toString('latin1'))?.[1];
}

test.each(both)('%s not joining, to stall a session', async (_, liars) => {
  say = only(liars, (envelope) => (isNotice(envelope, 'join') ? [] : [envelope]));
  const missed = () => about('session failed').filter(({ code }) => code === 'deadline');
  // On a busy machine a deadline may pass before any session has begun.
  for (let ms = 1_500; missed().length === 0 && ms < 60_000; ms *= 2) expect(await keygen(ms)).toContain('rejected');
  expect(missed().length).toBeGreaterThan(0);
  for (const { culprits } of missed()) expect(net.participants(...liars)).toEqual(expect.arrayContaining(culprits as string[]));
  say = (envelope) => [envelope];
  await newKey();
});

test('a signer that joins anew in mid-session, to have the others wait for it', async () => {
  let joined: NoticeOf<'join'> | null = null;
  say = only([1], (envelope) => {
    if (isNotice(envelope, 'join')) joined = JSON.parse(utf8.decode(envelope.body)) as NoticeOf<'join'>;
    if (envelope.kind !== 'protocol' || joined === null) return [envelope];
    voices[0]?.channel.notify(net.ids, 'join', { ...joined, nonce: newHash() });
    return [];
  });
  expect(await keygen()).toContain('rejected');
  expect(about('session failed').some(({ code, culprits }) => code === 'renewed' && (culprits as string[])[0] === net.ids[1])).toBe(true);
  say = (envelope) => [envelope];
  await newKey();
});

test('two signers that join, leave and speak in a session that is not theirs, to end it', async () => {
  const certificate = await newKey();
  let tag = '';
  net.transport.setTap(({ from, bytes }) => {
    const text = Buffer.from(bytes).toString('latin1');
    if (from === net.ids[0]) tag = /"sessionTag":"([0-9a-f]{64})"/.exec(text)?.[1] ?? tag;
    const session = /([0-9a-f]{64})/.exec(text.slice(text.indexOf('protocol')))?.[1];
    if (from !== net.ids[0] || !text.includes('protocol') || session === undefined) return [bytes];
    for (const { channel } of voices) {
      channel.notify(net.ids, 'join', { sessionTag: tag, nonce: newHash(), head: net.state().head });
      channel.notify(net.ids, 'leave', { sessionTag: tag, code: 'failed', executionId: session });
      channel.sendProtocol({ to: net.ids, broadcast: true, session, seq: 0, deadline: Date.now() + 30_000, body: new Uint8Array(64) });
    }
    return [bytes];
  });
  await requests.sign(certificate, HONEST);
  net.transport.setTap(null);
  expect(tag).not.toBe('');
  expect(about('session failed')).toEqual([]);
});

test('a signer that leaves every session, to blame others for it', async () => {
  const certificate = await newKey();
  say = only([1], (envelope) => {
    if (envelope.kind !== 'protocol') return [envelope];
    voices[0]?.channel.notify(net.ids, 'leave', { sessionTag, code: 'protocol', executionId: envelope.session });
    return [];
  });
  let sessionTag = newHash();
  net.transport.setTap(({ bytes }) => {
    sessionTag = /"sessionTag":"([0-9a-f]{64})"/.exec(Buffer.from(bytes).toString('latin1'))?.[1] ?? sessionTag;
    return [bytes];
  });
  const request = { evidence: requests.signatureOf(certificate), certificate, participants: net.participants(0, 1, 2), attempt: 1 };
  // The liar itself waits on.
  net.call(1, 'sign', request, 5_000).catch(() => {});
  expect(codes(await Promise.allSettled([0, 2].map((i) => net.call(i, 'sign', request))))).toEqual(['signature/failed', 'signature/failed']);
  net.transport.setTap(null);
  const left = about('session failed').filter(({ code }) => code === 'left');
  expect(left.flatMap(({ culprits }) => culprits)).toContain(net.ids[1]);
  expect(blamedBy(lines, net.participants(1))).toEqual([]);
  await requests.sign(certificate, HONEST);
});

test.each([
  ['commitment', 0],
  ['echo', 1],
  ['opening', 2],
  ['proof', 7],
])('a signer that says another %s to one than to the others, to make keys that do not fit', async (_, seq) => {
  say = only([1], (envelope, to) => [
    envelope.kind === 'protocol' && envelope.to === '*' && envelope.seq === seq && to === net.ids[0] ? { ...envelope, body: bent(envelope.body) } : envelope,
  ]);
  expect(await keygen()).toContain('rejected');
  expect(net.participants(1)).toEqual(expect.arrayContaining([...blamedBy(lines, net.participants(1))]));
  say = (envelope) => [envelope];
  await newKey();
});

test.each<[string, (notice: NoticeOf<'keySignature'>) => unknown]>([
  ['of another certificate', (notice) => ({ ...notice, executionId: newHash() })],
  ['that is none', (notice) => ({ ...notice, signature: { ...notice.signature, signature: `${'A'.repeat(86)}==` } })],
  ['in another’s name', (notice) => ({ ...notice, signature: { ...notice.signature, signerId: net.ids[0] } })],
])('two signers that give a signature %s under a new key, to keep it from use', async (_, change) => {
  say = (envelope) => [isNotice(envelope, 'keySignature') ? altered(envelope, change) : envelope];
  const certificate = await newKey();
  await expect.poll(() => about('a notice was not believed').filter(({ kind }) => kind === 'keySignature').length).toBeGreaterThanOrEqual(2);
  const forged = { ...certificate, signatures: certificate.signatures.map((one) => ({ ...one, signature: `${'A'.repeat(86)}==` })) };
  expect(codes(await requests.trySign(requests.signatureOf(certificate), forged, HONEST))).toEqual(Array(3).fill('certificate/invalid'));
  await requests.sign(certificate, HONEST);
});

test('two signers that announce a thousand sessions, greet and name heads without end, to keep the others busy', async () => {
  const certificate = await newKey();
  const head = { number: 1_000_000_000, hash: newHash() };
  for (let n = 0; n < 1_000; n++) {
    for (const { channel } of voices) {
      channel.notify(net.ids, 'join', { sessionTag: newHash(), nonce: newHash(), head });
      if (n % 5 === 0) channel.notify(net.ids, 'here', { head, ask: true });
      if (n % 5 === 1) channel.notify(net.ids, 'auxReady', { executionId: newHash(), epoch: 0, ask: true });
      if (n % 5 === 2)
        channel.sendProtocol({ to: net.ids, broadcast: true, session: newHash(), seq: n, deadline: Date.now() + 30_000, body: new Uint8Array(1_000) });
    }
  }
  await requests.sign(certificate, HONEST);
  await newKey();
  expect(await net.call(0, 'status', {}, 60_000)).toMatchObject({ ready: true, head: net.state().head });
});

test('two signers that tell two audit heads for one number, or another’s, to hide what they did', async () => {
  const audit = (voice: Voice, hash: string) =>
    voice.sign('auditHead', { genesisHash: net.genesisHash, number: 9_000_000, hash, actNumber: 0, actHash: net.genesisHash, time: Date.now() });
  for (const voice of voices) {
    voice.channel.notify(net.ids, 'auditHead', { audit: audit(voice, newHash()) });
    voice.channel.notify(net.ids, 'auditHead', { audit: audit(voice, newHash()) });
    voice.channel.notify(net.ids, 'auditHead', { audit: { ...audit(voice, newHash()), signerId: net.ids[0] as Voice['id'] } });
  }
  const forks = () => about('two things that cannot both be: both are kept').filter(({ kind }) => kind === 'forked-audit');
  await expect.poll(() => new Set(forks().map(({ party }) => party))).toEqual(new Set(net.participants(...LIARS)));
  await expect.poll(() => about('a notice was not believed').filter(({ kind }) => kind === 'auditHead').length).toBeGreaterThan(0);
  await requests.sign(await newKey(), HONEST);
});

test('a signer that repeats everything it says, as messages of their own, to confuse the others', async () => {
  say = (envelope) => (envelope.kind.startsWith('notice/') || envelope.kind === 'protocol' ? [envelope, again(envelope)] : [envelope]);
  expect(await keygen()).toEqual(Array(5).fill('fulfilled'));
  say = (envelope) => [envelope];
  await requests.sign(await newKey(), HONEST);
});
