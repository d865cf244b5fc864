/**
 * The sessions of one signature: t ready signers try; where one of them fails, others take over, three times at most and
 * while the request lives.
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { EcdsaSignature } from '@quorate/chains';
import { concat, equal, type Evidence, type Genesis, hex, type KeyCertificate, Refusal, type ReplyOf, type SignerId, verifyEcdsa } from '@quorate/wire';
import { pause } from './background.ts';
import type { Log } from './log.ts';
import { commonRefusal, explain, isPassing, type NoReply } from './no-answer.ts';
import type { Outcome, Signers } from './signers.ts';

/** All attempts together, and each of them, in milliseconds. */
export const SIGN_DEADLINE_MS = 90_000;
export const ATTEMPT_DEADLINE_MS = 45_000;
const ATTEMPTS = [1, 2, 3] as const;
/** Once one participant has failed the session is lost; how long the others' reasons are waited for. */
const GRACE_MS = 200;

/** @throws {Refusal} `signers/unavailable`, `signature/failed`, or what the signers refuse */
export type SignSession = (evidence: Evidence, certificate: KeyCertificate, digest: Uint8Array) => Promise<EcdsaSignature>;

export function createSignSession({ genesis, signers, now, log }: { genesis: Genesis; signers: Signers; now: () => number; log: Log }): SignSession {
  const { threshold } = genesis;
  const n = genesis.signers.length;

  /**
   * Last those who themselves were away or refused, then those who took part in the most sessions that failed for no such
   * reason, then those whom others blame. Blame is what participants say: were it decisive, a liar could name one after
   * the other until only sessions with itself are left.
   */
  async function choose(failed: readonly NoReply[], unexplained: readonly (readonly SignerId[])[]): Promise<readonly SignerId[]> {
    const doubt = (id: SignerId): number => {
      const verdict = failed.find(({ signerId }) => signerId === id);
      const sessions = unexplained.filter((participants) => participants.includes(id)).length;
      return (verdict === undefined ? 0 : isOwn(verdict) ? 100 : 1) + 2 * sessions;
    };
    const lasting = failed.filter((answer) => !isPassing(answer));
    try {
      return await signers.pick(threshold, new Set(lasting.map(({ signerId }) => signerId)), doubt);
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
    const unexplained: (readonly SignerId[])[] = [];
    for (const attempt of ATTEMPTS) {
      const participants = await choose([...failed.values()], unexplained);
      const deadline = Math.min(now() + ATTEMPT_DEADLINE_MS, end);
      if (deadline <= now()) break;
      const giveUp = new AbortController();
      const asked = signers.ask('sign', participants, { evidence, certificate, participants: [...participants], attempt }, { deadline, signal: giveUp.signal });
      const done = signers.watch(participants, giveUp);
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
      if (signature !== null) return signature;
      const guilty = await blame(await Promise.all(asked));
      for (const one of guilty) failed.set(one.signerId, one);
      if (!guilty.some(isOwn)) unexplained.push(participants);
      const common = commonRefusal([...failed.values()], n - threshold + 1);
      if (common !== null) throw common;
    }
    throw explain([...failed.values()], 'signature/failed');
  };
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
