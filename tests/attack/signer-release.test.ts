/**
 * Signers that lie about an export: in the intents before it and in the tombstones after it. What they say for another
 * request counts for nothing, no share leaves before a quorum has retired the key, and a true export goes through.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Envelope, envelopeOf, frameOf } from '@quorate/link';
import { Challenge, type KeyCertificate, type NoticeOf, sha256Hex, utf8 } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { altered, isNotice, lyingLine, type Voice, voiceBeside } from '../support/liar.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { all, codes, EXPORT_ON, exportBody, newHash, type Requests, requestsTo, saidInTheEnd } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const LIARS = [1, 3];
let net: SignersOnly;
let requests: Requests;
let voices: ReadonlyMap<number, Voice>;
/** What a liar's host makes of an envelope of its daemon. */
let say: (envelope: Envelope, voice: Voice) => readonly Envelope[] = (envelope) => [envelope];
const lines: LogLine[] = [];
/** The latest tombstone that a liar has said. */
let spoken: NoticeOf<'tombstone'>;

beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  voices = new Map(LIARS.map((i) => [i, voiceBeside(net, i)]));
  for (const i of LIARS) {
    await net.stop(i);
    await net.start(i, {
      transport: lyingLine(net, i, (envelope) => {
        if (isNotice(envelope, 'tombstone')) spoken = JSON.parse(utf8.decode(envelope.body)) as typeof spoken;
        return say(envelope, voices.get(i) as Voice);
      }),
    });
  }
  await net.act(net.administrator, EXPORT_ON);
});
afterAll(() => net[Symbol.asyncDispose]());
beforeEach(() => {
  lines.length = 0;
  say = (envelope) => [envelope];
});

const newKey = async () => (await net.newKey(net.administrator)).certificate;

interface Rows {
  readonly tombstones: number;
  readonly released: number;
}
/** What the stores of these signers hold for a key. */
function stored({ body: { keyId } }: KeyCertificate, of: readonly number[]): Rows {
  const rows = of.map((i) => {
    const db = new DatabaseSync(join(net.dir(i), 'signer.db'), { readOnly: true });
    const count = (from: string): number => (db.prepare(`SELECT count(*) AS n FROM ${from}`).get(keyId) as { n: number }).n;
    const row = { tombstones: count('tombstones WHERE key_id = ?'), released: count('ciphertexts WHERE key_id = ? AND release IS NOT NULL') };
    db.close();
    return row;
  });
  return { tombstones: rows.reduce((sum, row) => sum + row.tombstones, 0), released: rows.reduce((sum, row) => sum + row.released, 0) };
}

/** Every signer releases its share to the key that was asked for. */
async function expectExport(certificate: KeyCertificate): Promise<void> {
  const evidence = requests.exportOf(certificate);
  const { encryptionKey } = JSON.parse(evidence.payload) as { encryptionKey: string };
  const results = await net.callAll('export', { evidence, certificate });
  expect(codes(results)).toEqual(all('accepted'));
  for (const [i, result] of results.entries()) {
    if (result.status !== 'fulfilled') continue;
    const { release, encryptedKeyShare, tombstones } = result.value;
    expect(release).toMatchObject({ signerId: net.ids[i], body: { encryptionKey, index: i + 1, publicShare: certificate.body.publicShares[i] } });
    expect(release.body.ciphertextHash).toBe(sha256Hex(Buffer.from(encryptedKeyShare, 'base64')));
    expect(tombstones.length).toBeGreaterThanOrEqual(3);
  }
}

type Intent = NoticeOf<'intent'>['intent'];
const resaid = (change: (body: Intent['body'], voice: Voice) => Partial<Intent['body']>) => (notice: NoticeOf<'intent'>, voice: Voice) => ({
  intent: voice.sign('intent', { ...notice.intent.body, ...change(notice.intent.body, voice) }),
});
const newChallenge = () => Challenge.parse(Buffer.from(newHash(), 'hex').toString('base64url'));
const otherKey = (): string => (JSON.parse(exportBody()) as { encryptionKey: string }).encryptionKey;

type Lie = (notice: NoticeOf<'intent'>, voice: Voice) => unknown;

test.each<[string, Lie]>([
  ['yes for another encryption key', resaid(() => ({ encryptionKey: otherKey() }))],
  ['yes for another request', resaid(() => ({ challenge: newChallenge() }))],
  ['yes for another key', resaid(({ keyId }) => ({ keyId: `${keyId.slice(0, -1)}${keyId.endsWith('0') ? '1' : '0'}` as typeof keyId }))],
  ['yes at a head that nobody has', resaid(() => ({ headNumber: 1_000_000_000, headHash: newHash() }))],
  ['yes at another head of this number', resaid(() => ({ headHash: newHash() }))],
  ['yes for another network', resaid(() => ({ genesisHash: newHash() }))],
  ['no', resaid(() => ({ answer: 'no', code: 'export/disabled' }))],
  ['yes without a good signature', ({ intent }: NoticeOf<'intent'>) => ({ intent: { ...intent, signature: `${'A'.repeat(86)}==` } })],
  ['yes in another’s name', ({ intent }: NoticeOf<'intent'>, voice: Voice) => ({ intent: { ...intent, signerId: net.ids.find((id) => id !== voice.id) } })],
  ['nothing', () => null],
])('two signers that say %s, to have a key retired without a quorum', async (_, change) => {
  const certificate = await newKey();
  const exportWith = async (said: Lie, ms?: number): Promise<string[]> => {
    net.transport.setTap(({ from, bytes }) => {
      // Whatever the first of two honest ones says, the liars say something like it.
      const heard = from === net.ids[0] ? noticeIn(bytes) : null;
      for (const voice of heard === null ? [] : voices.values()) {
        const lie = said({ intent: voice.sign('intent', (heard as NoticeOf<'intent'>).intent.body) }, voice);
        if (lie !== null) voice.channel.notify(net.ids, 'intent', lie as NoticeOf<'intent'>);
      }
      return [bytes];
    });
    const request = { evidence: requests.exportOf(certificate), certificate };
    const results = await Promise.allSettled([0, 2].map((i) => net.call(i, 'export', request, ms)));
    net.transport.setTap(null);
    return codes(results);
  };
  expect(await saidInTheEnd((ms) => exportWith(change, ms), 1_500)).toEqual(['export/undecided', 'export/undecided']);
  expect(stored(certificate, [0, 2, 4])).toEqual({ tombstones: 0, released: 0 });
  // The same yeses, for this request, do count.
  expect(await exportWith((notice) => notice)).toEqual(['accepted', 'accepted']);
  await expectExport(certificate);
});

function noticeIn(bytes: Uint8Array): NoticeOf<'intent'> | null {
  const frame = frameOf(bytes);
  const envelope = frame === null ? null : envelopeOf(frame);
  return envelope !== null && isNotice(envelope, 'intent') ? (JSON.parse(utf8.decode(envelope.body)) as NoticeOf<'intent'>) : null;
}

test.each([
  ['a signer that says yes and then no', [1]],
  ['two signers that say yes and then no', LIARS],
] as const)('%s, to have others contradict each other', async (_, liars) => {
  const ids = net.participants(...liars);
  say = (envelope, voice) => {
    if (!isNotice(envelope, 'intent') || !ids.includes(voice.id)) return [envelope];
    return [envelope, { ...altered(envelope, (notice) => resaid(() => ({ answer: 'no', code: 'export/disabled' }))(notice, voice)), id: newHash().slice(32) }];
  };
  await expectExport(await newKey());
});

type Tombstone = NoticeOf<'tombstone'>;
const withBody = (notice: Tombstone, voice: Voice, change: Partial<Tombstone['tombstone']['body']>): Tombstone => ({
  ...notice,
  tombstone: voice.sign('tombstone', { ...notice.tombstone.body, ...change }),
});

test.each([
  ['with no yes at all', (n: Tombstone, v: Voice, of: Tombstone['tombstone']['body']) => ({ ...withBody(n, v, of), intents: [] })],
  ['with the yeses to another request', (n: Tombstone, v: Voice, of: Tombstone['tombstone']['body']) => withBody(n, v, of)],
  [
    'with its own yes three times',
    (n: Tombstone, v: Voice, of: Tombstone['tombstone']['body']) => ({ ...withBody(n, v, of), intents: Array(3).fill(yes(v, of)) }),
  ],
  [
    'with the yeses of two liars',
    (n: Tombstone, v: Voice, of: Tombstone['tombstone']['body']) => ({ ...withBody(n, v, of), intents: [...voices.values()].map((voice) => yes(voice, of)) }),
  ],
  [
    'with the yeses of two liars, and a third that they signed for another',
    (n: Tombstone, v: Voice, of: Tombstone['tombstone']['body']) => ({
      ...withBody(n, v, of),
      intents: [...[...voices.values()].map((voice) => yes(voice, of)), { ...yes(v, of), signerId: net.ids[0] as Voice['id'] }],
    }),
  ],
  [
    'in another’s name',
    (n: Tombstone, v: Voice, of: Tombstone['tombstone']['body']) => ({
      ...n,
      tombstone: { ...withBody(n, v, of).tombstone, signerId: net.ids[0] as Voice['id'] },
    }),
  ],
])('a signer that claims a tombstone %s, to retire a key whose owner did not ask', async (_, claim) => {
  await expectExport(await newKey());
  const certificate = await newKey();
  const voice = voices.get(1) as Voice;
  // All else in it is of an export that did happen.
  const of = { ...spoken.tombstone.body, keyId: certificate.body.keyId, encryptionKey: otherKey(), time: Date.now() };
  const notice = { ...claim(spoken, voice, of), certificate, evidence: requests.signatureOf(certificate), ask: false };
  voice.channel.notify(net.ids, 'tombstone', notice as Tombstone);
  await expect.poll(() => lines.filter((line) => line['kind'] === 'tombstone' && line['from'] === voice.id).length).toBeGreaterThanOrEqual(3);
  expect(stored(certificate, [0, 2, 4])).toEqual({ tombstones: 0, released: 0 });
  await expectExport(certificate);
});

const yes = (voice: Voice, { genesisHash, challenge, keyId, encryptionKey }: Tombstone['tombstone']['body']) =>
  voice.sign('intent', {
    genesisHash,
    challenge,
    keyId,
    encryptionKey,
    answer: 'yes',
    code: '',
    headNumber: net.state().head.number,
    headHash: net.state().head.hash,
  });

test.each([
  ['for another encryption key', (notice: Tombstone, voice: Voice) => withBody(notice, voice, { encryptionKey: otherKey() })],
  ['for another request', (notice: Tombstone, voice: Voice) => withBody(notice, voice, { challenge: newChallenge() })],
  ['without a good signature', (notice: Tombstone) => ({ ...notice, tombstone: { ...notice.tombstone, signature: `${'A'.repeat(86)}==` } })],
  ['in another’s name', (notice: Tombstone) => ({ ...notice, tombstone: { ...notice.tombstone, signerId: net.ids[4] as Voice['id'] } })],
])('two signers that say their tombstones %s, to have shares released before a quorum has retired the key', async (_, change) => {
  const certificate = await newKey();
  await net.stop(4);
  say = (envelope, voice) => (isNotice(envelope, 'tombstone') ? [altered(envelope, (notice) => change(notice, voice))] : [envelope]);
  const evidence = requests.exportOf(certificate);
  const ask = async (ms: number) =>
    codes(await Promise.allSettled([0, 2, ...LIARS].map((i) => net.call(i, 'export', { evidence, certificate }, ms)))).slice(0, 2);
  expect(await saidInTheEnd(ask, 2_500)).toEqual(['export/unfinished', 'export/unfinished']);
  expect(stored(certificate, [0, 2])).toEqual({ tombstones: 2, released: 0 });
  // The fifth makes the quorum, and the same request is finished.
  say = (envelope) => (isNotice(envelope, 'tombstone') ? [] : [envelope]);
  await net.start(4);
  const again = await Promise.allSettled([0, 2, 4].map((i) => net.call(i, 'export', { evidence, certificate })));
  expect(codes(again)).toEqual(Array(3).fill('accepted'));
  expect(codes(await requests.trySign(requests.signatureOf(certificate), certificate, [0, 2, 4]))).toEqual(Array(3).fill('key/retired'));
  say = (envelope) => [envelope];
  await expectExport(await newKey());
});

test.each([
  ['a signer that dates', [1]],
  ['two signers that date', LIARS],
] as const)('%s a tombstone back to 1970, to have the export look older than it is', async (_, liars) => {
  const ids = net.participants(...liars);
  say = (envelope, voice) =>
    isNotice(envelope, 'tombstone') && ids.includes(voice.id) ? [altered(envelope, (notice) => withBody(notice, voice, { time: 0 }))] : [envelope];
  const certificate = await newKey();
  const begun = Date.now();
  const results = await net.callAll('export', { evidence: requests.exportOf(certificate), certificate });
  expect(codes(results)).toEqual(all('accepted'));
  for (const i of [0, 2, 4]) {
    const result = results[i];
    if (result?.status !== 'fulfilled') continue;
    // What an honest signer says of itself is its own clock's.
    expect(result.value.release.body.tombstonedAt).toBeGreaterThan(begun - 60_000);
    for (const { signerId, body } of result.value.tombstones) if (!ids.includes(signerId)) expect(body.time).toBeGreaterThan(begun - 60_000);
  }
  say = (envelope) => [envelope];
  await expectExport(await newKey());
});
