import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Evidence, type Genesis, hex, type KeyCertificate, Refusal, type ReplyOf, type SignerId } from '@quorate/wire';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mostNamed } from './looks.ts';
import { createSignSession } from './sign-session.ts';
import type { Outcome, Signers } from './signers.ts';

const IDS = ['A', 'B', 'C', 'D', 'E'] as unknown as SignerId[];
const secret = secp256k1.utils.randomSecretKey();
const digest = new Uint8Array(32).fill(7);
const certificate = { body: { publicKey: hex.encode(secp256k1.getPublicKey(secret)) } } as KeyCertificate;
const quiet = { debug() {}, info() {}, warn() {}, error() {} } as never;
const never = new Promise<never>(() => {});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** A nonce of its own each time, so that two sessions give two different signatures, both of them good. */
function signature(): ReplyOf<'sign'> {
  const bytes = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered', extraEntropy: true });
  return { r: hex.encode(bytes.subarray(1, 33)), s: hex.encode(bytes.subarray(33)), recid: bytes[0] === 1 ? 1 : 0 };
}

interface Session {
  readonly participants: string;
  readonly attempt: number;
  missed(): void;
  watched: boolean;
}

/** Signers of which `there` are ready; `behaves` says what becomes of a session: nothing comes back while it does not resolve. */
function network(
  behaves: (session: Session) => Promise<ReplyOf<'sign'> | Refusal>,
  { there = IDS, waitsFor = () => [] }: { there?: readonly SignerId[]; waitsFor?: (id: string) => readonly string[] } = {},
) {
  const sessions: Session[] = [];
  const signers = {
    ids: IDS,
    absent: async () => [],
    waitedFor: async (of: readonly SignerId[]) =>
      mostNamed(
        of,
        of.map((signerId) => ({ signerId, waitsFor: waitsFor(signerId) as SignerId[] })),
      ),
    watch(_: unknown, __: unknown, missed: () => void) {
      const own = sessions.at(-1) as Session;
      own.missed = missed;
      return () => {
        own.watched = false;
      };
    },
    async pick(count: number, exclude: ReadonlySet<SignerId>, doubt: (id: SignerId) => number) {
      const found = there.filter((id) => !exclude.has(id));
      if (found.length < count) throw new Refusal('signers/unavailable', { missing: IDS.filter((id) => !found.includes(id)) });
      const chosen = [...found].sort((a, b) => doubt(a) - doubt(b)).slice(0, count);
      return IDS.filter((id) => chosen.includes(id));
    },
    ask(_: string, participants: readonly SignerId[], { attempt }: { attempt: number }, { deadline }: { deadline: number }) {
      const session: Session = { participants: participants.join(''), attempt, missed() {}, watched: true };
      sessions.push(session);
      const end = behaves(session);
      const tooLate = new Promise<null>((resolve) => setTimeout(() => resolve(null), deadline - Date.now()));
      return participants.map(async (signerId): Promise<Outcome<'sign'>> => {
        const reply = await Promise.race([end, tooLate]);
        if (reply === null) return { signerId, reply: null, refusal: null, silent: true };
        return reply instanceof Refusal ? { signerId, reply: null, refusal: reply, silent: false } : { signerId, reply, refusal: null, silent: false };
      });
    },
  } as unknown as Signers;
  const genesis = { threshold: 3, signers: IDS.map((id) => ({ id })) } as unknown as Genesis;
  const session = createSignSession({ genesis, signers, now: Date.now, log: quiet });
  return {
    sessions,
    sets: () => sessions.map(({ participants }) => participants),
    sign: () => session({ statement: { expiresAt: String(Date.now() + 300_000) } } as Evidence, certificate, digest),
    /** One after which it is known how long sessions take here. */
    async signed() {
      await this.sign();
      sessions.length = 0;
    },
  };
}

const stalling = (bad: readonly string[]) => (session: Session) => (bad.some((id) => session.participants.includes(id)) ? never : Promise.resolve(signature()));

test('a session that stalls holds nobody up: others take over beside it, and the next requests begin with them', async () => {
  let bad: string[] = [];
  const net = network((session) => stalling(bad)(session));
  await net.signed();
  bad = ['A'];
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(1_999);
  expect(net.sets()).toEqual(['ABC']);
  await vi.advanceTimersByTimeAsync(1);
  expect(net.sets()).toEqual(['ABC', 'ADE']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(net.sets()).toEqual(['ABC', 'ADE', 'BCD']);
  expect((await signing).recid).toBeLessThan(4);
  for (let i = 0; i < 5; i++) await net.sign();
  expect(net.sets().slice(3).join()).not.toContain('A');
});

test('who recovers is asked again after a while', async () => {
  let bad: string[] = ['B'];
  const net = network((session) => stalling(bad)(session));
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(7_500);
  await signing;
  expect(net.sets()).toEqual(['ABC', 'ADE']);
  await vi.advanceTimersByTimeAsync(30_000);
  bad = [];
  net.sessions.length = 0;
  await net.sign();
  expect(net.sets()).toEqual(['ABC']);
});

test('a session that is only slow still gives the signature, and there is one answer', async () => {
  const [slow, slower] = [Promise.withResolvers<ReplyOf<'sign'>>(), Promise.withResolvers<ReplyOf<'sign'>>()];
  const net = network(({ attempt }) => (attempt === 1 ? slow : slower).promise);
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(7_500);
  expect(net.sets()).toEqual(['ABC', 'ADE']);
  const first = signature();
  slow.resolve(first);
  slower.resolve(signature());
  expect(hex.encode((await signing).r)).toBe(first.r);
  expect(net.sessions.map(({ watched }) => watched)).toEqual([false, false]);
});

/** Until it has ended, and no longer. */
async function ended<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const done = (): void => {
    over = true;
  };
  work.then(done, done);
  while (!over) await vi.advanceTimersByTimeAsync(50);
  return work;
}

test('whoever of five stalls, and whichever two, the others sign each time', async () => {
  for (const a of IDS) {
    for (const b of IDS) {
      const bad: string[] = [a, b];
      const net = network(stalling(bad), { waitsFor: (id) => (bad.includes(id) ? [] : bad) });
      for (let i = 0; i < 4; i++) expect((await ended(net.sign())).recid).toBeLessThan(4);
      // Nobody waits for the same ones again.
      expect(net.sessions.length).toBeLessThanOrEqual(6);
    }
  }
});

test('a liar that stalls and names honest ones keeps nobody from signing', async () => {
  for (const liar of IDS) {
    for (const named of [...IDS, IDS.join('')]) {
      const net = network(stalling([liar]), { waitsFor: (id) => (id === liar ? named.split('') : [liar]) });
      for (let i = 0; i < 4; i++) expect((await ended(net.sign())).recid).toBeLessThan(4);
      expect(net.sessions.length).toBeLessThanOrEqual(5);
    }
  }
});

test('a session that was late and came to its end is held against nobody', async () => {
  const slow = Promise.withResolvers<ReplyOf<'sign'>>();
  const net = network(({ attempt }) => (attempt === 1 ? slow.promise : Promise.resolve(signature())));
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(7_500);
  await signing;
  expect(net.sets()).toEqual(['ABC', 'ADE']);
  slow.resolve(signature());
  await vi.advanceTimersByTimeAsync(0);
  await net.sign();
  expect(net.sets().at(-1)).toBe('ABC');
});

test('a participant that misses a look is not waited for any longer', async () => {
  const net = network(({ attempt }) => (attempt === 1 ? never : Promise.resolve(signature())));
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(1_500);
  net.sessions[0]?.missed();
  await vi.advanceTimersByTimeAsync(0);
  expect((await signing).recid).toBeLessThan(4);
  expect(net.sets()).toEqual(['ABC', 'ADE']);
});

test('nobody gets a rival that would be the same again: the late ones are waited for', async () => {
  const slow = Promise.withResolvers<ReplyOf<'sign'>>();
  const net = network(() => slow.promise, { there: IDS.slice(0, 3) });
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(44_000);
  expect(net.sets()).toEqual(['ABC']);
  slow.resolve(signature());
  expect((await signing).recid).toBeLessThan(4);
});

test('the three that are left try again after a session of theirs has failed', async () => {
  const net = network(async ({ attempt }) => (attempt === 1 ? new Refusal('signature/failed', { signers: [] }) : signature()), { there: IDS.slice(0, 3) });
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await signing).recid).toBeLessThan(4);
  expect(net.sets()).toEqual(['ABC', 'ABC']);
});

test('where everything is late, few rivals are begun', async () => {
  const net = network(() => never);
  const all = Array.from({ length: 40 }, () => net.sign().catch(() => null));
  await vi.advanceTimersByTimeAsync(7_600);
  expect(net.sessions.filter(({ attempt }) => attempt === 1).length).toBe(40);
  expect(net.sessions.filter(({ attempt }) => attempt > 1).length).toBeLessThanOrEqual(2 * 2);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await Promise.all(all)).toEqual(Array(40).fill(null));
  expect(net.sessions.every(({ attempt }) => attempt <= 3)).toBe(true);
  // All are given back: the next late one has its rival.
  net.sessions.length = 0;
  const signing = net.sign().catch(() => null);
  await vi.advanceTimersByTimeAsync(7_600);
  expect(net.sessions.length).toBe(2);
  await vi.advanceTimersByTimeAsync(120_000);
  await signing;
});

test('where every session fails the refusal says so, after three of them', async () => {
  const net = network(async () => new Refusal('signature/failed', { signers: [] }));
  const signing = expect(net.sign()).rejects.toMatchObject({ code: 'signature/failed' });
  await vi.advanceTimersByTimeAsync(10_000);
  await signing;
  expect(net.sessions.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test('where every session stalls the request ends with its life', async () => {
  const net = network(() => never);
  const signing = expect(net.sign()).rejects.toMatchObject({ code: 'signature/failed' });
  await vi.advanceTimersByTimeAsync(90_000);
  await signing;
  expect(net.sessions.length).toBe(3);
});

test('what signers refuse for good is refused at once, also to the rival of a session that stalls', async () => {
  const net = network(async () => new Refusal('key/retired', { keyId: 'key' }));
  const signing = expect(net.sign()).rejects.toMatchObject({ code: 'key/retired' });
  await vi.advanceTimersByTimeAsync(1_000);
  await signing;
  expect(net.sessions.length).toBe(1);
  const other = network(async ({ attempt }) => (attempt === 1 ? never : new Refusal('key/retired', { keyId: 'key' })));
  const refused = expect(other.sign()).rejects.toMatchObject({ code: 'key/retired' });
  await vi.advanceTimersByTimeAsync(9_000);
  await refused;
  expect(other.sessions.length).toBe(2);
});

test('a signer that answers with another signature than asked for gives none, and others take over', async () => {
  const net = network(async ({ attempt }) => (attempt === 1 ? { ...signature(), r: '11'.repeat(32) } : signature()));
  const signing = net.sign();
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await signing).recid).toBeLessThan(4);
  expect(net.sessions.length).toBe(2);
});
