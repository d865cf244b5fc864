/**
 * Signers that lie to one that comes back and asks what it missed: about acts, about itself, about retired keys. Two of
 * five lie, and the server tells no acts. The one that asks gets there with the two honest ones, and then takes part.
 */
import { nextHead } from '@quorate/authority';
import type { ActRecord, KeyCertificate, ReplyOf, RequestOf } from '@quorate/wire';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { act, newOrganisation, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { kindOf, type Voice, voiceInPlaceOf } from '../support/liar.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { codeOf, codes, EXPORT_ON, newHash, permission, type Requests, requestsTo } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const LIARS = [0, 1];
const ASKER = 4;
type Recall = ReplyOf<'recall'>;
type Told = ReplyOf<'tombstones'>;
interface Lies {
  chain(request: RequestOf<'chain'>, voice: Voice): Promise<unknown> | unknown;
  recall(request: RequestOf<'recall'>, voice: Voice): Promise<unknown> | unknown;
  tombstones(request: RequestOf<'tombstones'>, voice: Voice): Promise<unknown> | unknown;
}
let net: SignersOnly;
let requests: Requests;
let voices: readonly Voice[];
let retired: KeyCertificate;
let usable: KeyCertificate;
const records: ActRecord[] = [];
const lines: LogLine[] = [];
const silence = (): Promise<never> => new Promise(() => {});

/** What an honest peer would say, as far as acts go. */
const after = ({ after: from, limit }: RequestOf<'chain'>): readonly ActRecord[] => records.filter(({ number }) => number > from).slice(0, limit);
function headOf(voice: Voice, number: number, hash: string): Recall['own'] {
  return voice.sign('auditHead', { genesisHash: net.genesisHash, number: 1, hash: newHash(), actNumber: number, actHash: hash, time: Date.now() });
}
function standing(voice: Voice): Recall {
  const { number, hash } = net.state().head;
  return { own: headOf(voice, number, hash), yours: null, certificate: records.at(-1)?.acks ?? [], requests: [], more: false };
}
const honest: Lies = { chain: (request) => ({ acts: after(request) }), recall: (_, voice) => standing(voice), tombstones: () => ({ tombstones: [] }) };
let lies: Lies = honest;

beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  records.push(await net.act(net.administrator, EXPORT_ON));
  retired = (await net.newKey(net.administrator)).certificate;
  usable = (await net.newKey(net.administrator)).certificate;
  await net.stop(ASKER);
  const request = { evidence: requests.exportOf(retired), certificate: retired };
  const released = await Promise.allSettled([0, 1, 2, 3].map((i) => net.call(i, 'export', request)));
  expect(codes(released)).toEqual(Array(4).fill('accepted'));
  for (const i of LIARS) await net.stop(i);
  voices = LIARS.map((i) => voiceInPlaceOf(net, i));
  for (const voice of voices) {
    voice.channel.serve('chain', async (request) => (await lies.chain(request, voice)) as ReplyOf<'chain'>);
    voice.channel.serve('recall', async (request) => (await lies.recall(request, voice)) as Recall);
    voice.channel.serve('tombstones', async (request) => (await lies.tombstones(request, voice)) as Told);
    voice.channel.serve('act', async ({ evidence }) => ({ ack: ackOf(voice, evidence) }));
    voice.channel.serve('certify', async () => ({ head: net.state().head }));
  }
  net.tellsChain = false;
});
afterAll(async () => {
  for (const { channel } of voices) channel.close();
  await net[Symbol.asyncDispose]();
});
beforeEach(() => {
  lies = honest;
  lines.length = 0;
});
afterEach(() => net.stop(ASKER));

function ackOf(voice: Voice, evidence: ActRecord['evidence']) {
  const { number, hash } = nextHead(net.state(), evidence);
  return voice.sign('ack', { genesisHash: net.genesisHash, orgId: net.genesis.orgId, number, head: hash, time: Date.now() });
}

/** An act that the one who is away does not hear of. */
async function missedAct(): Promise<void> {
  records.push(await net.commitWith([0, 1, 2, 3], net.evidence(net.administrator, permission())));
}

/** The liars may be the first to answer; the honest ones are heard as well. */
async function expectArrives(): Promise<void> {
  await net.start(ASKER);
  await expect.poll(async () => (await net.call(ASKER, 'status', {})).head).toEqual(net.state().head);
  expect(await net.call(ASKER, 'status', {})).toMatchObject({ ready: true, checks: { peers: 'ok' } });
}

/** @param meanwhile - what shows beside it, sooner or later */
async function expectCatchesUp(meanwhile = () => true): Promise<void> {
  await expectArrives();
  await expect.poll(meanwhile).toBe(true);
  records.push(await net.commitWith([2, 3, ASKER], net.evidence(net.administrator, permission())));
  await net.stop(ASKER);
}

const named = (): boolean =>
  lines.some((line) => line['signerId'] === net.ids[ASKER] && LIARS.some((i) => line['from'] === net.ids[i] || line['party'] === net.ids[i]));

test('two signers that agree on an older state, to hide an act and a retired key', async () => {
  const { number, hash } = net.state().head;
  const older = records.at(-1)?.acks ?? [];
  await missedAct();
  lies = { ...honest, chain: () => ({ acts: [] }), recall: (_, voice) => ({ ...standing(voice), own: headOf(voice, number, hash), certificate: older }) };
  // The honest ones answer after the liars.
  const honestOnes = net.participants(2, 3) as string[];
  const liars = new Set<string>();
  let held: (() => void)[] = [];
  net.transport.setTap(({ from, to, bytes }) => {
    if (from === undefined || kindOf(bytes) !== 'reply/recall') return [bytes];
    const late = honestOnes.includes(from);
    if (late) held.push(() => net.transport.deliver(to, bytes));
    else liars.add(from);
    if (liars.size === LIARS.length) {
      const tell = held;
      held = [];
      setTimeout(() => {
        for (const each of tell) each();
      }, 50);
    }
    return late ? [] : [bytes];
  });
  await net.start(ASKER);
  net.transport.setTap(null);
  // From the moment that it takes part.
  expect(await net.call(ASKER, 'status', {})).toMatchObject({ ready: true, head: net.state().head });
  const wanted = { certificate: retired, participants: net.participants(...LIARS, ASKER), attempt: 1, evidence: requests.signatureOf(retired) };
  expect(await codeOf(net.call(ASKER, 'sign', wanted))).toBe('key/retired');
  await requests.sign(usable, [2, 3, ASKER]);
  await net.stop(ASKER);
});

const changed = (record: ActRecord): ActRecord => ({
  ...record,
  evidence: { ...record.evidence, payload: record.evidence.payload.replace('reader', 'writer') },
});
const forged = (record: ActRecord): ActRecord => ({ ...record, acks: record.acks.map((ack) => ({ ...ack, signature: `${'A'.repeat(86)}==` })) });
const foreign = async (): Promise<readonly ActRecord[]> => {
  const org = newOrganisation();
  return [(await act(org, org.state, org.administrator, post('/permissions', { name: 'all', operations: ['Keys:Export'] }))).record];
};

test.each<[string, (acts: readonly ActRecord[]) => unknown]>([
  ['changed', (acts) => acts.map(changed)],
  ['without acknowledgements', (acts) => acts.map((record) => ({ ...record, acks: [] }))],
  ['with one signer’s acknowledgement three times', (acts) => acts.map(({ acks, ...record }) => ({ ...record, acks: Array(3).fill(acks[0]) }))],
  ['with forged acknowledgements', (acts) => acts.map(forged)],
  ['with a gap', (acts) => acts.map((record) => ({ ...record, number: record.number + 1 }))],
  ['of another organisation', foreign],
  [
    'over and over',
    (acts) =>
      Array.from({ length: 100 }, () => acts)
        .flat()
        .slice(0, 100),
  ],
  ['that are none', () => [{ number: 1 }]],
])('two signers that tell acts %s, to have one that was away hold another history', async (_, change) => {
  await missedAct();
  lies = { ...honest, chain: async (request) => ({ acts: await change(after(request)) }) };
  await expectCatchesUp();
});

test.each<[string, Lies['recall'], { proven: boolean }]>([
  [
    'a head that no quorum has acknowledged',
    (_, voice) => ({ ...standing(voice), own: headOf(voice, 1_000_000, newHash()), certificate: [] }),
    { proven: true },
  ],
  ['a head under a certificate of another', (_, voice) => ({ ...standing(voice), own: headOf(voice, 1_000_000, newHash()) }), { proven: true }],
  ['a head of their own in another’s name', (_, voice) => ({ ...standing(voice), own: { ...standing(voice).own, signerId: net.ids[2] } }), { proven: true }],
  ['a head of the asker’s that they signed themselves', (_, voice) => ({ ...standing(voice), yours: headOf(voice, 1, newHash()) }), { proven: true }],
  [
    'a head of the asker’s that nobody signed, to have it think that it was rolled back',
    (_, voice) => ({ ...standing(voice), yours: { ...headOf(voice, 1, newHash()), signerId: net.ids[ASKER] } }),
    { proven: true },
  ],
  ['retired keys without end', ({ after: last }, voice) => ({ ...standing(voice), requests: [challengeAfter(last)], more: true }), { proven: true }],
  ['nothing', silence, { proven: false }],
])('two signers that recall %s', async (_, recall, { proven }) => {
  await missedAct();
  lies = { ...honest, recall };
  // It goes on without them; what they said is in the log where it was said at all.
  await expectCatchesUp(proven ? named : undefined);
  expect(lines.some(({ msg }) => String(msg).includes('put back'))).toBe(false);
});

/** 43 characters of base64url, ascending. */
const challengeAfter = (last: string): string => {
  const count = last === '' ? 0 : Buffer.from(last, 'base64url').readUInt32BE(0) + 1;
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(count);
  return bytes.toString('base64url');
};

test('two signers that tell an invented retirement, to have a key put out of use at one that was away', async () => {
  await missedAct();
  const evidence = requests.exportOf(usable);
  const challenge = challengeAfter('');
  const { encryptionKey } = JSON.parse(evidence.payload) as { encryptionKey: string };
  const said = { genesisHash: net.genesisHash, challenge: challenge as never, keyId: usable.body.keyId, encryptionKey };
  const { number, hash } = net.state().head;
  const tell = (voice: Voice): Told['tombstones'][number] => ({
    tombstone: voice.sign('tombstone', { ...said, time: Date.now() }),
    evidence,
    intents: voices.map((one) => one.sign('intent', { ...said, answer: 'yes', code: '', headNumber: number, headHash: hash })),
    certificate: usable,
  });
  lies = { ...honest, recall: (_, voice) => ({ ...standing(voice), requests: [challenge] }), tombstones: (_, voice) => ({ tombstones: [tell(voice)] }) };
  await expectCatchesUp(() => lines.some(({ kind, from }) => kind === 'tombstones' && from === net.ids[0]));
});

test('two signers that name retirements and then do not tell them, to keep one that was away from coming back', async () => {
  await missedAct();
  lies = { ...honest, recall: (_, voice) => ({ ...standing(voice), requests: [challengeAfter('')] }), tombstones: () => ({ tombstones: [] }) };
  await expectCatchesUp(named);
});

test('two signers that answer no question for acts, to hold up one that was away', async () => {
  await missedAct();
  lies = { ...honest, chain: silence };
  await expectCatchesUp();
});
