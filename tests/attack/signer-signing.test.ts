/**
 * Signers that lie while a signature is made, in every kind of message: no wrong signature comes out, whoever is named is
 * a liar, and the honest three sign at once. Real signers, the real protocol.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { KeyCertificate } from '@quorate/wire';
import { hostileMpc, type Said } from '../support/hostile-mpc.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { codes, expectSignature, newHash, type Requests, requestsTo } from '../support/requests.ts';
import { blamedBy, type Lie, lies, type MessageKind } from '../support/session-lies.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

const LIARS = [1, 3];
const HONEST = [0, 2, 4];
let net: SignersOnly;
let requests: Requests;
let certificate: KeyCertificate;
let lying: readonly number[] = [];
let twist: (said: Said, i: number) => readonly Said[] = (said) => [said];
/** What the liars said in an earlier session of which all went well. */
const past = new Map<string, Uint8Array>();
const lines: LogLine[] = [];
const nameOf = ({ to, seq }: Said, i: number): string => `${i} ${to} ${seq}`;

beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  for (const i of LIARS) {
    await net.stop(i);
    await net.start(i, {
      mpc: hostileMpc((said, protocol) => {
        if (protocol === 'sign' && lying.includes(i)) return twist(said, i);
        if (protocol === 'sign') past.set(nameOf(said, i), said.body);
        return [said];
      }),
    });
  }
  certificate = (await net.newKey(net.administrator)).certificate;
  await requests.sign(certificate, [0, ...LIARS]);
});
afterAll(() => net[Symbol.asyncDispose]());
afterEach(() => {
  lying = [];
});

const LAST = 'part of the signature';
const FIRST = { name: 'first message', is: ({ seq }: Said) => seq === 0 };
const kinds: readonly MessageKind[] = [
  FIRST,
  { name: 'proof of its first message', is: ({ to, seq }) => to !== 'all' && seq < 3 },
  { name: 'echo of the first messages', is: ({ seq }) => seq === 3 },
  { name: 'private answer', is: ({ to, seq }) => to !== 'all' && seq > 3 },
  { name: 'commitment to the nonce', is: ({ seq }) => seq === 6 },
  { name: LAST, is: ({ seq }) => seq === 7 },
];

/** One liar signs with two honest ones; two with one. */
const quorumWith = (liars: readonly number[]): number[] => [...HONEST.slice(0, 3 - liars.length), ...liars].sort();

async function expectNoWrongSignature(
  liars: readonly number[],
  tell: typeof twist,
  timeoutMs?: number,
): Promise<{ signed: boolean; named: readonly string[] }> {
  lines.length = 0;
  lying = liars;
  twist = tell;
  const digest = newHash();
  const signers = quorumWith(liars);
  const results = await requests.trySign(requests.signatureOf(certificate, digest), certificate, signers, timeoutMs);
  lying = [];
  const honest = results.filter((_, at) => !liars.includes(signers[at] as number));
  for (const result of honest) if (result.status === 'fulfilled') expectSignature(certificate, digest, result.value);
  const ids = net.participants(...liars);
  const named = blamedBy(lines, ids);
  expect(ids).toEqual(expect.arrayContaining([...named]));
  await requests.sign(certificate, HONEST);
  return { signed: honest.some(({ status }) => status === 'fulfilled'), named };
}

/** A wrong echo looks like broadcasts that were not the same for all, and a wrong part of a signature is any of theirs. */
const proves = ({ name }: MessageKind, lie: Lie): boolean =>
  lie === lies.equivocation ? name !== LAST : !name.startsWith('echo') && name !== LAST && !(name === FIRST.name && lie === lies.otherSession);

const everyKind = kinds.flatMap((kind) =>
  [lies.changed, lies.otherSession, lies.equivocation].map((lie: Lie) => ({ kind, lie, said: kind.name, how: lie.name })),
);
const empty = new Uint8Array();

test.each(everyKind)('a signer whose $said is $how, to get a wrong signature out', async ({ kind, lie }) => {
  const outcome = await expectNoWrongSignature([1], (said, i) => (kind.is(said) ? lie.tell(said, (of) => past.get(nameOf(of, i)) ?? empty, empty) : [said]));
  // The first version of a last message may be the true one, and then it is enough; else the second one names its sender.
  if (kind.name === LAST && lie === lies.equivocation) return expect(outcome.signed || outcome.named.length > 0).toBe(true);
  expect(outcome.signed).toBe(false);
  expect(outcome.named).toEqual(proves(kind, lie) ? net.participants(1) : []);
});

test.each(everyKind.filter(({ lie }) => lie === lies.changed))('two signers whose $said is $how, to get a wrong signature out', async ({ kind, lie }) => {
  const outcome = await expectNoWrongSignature(LIARS, (said, i) => (kind.is(said) ? lie.tell(said, (of) => past.get(nameOf(of, i)) ?? empty, empty) : [said]));
  expect(outcome.signed).toBe(false);
});

test.each(kinds)('a signer whose $name is kept back, to stop a signature', async (kind) => {
  const outcome = await expectNoWrongSignature([1], (said) => (kind.is(said) ? [] : [said]), 2_500);
  expect(outcome.named).toEqual([]);
});

test('two signers that say nothing at all, to stop a signature', async () => {
  expect(await expectNoWrongSignature(LIARS, () => [], 2_500)).toEqual({ signed: false, named: [] });
});

test('a signer that sends everything two hundred times, to bring the others down', async () => {
  const outcome = await expectNoWrongSignature([1], (said) => lies.flood.tell(said));
  expect(outcome).toEqual({ signed: false, named: net.participants(1) });
});

test('two signers that send everything two hundred times, to bring the others down', async () => {
  const outcome = await expectNoWrongSignature(LIARS, (said) => lies.flood.tell(said));
  expect(outcome.signed).toBe(false);
  // Each of the two suffers from the other as well, and may be heard to leave before its own flood is.
  const liars = net.participants(...LIARS);
  const failed = lines.filter(({ msg, signerId }) => msg === 'session failed' && !liars.includes(signerId as (typeof liars)[number]));
  expect(failed.length).toBeGreaterThan(0);
  for (const { culprits } of failed) expect(liars).toEqual(expect.arrayContaining(culprits as string[]));
  expect(failed.flatMap(({ culprits }) => culprits as string[]).length).toBeGreaterThan(0);
});

test('a signer whose number has a radix of 0, to bring the others down', async () => {
  const outcome = await expectNoWrongSignature([1], (said) => (FIRST.is(said) ? [{ ...said, body: withRadixZero(said.body) }] : [said]));
  expect(outcome).toEqual({ signed: false, named: net.participants(1) });
});

/** CBOR text "radix" followed by 16 becomes "radix" followed by 0. */
function withRadixZero(body: Uint8Array): Uint8Array {
  const at = Buffer.from(body).indexOf('radix') + 'radix'.length;
  expect(body[at]).toBe(0x10);
  return body.map((byte, i) => (i === at ? 0 : byte));
}

test('two signers that say everything twice, to confuse a session', async () => {
  lying = LIARS;
  twist = (said) => [said, said];
  const signers = quorumWith(LIARS);
  const digest = newHash();
  expect(codes(await requests.trySign(requests.signatureOf(certificate, digest), certificate, signers))).toEqual(Array(3).fill('accepted'));
  lying = [];
  await requests.sign(certificate, HONEST);
});
