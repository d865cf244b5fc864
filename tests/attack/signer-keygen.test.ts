/**
 * Signers that lie while a key is made, in every kind of message: no key comes of it, whoever is named is a liar, the
 * honest ones live, and the next key is made. Real signers, the real protocol.
 */
import { concat, utf8 } from '@quorate/wire';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bent, hostileMpc, type Said, type Twist } from '../support/hostile-mpc.ts';
import { voiceBeside } from '../support/liar.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { type Requests, requestsTo } from '../support/requests.ts';
import { blamedBy, type Lie, lies, type MessageKind } from '../support/session-lies.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const LIARS = [1, 3];
let net: SignersOnly;
let requests: Requests;
/** Who lies now, and how. */
let lying: readonly number[] = [];
let twist: (said: Said, i: number, spec: Parameters<Twist>[2]) => readonly Said[] = (said) => [said];
/** What the liars said in the last session of which all went well. */
const past = new Map<string, Uint8Array>();
const lines: LogLine[] = [];

beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  for (const i of LIARS) {
    await net.stop(i);
    await net.start(i, {
      mpc: hostileMpc((said, protocol, spec) => {
        if (protocol === 'dkg' && lying.includes(i)) return twist(said, i, spec);
        if (protocol === 'dkg') past.set(nameOf(said, i), said.body);
        return [said];
      }),
    });
  }
  await expectKey();
});
afterAll(() => net[Symbol.asyncDispose]());
afterEach(() => {
  lying = [];
});

const nameOf = ({ to, seq }: Said, i: number): string => `${i} ${to} ${seq}`;
const evidence = () => net.evidence(net.administrator, { method: 'POST', path: '/wallets', payload: '{"network":"KeyECDSA"}' });
const keygen = async (timeoutMs = 60_000) => net.callAll('keygen', { evidence: evidence(), attempt: 1 }, timeoutMs);

async function expectKey(): Promise<void> {
  const { certificate } = await net.newKey(net.administrator);
  expect(certificate.signatures).toHaveLength(5);
}

interface Attempt {
  /** An honest signer ended without a key. */
  readonly spoilt: boolean;
  /** Whom honest signers name. */
  readonly blamed: readonly string[];
  /** What those honest signers attest that ended with a key. */
  readonly attested: readonly string[];
}

async function attempted(liars: readonly number[], tell: typeof twist, timeoutMs?: number): Promise<Attempt> {
  lines.length = 0;
  lying = liars;
  twist = tell;
  const results = await keygen(timeoutMs);
  lying = [];
  const honest = results.filter((_, i) => !liars.includes(i));
  const ids = net.participants(...liars);
  const blamed = blamedBy(lines, ids);
  expect(ids).toEqual(expect.arrayContaining([...blamed]));
  await expectKey();
  const kept = honest.filter((result) => result.status === 'fulfilled');
  return { spoilt: kept.length < honest.length, blamed, attested: kept.map(({ value }) => JSON.stringify(value.body)) };
}

/** @returns whom honest signers name */
async function expectNoKey(...lie: Parameters<typeof attempted>): Promise<readonly string[]> {
  const { spoilt, blamed } = await attempted(...lie);
  // Without the certificate of all five nothing is usable, whatever single signers answered.
  expect(spoilt).toBe(true);
  return blamed;
}

const PROOF = 'proof';
const kinds: readonly MessageKind[] = [
  { name: 'commitment', is: ({ seq }) => seq === 0 },
  { name: 'echo of the commitments', is: ({ seq }) => seq === 1 },
  { name: 'opening', is: ({ seq }) => seq === 2 },
  { name: 'private share', is: ({ to }) => to !== 'all' },
  { name: PROOF, is: ({ to, seq }) => to === 'all' && seq > 2 },
];
/** What leaves the others waiting. A commitment of another round is kept for that round. */
const stalls = (kind: MessageKind, lie: Lie): boolean => lie === lies.stall || (lie === lies.otherRound && kind.name === 'commitment');
/** A wrong echo, or a commitment that its sender does not echo, looks like broadcasts that were not the same for all: nobody is named. */
const provesNothing = (kind: MessageKind, lie: Lie): boolean =>
  stalls(kind, lie) || (/^(commitment|echo)/.test(kind.name) && (lie === lies.changed || lie === lies.otherSession));

const everyKind = kinds
  .flatMap((kind) =>
    [lies.changed, lies.otherRound, lies.otherSession, lies.equivocation, lies.flood, lies.stall].map((lie: Lie) => ({
      kind,
      lie,
      said: kind.name,
      how: lie.name,
    })),
  )
  // The last message ends the session: what comes after it may come too late, and has tests of its own.
  .filter(({ kind, lie }) => !(kind.name === PROOF && (lie === lies.flood || lie === lies.equivocation)));

describe.each([
  { who: 'a signer', liars: [1] },
  { who: 'two signers', liars: LIARS },
])('$who', ({ who, liars }) => {
  test.each(everyKind)(`${who} whose $said is $how, to spoil a key`, async ({ kind, lie }) => {
    const said = new Map<number, Uint8Array>();
    const named = await expectNoKey(
      liars,
      (message, i) => {
        if (message.seq === 0) said.set(i, message.body);
        const other = kind.name === 'commitment' ? past.get(`${i} all 7`) : said.get(i);
        const empty = new Uint8Array();
        return kind.is(message) ? lie.tell(message, (of) => past.get(nameOf(of, i)) ?? empty, other ?? empty) : [message];
      },
      stalls(kind, lie) ? 1_500 : undefined,
    );
    if (provesNothing(kind, lie)) expect(named).toEqual([]);
    // Of two, one may end the session first by its own complaint about the other.
    else if (liars.length === 1) expect(named).toEqual(net.participants(1));
  });
});

test.each([
  ['a signer whose', [1]],
  ['two signers whose', LIARS],
] as const)('%s proof is sent in two versions, the true one first, to make a key that is not the same for all', async (_, liars) => {
  const twoVersions: typeof twist = (said) => (said.to === 'all' && said.seq > 2 ? [said, { ...said, body: bent(said.body) }] : [said]);
  const { spoilt, blamed, attested } = await attempted(liars, twoVersions);
  // Whoever had all true ones before the first false one is done; anybody else names a liar, or hears of it from who does.
  expect(new Set(attested).size).toBeLessThanOrEqual(1);
  if (liars.length === 1) expect(blamed).toEqual(spoilt ? net.participants(1) : []);
});

test.each([lies.cut, lies.oversized, lies.trailed, lies.rubbish])('a signer whose commitment is $name, to bring the others down', async (lie: Lie) => {
  const none = new Uint8Array();
  const named = await expectNoKey([1], (said) => (said.seq === 0 ? lie.tell(said, () => none, none) : [said]));
  expect(named).toEqual(net.participants(1));
});

test.each([
  ['a signer that says', [1]],
  ['two signers that say', LIARS],
] as const)('%s everything twice, to confuse a session', async (_, liars) => {
  lying = liars;
  twist = (said) => [said, said];
  expect((await keygen()).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  await expectKey();
});

test('a signer that gives one other a false share, to make a key which that one cannot use', async () => {
  const victim = 2;
  const named = await expectNoKey([1], (said, i, { identity, executionId, parties }) => {
    if (said.to !== victim) return [said];
    const sealingKey = parties[victim]?.sealingKey as Uint8Array;
    const aad = concat(...[executionId, bigEndian(i, 2), bigEndian(victim, 2), bigEndian(said.seq, 4)].flatMap((field) => [bigEndian(field.length, 4), field]));
    return [{ ...said, body: identity.seal(sealingKey, utf8.encode('quorate/p2p/v1'), aad, falseShare()) }];
  });
  expect(named).toEqual(net.participants(1));
});

const bigEndian = (value: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => value >>> (8 * (length - 1 - i)));
/** CBOR of a share of its right form: any scalar. */
function falseShare(): Uint8Array {
  const text = (word: string): Uint8Array => Uint8Array.of(0x60 + word.length, ...utf8.encode(word));
  const map = (size: number): Uint8Array => Uint8Array.of(0xa0 + size);
  const scalar = Uint8Array.of(0x58, 32, ...new Uint8Array(32).fill(7));
  return concat(map(1), text('Round2Uni'), map(1), text('sigma'), map(2), text('curve'), text('secp256k1'), text('scalar'), scalar);
}

test('a signer that speaks under another’s name, and somebody on the link who changes what is said, to have an honest one named', async () => {
  lines.length = 0;
  const voice = voiceBeside(net, 1);
  net.transport.setTap(({ from, to, bytes }) => {
    if (from !== net.ids[0]) return [bytes];
    const forged = bytes.slice(0, -64);
    // The sender that it names is honest; the signature is the liar's own.
    net.transport.deliver(to, concat(forged, voice.identity.sign(forged)));
    net.transport.deliver(to, bent(bytes));
    return [bytes, bytes];
  });
  expect((await keygen()).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  net.transport.setTap(null);
  voice.channel.close();
  expect(blamedBy(lines, [])).toEqual([]);
  expect(lines.some(({ code }) => code === 'bad-signature')).toBe(true);
  await expectKey();
});

test('signers whose rubbish others write down, to get secrets or text of their own into the logs', async () => {
  const text = `call ${'4'.repeat(40)}`;
  await expectNoKey([1], (said) => [{ ...said, body: utf8.encode(text) }]);
  const { certificate } = await net.newKey(net.administrator);
  await requests.sign(certificate, [0, 1, 2]);
  const written = JSON.stringify(lines);
  expect(written).not.toContain(text);
  expect(written).not.toMatch(/BEGIN|secret_share|sealedShare/);
});
