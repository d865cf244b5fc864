/**
 * Exports: the request goes to all signers at once; each decides by itself, retires the key and releases its share,
 * sealed to the caller's key. The server passes on what it cannot open, keeps it, and says when it is enough.
 *
 * @module
 */
import {
  type AuthorityState,
  authorize,
  type CountsFrom,
  requireExporting,
  requireOwner,
  type Roster,
  verifyBySigner,
  verifyEvidence,
} from '@quorate/authority';
import {
  b64,
  type Challenge,
  Evidence,
  type ExportAnswer,
  type ExportBody,
  fits,
  type Genesis,
  KeyCertificate,
  type KeyId,
  parseEncryptionKey,
  type Receipt,
  Refusal,
  type ReplyOf,
  SignedRelease,
  SignedTombstone,
  type SignerId,
  schemeOf,
  schemes,
  sha256Hex,
  type UserId,
} from '@quorate/wire';
import { type Background, pause } from './background.ts';
import { certifiedKeyOf } from './certified-key.ts';
import type { Db } from './db.ts';
import type { Log } from './log.ts';
import { measure, type Meter } from './meter.ts';
import { commonRefusal, explain, type NoReply } from './no-answer.ts';
import type { ServerHooks } from './options.ts';
import { type Chain, createReceipts } from './receipts.ts';
import type { KeyRow } from './schema.ts';
import type { Signers } from './signers.ts';

export const EXPORT_DEADLINE_MS = 15_000;
/** How long the remaining signers are waited for once enough have released. */
const GRACE_MS = 1_000;

export interface Exports {
  /** @throws {Refusal} `export/*`, `signers/unavailable`, or what the signers refuse */
  run(state: AuthorityState, evidence: Evidence, body: ExportBody, key: KeyRow): Promise<ExportAnswer>;
  /** Everything stored for this user's last export of the key. @throws {Refusal} `export/none` */
  last(userId: UserId, key: KeyRow): Promise<ExportAnswer>;
  /** The receipt of this user's last export of the key, with all acts where that is wanted or needed. @throws {Refusal} `export/none`, `receipt/*` */
  receipt(userId: UserId, key: KeyRow, chain: Chain, full: boolean): Promise<Receipt>;
}

export function createExports(o: {
  db: Db;
  genesis: Genesis;
  genesisHash: string;
  roster: () => Roster;
  signers: Signers;
  now: () => number;
  background: Background;
  log: Log;
  meter: Meter;
  hooks: ServerHooks;
}): Exports {
  const { db, genesis, genesisHash, roster, signers, now, background, log, meter, hooks } = o;
  const { threshold } = genesis;
  const n = genesis.signers.length;
  const receipts = createReceipts({ db, roster });

  /**
   * Whether a release is what its signer owes: its own share of this key, for this encryption key, and these bytes. One
   * that is not is passed on as well, so that the client sees who sent it, but it does not count.
   */
  async function isOwed(
    certificate: KeyCertificate,
    encryptionKey: string,
    signerId: SignerId,
    { release, encryptedKeyShare }: ReplyOf<'export'>,
  ): Promise<boolean> {
    const { body } = release;
    const made = certificate.body;
    const rank = made.signers.indexOf(signerId);
    return (
      release.signerId === signerId &&
      body.genesisHash === genesisHash &&
      body.keyId === made.keyId &&
      body.walletId === made.walletId &&
      body.encryptionKey === encryptionKey &&
      body.index === rank + 1 &&
      body.publicShare === made.publicShares[rank] &&
      body.publicShares.join() === made.publicShares.join() &&
      body.ciphertextHash === hashOf(encryptedKeyShare) &&
      // The link has proven that it comes from this signer, as its keys are now; it may have signed it with earlier ones.
      (await verifyBySigner(roster(), 'release', release, 0))
    );
  }

  /** From which head on keys count for what is said of a request: the one that it names. Nobody spoke of it before. */
  async function askedAt(challenge: Challenge): Promise<CountsFrom> {
    const row = await db.selectFrom('exports').select('evidence').where('challenge', '=', challenge).executeTakeFirst();
    return row?.evidence == null ? 'present' : Number(Evidence.parse(JSON.parse(row.evidence)).statement.headNumber);
  }

  /**
   * Keeps one signer's answer: its piece and the tombstones that came with it. The key counts as retired with those of a
   * quorum for one request: fewer may all be lies, and what signers still sign the server must not refuse for good.
   */
  async function keep(keyId: KeyId, encryptionKey: string, signerId: SignerId, reply: ReplyOf<'export'>, valid: boolean): Promise<void> {
    const known = await Promise.all(
      reply.tombstones.map(async (statement) =>
        statement.body.keyId === keyId &&
        statement.body.genesisHash === genesisHash &&
        (await verifyBySigner(roster(), 'tombstone', statement, await askedAt(statement.body.challenge)))
          ? statement
          : null,
      ),
    );
    const tombstones = known.filter((statement) => statement !== null);
    await receipts.keep(keyId, encryptionKey, reply.authorization);
    await db.transaction().execute(async (tx) => {
      // One answer at a time: two that each bring the last statement but one would both count too few.
      await tx.selectFrom('keys').select('id').where('id', '=', keyId).forUpdate().execute();
      await tx
        .insertInto('export_pieces')
        .values({
          key_id: keyId,
          encryption_key: encryptionKey,
          signer_id: signerId,
          release: JSON.stringify(reply.release),
          encrypted_key_share: reply.encryptedKeyShare,
          valid,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['key_id', 'encryption_key', 'signer_id'])
            .doUpdateSet((eb) => ({
              release: eb.ref('excluded.release'),
              encrypted_key_share: eb.ref('excluded.encrypted_key_share'),
              valid: eb.ref('excluded.valid'),
            }))
            // A good piece stays, whatever its signer says later.
            .where('export_pieces.valid', '=', false),
        )
        .execute();
      if (tombstones.length === 0) return;
      await tx
        .insertInto('tombstones')
        .values(
          tombstones.map((t) => ({
            key_id: keyId,
            challenge: t.body.challenge,
            signer_id: t.signerId,
            encryption_key: t.body.encryptionKey,
            statement: JSON.stringify(t),
          })),
        )
        .onConflict((conflict) => conflict.columns(['key_id', 'challenge', 'signer_id']).doNothing())
        .execute();
      for (const challenge of new Set(tombstones.map(({ body }) => body.challenge))) {
        const held = await tx.selectFrom('tombstones').select('statement').where('key_id', '=', keyId).where('challenge', '=', challenge).execute();
        if (held.length < threshold) continue;
        // What a signer says of the time is its word alone: it stays between the key's birth and now.
        const first = Math.min(now(), ...held.map(({ statement }) => SignedTombstone.parse(JSON.parse(statement)).body.time));
        await tx
          .updateTable('keys')
          .set((eb) => ({ exported_at: eb.fn<number>('greatest', ['created_at', eb.val(first)]) }))
          .where('id', '=', keyId)
          .where('exported_at', 'is', null)
          .execute();
      }
    });
    hooks.durable?.('export/piece');
  }

  /** Whether a quorum says that it has retired the key, which is what an honest release brings along. Fewer may be lying. */
  async function isRetired(keyId: KeyId): Promise<boolean> {
    const { exported_at: retiredAt } = await db.selectFrom('keys').select('exported_at').where('id', '=', keyId).executeTakeFirstOrThrow();
    return retiredAt !== null;
  }

  async function hasPiece(keyId: KeyId, encryptionKey: string): Promise<boolean> {
    const pieces = db.selectFrom('export_pieces').select('key_id').where('key_id', '=', keyId).where('encryption_key', '=', encryptionKey);
    return (await pieces.executeTakeFirst()) !== undefined;
  }

  async function gather(evidence: Evidence, certificate: KeyCertificate, encryptionKey: string): Promise<void> {
    const { keyId } = certificate.body;
    const good = new Set<SignerId>();
    const others: NoReply[] = [];
    const enough = Promise.withResolvers<void>();
    const asked = signers.ask('export', signers.ids, { evidence, certificate }, { deadline: now() + EXPORT_DEADLINE_MS });
    const all = Promise.all(
      asked.map(async (asking) => {
        const answer = await asking;
        if (answer.reply === null) {
          others.push(answer);
          return;
        }
        const valid = await isOwed(certificate, encryptionKey, answer.signerId, answer.reply);
        await keep(keyId, encryptionKey, answer.signerId, answer.reply, valid);
        if (valid) good.add(answer.signerId);
        else log.warn({ event: 'bad-release', signerId: answer.signerId, keyId }, 'a signer released something that is not its share');
        if (good.size >= threshold) enough.resolve();
      }),
    );
    // What comes after the answer is stored all the same.
    background.run('export', all);
    await Promise.race([all, enough.promise.then(() => pause(GRACE_MS))]);
    if (good.size >= threshold) return;
    const missing = signers.ids.filter((id) => !good.has(id));
    if (others.some(({ refusal }) => refusal?.code === 'export/unfinished') || (await isRetired(keyId))) throw new Refusal('export/unfinished', { missing });
    throw commonRefusal(others, n - threshold + 1) ?? explain(others, 'export/undecided');
  }

  async function answer(key: KeyRow, encryptionKey: string): Promise<ExportAnswer> {
    const pieces = await db.selectFrom('export_pieces').selectAll().where('key_id', '=', key.id).where('encryption_key', '=', encryptionKey).execute();
    const tombstones = await db.selectFrom('tombstones').select('statement').where('key_id', '=', key.id).where('encryption_key', '=', encryptionKey).execute();
    const wallets = await db.selectFrom('wallets').select('id').where('key_id', '=', key.id).orderBy('seq').execute();
    const bySigner = new Map(pieces.map((piece) => [piece.signer_id, piece]));
    const inOrder = signers.ids.map((id) => bySigner.get(id)).filter((piece) => piece !== undefined);
    if (inOrder.length === 0) throw new Refusal('export/none');
    const scheme = schemeOf(key.scheme, key.curve);
    if (scheme === null) throw new TypeError('a stored key has no known scheme');
    const shares = inOrder.map((piece) => ({ signerId: piece.signer_id, encryptedKeyShare: piece.encrypted_key_share }));
    const releases = inOrder.map((piece) => SignedRelease.parse(JSON.parse(piece.release)));
    return {
      publicKey: key.public_key,
      protocol: schemes[scheme].protocol,
      curve: key.curve,
      minSigners: threshold,
      encryptedKeyShares: shares,
      encryptedShares: shares,
      releases,
      tombstones: tombstones.map(({ statement }) => SignedTombstone.parse(JSON.parse(statement))),
      keyCertificate: KeyCertificate.parse(JSON.parse(key.certificate)),
      wallets: wallets.map(({ id }) => id),
      ...(await receipts.pieces(
        key.id,
        releases.map(({ body }) => body.challenge),
      )),
    };
  }

  /** @throws {Refusal} `export/none` */
  async function lastOf(userId: UserId, key: KeyRow): Promise<ExportAnswer> {
    const row = await db
      .selectFrom('exports')
      .select('encryption_key')
      .where('key_id', '=', key.id)
      .where('user_id', '=', userId)
      .orderBy('seq', 'desc')
      .executeTakeFirst();
    if (row === undefined) throw new Refusal('export/none');
    return answer(key, row.encryption_key);
  }

  return {
    async run(state, evidence, body, key) {
      using measured = measure(meter, 'export');
      const verified = await verifyEvidence(state, evidence, { now: now() });
      authorize(state, verified);
      if (!state.settings.exportEnabled) throw new Refusal('export/disabled');
      // What has begun for this pair is finished, whatever was decided of the key since.
      const require = (await hasPiece(key.id, body.encryptionKey)) ? requireOwner : requireExporting;
      require(state, certifiedKeyOf(key), verified.user.id);
      parseEncryptionKey(body.encryptionKey);
      const scheme = schemeOf(key.scheme, key.curve);
      if (scheme === null || !fits(scheme, body.supportedSchemes)) throw new Refusal('export/scheme');
      try {
        await signers.need(threshold);
      } catch (refusal) {
        throw (await isRetired(key.id)) ? new Refusal('export/unfinished', (refusal as Refusal).detail) : refusal;
      }
      await db
        .insertInto('exports')
        .values({
          challenge: verified.challenge,
          key_id: key.id,
          encryption_key: body.encryptionKey,
          user_id: verified.user.id,
          requested_at: now(),
          evidence: JSON.stringify(evidence),
        })
        .execute();
      hooks.durable?.('export/requested');
      measured.passed('verify');
      await gather(evidence, KeyCertificate.parse(JSON.parse(key.certificate)), body.encryptionKey);
      measured.passed('signers');
      log.info({ event: 'exported', keyId: key.id }, 'a key is exported');
      const answered = await answer(key, body.encryptionKey);
      measured.passed('answer');
      measured.done();
      return answered;
    },

    last: lastOf,
    receipt: async (userId, key, chain, full) => receipts.of(await lastOf(userId, key), chain, full),
  };
}

/** SHA-256 of the ciphertext's bytes; text that is no base64 hashes to nothing. */
function hashOf(encryptedKeyShare: string): string | null {
  try {
    return sha256Hex(b64.decode(encryptedKeyShare));
  } catch {
    return null;
  }
}
