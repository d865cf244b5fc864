/**
 * Making keys: the request goes to all n signers, and only a certificate that all n have signed makes a key and its
 * wallet exist here.
 *
 * @module
 */
import {
  type AuthorityState,
  authorize,
  keygenPlan,
  type KeygenPlan,
  requireDelegatee,
  type Roster,
  verifyBySigner,
  verifyEvidence,
  verifyKeyCertificate,
} from '@quorate/authority';
import { addressOf, networkOf } from '@quorate/chains';
import { canonicalJson, type Evidence, type Genesis, hex, type KeyCertificate, type KeyCertificateBody, Refusal, schemes, type SignerId } from '@quorate/wire';
import { pause } from './background.ts';
import type { Db } from './db.ts';
import type { Log } from './log.ts';
import { measure, type Meter } from './meter.ts';
import { commonRefusal, explain } from './no-answer.ts';
import type { ServerHooks } from './options.ts';
import type { KeyRow, WalletRow } from './schema.ts';
import type { Outcome, Signers } from './signers.ts';

export const KEYGEN_DEADLINE_MS = 20_000;
/** Once one signer has refused no key comes of it; how long the others' reasons are waited for. */
const GRACE_MS = 300;

export interface MadeKey {
  readonly key: KeyRow;
  readonly wallet: WalletRow | null;
}

export interface Keygen {
  /**
   * @param labels - what the caller calls the key or wallet; no signer cares
   * @throws {Refusal} `request/unsupported`, `signers/unavailable`, `key/failed`, `signers/disagree` naming who, or what the signers refuse
   */
  make(state: AuthorityState, evidence: Evidence, labels: { readonly name?: string | undefined; readonly externalId?: string | undefined }): Promise<MadeKey>;
}

export function createKeygen(o: {
  db: Db;
  genesis: Genesis;
  roster: () => Roster;
  signers: Signers;
  now: () => number;
  log: Log;
  meter: Meter;
  hooks: ServerHooks;
}): Keygen {
  const { db, genesis, roster, signers, now, log, meter, hooks } = o;
  const n = genesis.signers.length;

  async function certify(evidence: Evidence, plan: KeygenPlan): Promise<KeyCertificate> {
    const giveUp = new AbortController();
    const asked = signers.ask('keygen', signers.ids, { evidence, attempt: 1 }, { deadline: now() + KEYGEN_DEADLINE_MS, signal: giveUp.signal });
    for (const answer of asked) {
      void answer.then(({ reply }) => (reply === null ? pause(GRACE_MS).then(() => giveUp.abort()) : undefined));
    }
    const done = signers.watch(signers.ids, giveUp);
    const answers = await Promise.all(asked).finally(done);
    const replies = answers.map(({ reply }) => reply).filter((reply) => reply !== null);
    const [first] = replies;
    if (first === undefined || replies.length < n) {
      const absent = new Set(await signers.absent(signers.ids));
      const others = answers.filter(({ reply }) => reply === null).map((answer) => ({ ...answer, silent: absent.has(answer.signerId) }));
      throw commonRefusal(others, n - genesis.threshold + 1) ?? explain(others, 'key/failed');
    }
    const odd = await oddOnes(roster(), answers);
    if (odd.length > 0) throw new Refusal('signers/disagree', { signers: odd });
    const certificate = { body: first.body, signatures: replies.map(({ signature }) => signature) };
    await verifyKeyCertificate(roster(), certificate);
    if (!fitsPlan(first.body, plan)) throw new Refusal('certificate/invalid', { reason: 'not what was asked for', keyId: plan.keyId });
    return certificate;
  }

  return {
    async make(state, evidence, { name, externalId }) {
      using measured = measure(meter, 'keygen');
      const verified = await verifyEvidence(state, evidence, { now: now() });
      authorize(state, verified);
      const plan = keygenPlan(verified, (network) => networkOf(network)?.scheme ?? null);
      if (plan.birth.delegation === 'born') requireDelegatee(state, plan.ownerId);
      measured.passed('verify');
      await signers.need(n);
      measured.passed('ready');
      const certificate = await certify(evidence, plan);
      measured.passed('signers');
      const { body } = certificate;
      const network = plan.network === '' ? null : networkOf(plan.network);
      const createdAt = Number(evidence.statement.issuedAt);
      const made = await db.transaction().execute(async (tx) => {
        const key = await tx
          .insertInto('keys')
          .values({
            id: plan.keyId,
            scheme: body.scheme,
            curve: body.curve,
            public_key: body.publicKey,
            owner_id: plan.ownerId,
            name: plan.walletId === '' ? (name ?? null) : null,
            certificate: JSON.stringify(certificate),
            challenge: verified.challenge,
            created_at: createdAt,
            exported_at: null,
            birth: JSON.stringify(plan.birth),
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        if (plan.walletId === '' || network === null) return { key, wallet: null };
        const wallet = await tx
          .insertInto('wallets')
          .values({
            id: plan.walletId,
            key_id: plan.keyId,
            network: network.name,
            address: addressOf(network, hex.decode(body.publicKey)) ?? null,
            name: name ?? null,
            external_id: externalId ?? null,
            owner_id: plan.ownerId,
            created_at: createdAt,
            request: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        return { key, wallet };
      });
      hooks.durable?.('key/stored');
      measured.passed('store');
      measured.done();
      log.info({ event: 'key-made', keyId: plan.keyId }, 'a key has its certificate');
      return made;
    },
  };
}

/** Who answers something else than most do, or without a signature of its own under it. */
async function oddOnes(roster: Roster, answers: readonly Outcome<'keygen'>[]): Promise<readonly SignerId[]> {
  const alike = [...Map.groupBy(answers, ({ reply }) => (reply === null ? '' : canonicalJson(reply.body))).values()];
  const most = alike.reduce((best, some) => (some.length > best.length ? some : best));
  const good = await Promise.all(
    most.map(async ({ signerId, reply }) => {
      if (reply === null || reply.signature.signerId !== signerId) return null;
      return (await verifyBySigner(roster, 'certificate', { body: reply.body, ...reply.signature }, 0)) ? signerId : null;
    }),
  );
  return answers.map(({ signerId }) => signerId).filter((id) => !good.includes(id));
}

function fitsPlan(body: KeyCertificateBody, plan: KeygenPlan): boolean {
  const { scheme, curve } = schemes[plan.scheme];
  return (
    body.keyId === plan.keyId &&
    body.walletId === plan.walletId &&
    body.network === plan.network &&
    body.ownerId === plan.ownerId &&
    body.scheme === scheme &&
    body.curve === curve
  );
}
