/**
 * The sessions of one signature: t ready signers try; where one of them fails or is late, others take over, three times at
 * most and while the request lives. A late session goes on beside its rival, and whichever is done first gives the
 * signature.
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { EcdsaSignature } from '@quorate/chains';
import { concat, equal, type Evidence, type Genesis, hex, type KeyCertificate, Refusal, type ReplyOf, type SignerId, verifyEcdsa } from '@quorate/wire';
import { pause } from './background.ts';
import type { Log } from './log.ts';
import { commonRefusal, explain, isPassing, type NoReply } from './no-answer.ts';
import { createPace } from './pace.ts';
import type { Outcome, Signers } from './signers.ts';

/** All attempts together, and each of them, in milliseconds. */
export const SIGN_DEADLINE_MS = 90_000;
export const ATTEMPT_DEADLINE_MS = 45_000;
const MAX_ATTEMPTS = 3;
/** Once one participant has failed the session is lost; how long the others' reasons are waited for. */
const GRACE_MS = 200;
/**
 * So many sessions at most run beside a late one, of all signatures: where everything is late because there is too much to
 * do, more to do would be no help.
 */
const MOST_RIVALS = 2;
const ROOM_MS = 100;
/** How long, and how many, sets of signers that came to nothing or were late are remembered. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 64;
/** How much a signer is doubted for a session. */
const [WAITED_FOR, UNEXPLAINED, BLAMED, BESIDE] = [6, 4, 2, 2];
/** What this request has seen counts before what is remembered of others, and being away or refusing before everything. */
const [OWN, SEEN] = [1_000_000, 1_000];

/** @throws {Refusal} `signers/unavailable`, `signature/failed`, or what the signers refuse */
export type SignSession = (evidence: Evidence, certificate: KeyCertificate, digest: Uint8Array) => Promise<EcdsaSignature>;

/** A session that came to nothing, or is late, and nobody is known to be the reason. */
interface Doubtful {
  readonly participants: readonly SignerId[];
  /** By what most other participants say; nobody where they do not agree. */
  readonly waitedFor: ReadonlySet<SignerId>;
}

export function createSignSession({ genesis, signers, now, log }: { genesis: Genesis; signers: Signers; now: () => number; log: Log }): SignSession {
  const { threshold } = genesis;
  const n = genesis.signers.length;
  const pace = createPace();
  let rivals = 0;
  /** Of late, so that the next request need not find out again. */
  let doubtful: readonly (Doubtful & { readonly at: number })[] = [];
  const remembered = (): typeof doubtful => doubtful.filter(({ at }) => performance.now() - at < REMEMBERED_MS);
  const forget = (participants: readonly SignerId[]): void => {
    doubtful = remembered().filter((one) => one.participants !== participants);
  };
  const remember = (one: Doubtful): void => {
    forget(one.participants);
    doubtful = [...doubtful, { ...one, at: performance.now() }].slice(-MOST_REMEMBERED);
  };

  /**
   * Last those who themselves were away or refused, then those who took part in the most sessions that failed for no such
   * reason or are late, more so where they are waited for, then those whom others blame. Whom to wait for and to blame is
   * what participants say: were it decisive, a liar could name one after the other until only sessions with itself are left.
   */
  async function choose(failed: readonly NoReply[], unexplained: ReadonlyMap<readonly SignerId[], Doubtful>): Promise<readonly SignerId[]> {
    const earlier = remembered().filter(({ participants }) => !unexplained.has(participants));
    const doubt = (id: SignerId): number => {
      const verdict = failed.find(({ signerId }) => signerId === id);
      const seen = (verdict === undefined || isOwn(verdict) ? 0 : BLAMED) + doubtFor(id, unexplained.values());
      return (verdict !== undefined && isOwn(verdict) ? OWN : 0) + SEEN * seen + doubtFor(id, earlier);
    };
    const lasting = failed.filter((answer) => !isPassing(answer));
    try {
      const excluded = new Set(lasting.map(({ signerId }) => signerId));
      // Others may be back by now.
      return await signers.pick(threshold, excluded, doubt, failed.length + unexplained.size > 0);
    } catch (refusal) {
      throw failed.length === 0 ? refusal : (commonRefusal(failed, 1) ?? explain(failed, 'signature/failed'));
    }
  }

  /** Who is to blame for a failed attempt: who is away, who refused, whom the others name; all of them where nobody is. */
  async function blame(answers: readonly Outcome<'sign'>[]): Promise<readonly NoReply[]> {
    const participants = answers.map(({ signerId }) => signerId);
    const absent = new Set(await signers.absent(participants));
    const named = new Set(answers.flatMap(({ refusal }) => (refusal?.code === 'signature/failed' ? refusal.detail['signers'] : [])));
    const verdicts = answers.map(
      ({ signerId, reply, refusal }): NoReply => ({ signerId, refusal: reply === null ? refusal : failure(), silent: absent.has(signerId) }),
    );
    const guilty = verdicts.filter(
      ({ signerId, refusal, silent }) => silent || named.has(signerId) || (refusal !== null && refusal.code !== 'signature/failed'),
    );
    return guilty.length > 0 ? guilty.map((one) => ({ ...one, refusal: one.silent ? null : (one.refusal ?? failure()) })) : verdicts;
  }

  const failure = (): Refusal => new Refusal('signature/failed');

  return async (evidence, certificate, digest) => {
    const publicKey = hex.decode(certificate.body.publicKey);
    const end = Math.min(now() + SIGN_DEADLINE_MS, Number(evidence.statement.expiresAt));
    const failed = new Map<SignerId, NoReply>();
    const unexplained = new Map<readonly SignerId[], Doubtful>();
    const running = new Map<Promise<null>, readonly SignerId[]>();
    const watches: (() => void)[] = [];
    const won = Promise.withResolvers<EcdsaSignature>();
    let over = false;
    let ownRivals = 0;

    /** Ends once it has won, or it is known who is to blame that it has not. */
    async function conduct(attempt: number, participants: readonly SignerId[], missed: () => void): Promise<null> {
      const deadline = Math.min(now() + ATTEMPT_DEADLINE_MS, end);
      const begun = performance.now();
      const giveUp = new AbortController();
      const asked = signers.ask('sign', participants, { evidence, certificate, participants: [...participants], attempt }, { deadline, signal: giveUp.signal });
      const done = signers.watch(participants, giveUp, missed);
      watches.push(done);
      const good = asked.map(async (asking) => {
        const answer = await asking;
        const signature = answer.reply === null ? null : checked(answer.reply, digest, publicKey);
        if (signature !== null) return signature;
        if (answer.reply !== null) log.warn({ event: 'bad-signature', signerId: answer.signerId }, 'a signer answered with a signature that does not verify');
        void pause(GRACE_MS).then(() => giveUp.abort());
        throw failure();
      });
      // The first good one is the signature: every participant has the same.
      const signature = await Promise.any(good)
        .catch(() => null)
        .finally(done);
      // It was only slow.
      if (signature !== null) forget(participants);
      if (over) return null;
      if (signature !== null) {
        pace.took(performance.now() - begun);
        won.resolve(signature);
        return null;
      }
      const guilty = await blame(await Promise.all(asked));
      for (const one of guilty) failed.set(one.signerId, one);
      if (!guilty.some(isOwn)) suspect({ waitedFor: new Set(), ...unexplained.get(participants), participants });
      return null;
    }

    function suspect(one: Doubtful): void {
      unexplained.set(one.participants, one);
      remember(one);
    }

    /** Resolves when this session takes too long and there is room for a rival. */
    async function late(session: Promise<null>, missed: Promise<void>): Promise<null> {
      const begun = performance.now();
      // On a busy machine everybody misses looks: nothing is late that has not taken as long as others do.
      const usually = missed.then(() => pause(Math.max(0, pace.usualMs() - (performance.now() - begun))));
      await Promise.race([usually, pause(pace.lateMs())]);
      const participants = running.get(session);
      if (participants === undefined || over) return null;
      const waitedFor = await signers.waitedFor(participants);
      if (!running.has(session)) return null;
      suspect({ participants, waitedFor });
      log.info({ event: 'session-late', signers: participants, waitedFor: [...waitedFor] }, 'a session is late: others take over beside it');
      while (rivals >= MOST_RIVALS && !over) await pause(ROOM_MS);
      return null;
    }

    const begin = (attempt: number, participants: readonly SignerId[]): Promise<null> => {
      const missed = Promise.withResolvers<void>();
      const session = conduct(attempt, participants, missed.resolve).finally(() => running.delete(session));
      if (running.size > 0) {
        rivals++;
        ownRivals++;
      }
      running.set(session, participants);
      return Promise.race([session, late(session, missed.promise)]);
    };

    try {
      for (let attempt = 1; now() < end && (attempt <= MAX_ATTEMPTS || running.size > 0); ) {
        const common = commonRefusal([...failed.values()], n - threshold + 1);
        if (common !== null) throw common;
        const next = attempt > MAX_ATTEMPTS ? null : await Promise.race([won.promise.then(() => null), chosenBeside()]);
        // Where nobody else is left, those that run may still come to an end.
        const under = next !== null ? begin(attempt++, next) : running.size === 0 ? null : Promise.race(running.keys());
        const signature = await Promise.race([won.promise, under]);
        if (signature !== null) return signature;
      }
    } finally {
      over = true;
      rivals -= ownRivals;
      for (const done of watches) done();
    }
    throw commonRefusal([...failed.values()], n - threshold + 1) ?? explain([...failed.values()], 'signature/failed');

    /** Whom to ask next; `null` where that would be a session that is under way. */
    async function chosenBeside(): Promise<readonly SignerId[] | null> {
      try {
        const participants = await choose([...failed.values()], unexplained);
        return [...running.values()].some((others) => others.join() === participants.join()) ? null : participants;
      } catch (refusal) {
        if (running.size > 0) return null;
        throw refusal;
      }
    }
  };
}

function doubtFor(id: SignerId, sessions: Iterable<Doubtful>): number {
  let sum = 0;
  for (const { participants, waitedFor } of sessions) {
    if (participants.includes(id)) sum += waitedFor.size === 0 ? UNEXPLAINED : waitedFor.has(id) ? WAITED_FOR : BESIDE;
  }
  return sum;
}

/** Whether it was away or refused by itself; otherwise a session failed in which it took part. */
const isOwn = ({ silent, refusal }: NoReply): boolean => silent || (refusal !== null && refusal.code !== 'signature/failed');

/** The signature if it verifies, with s in the lower half and the recovery id that yields the key; `null` otherwise. */
function checked(reply: ReplyOf<'sign'>, digest: Uint8Array, publicKey: Uint8Array): EcdsaSignature | null {
  const [r, s] = [hex.decode(reply.r), hex.decode(reply.s)];
  const signature = concat(r, s);
  if (!verifyEcdsa(publicKey, digest, signature)) return null;
  const recovered = secp256k1.recoverPublicKey(concat(Uint8Array.of(reply.recid), signature), digest, { prehash: false });
  return equal(recovered, publicKey) ? { r, s, recid: reply.recid } : null;
}
