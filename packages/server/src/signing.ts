/**
 * Signatures: t ready signers make one together; where one of them fails, others take over while the request lives. A
 * request with an external id is made once, however often it is sent.
 *
 * @module
 */
import { type AuthorityState, authorize, requireSigning, verifyEvidence } from '@quorate/authority';
import { digestOf, type EcdsaSignature, encodeSignature, type Network, networkOf } from '@quorate/chains';
import { deriveId, type Evidence, type Genesis, isRefusal, KeyCertificate, Refusal, type SignatureBody, type SignatureId, type TokenId } from '@quorate/wire';
import { pause } from './background.ts';
import { certifiedKeyOf } from './certified-key.ts';
import type { Db } from './db.ts';
import type { Log } from './log.ts';
import { measure, type Measured, type Meter } from './meter.ts';
import type { ServerHooks } from './options.ts';
import type { KeyRow, SignatureRow, WalletRow } from './schema.ts';
import { createSignSession, SIGN_DEADLINE_MS } from './sign-session.ts';
import type { Signers } from './signers.ts';

/** How often a request that another server makes is looked at. */
const LOOK_MS = 100;

export interface SigningRequest {
  readonly evidence: Evidence;
  readonly body: SignatureBody;
  readonly key: KeyRow;
  /** `null` on the key endpoint. */
  readonly wallet: WalletRow | null;
  /** Of the bearer token that came with the request. */
  readonly tokenId: TokenId;
}

export interface Signing {
  /**
   * @throws {Refusal} `key/retired`, `key/archived`, `key/not-owner`, `signature/*`, `external-id/conflict`, `signers/unavailable`, or what signers refuse
   */
  sign(state: AuthorityState, request: SigningRequest): Promise<SignatureRow>;
  /** Ends requests that were under way when their server died and whose evidence nobody can use any more. */
  sweep(): Promise<void>;
  /** Ends all that are under way: for the start of a server that has the database to itself. */
  abandon(): Promise<void>;
}

export function createSigning(o: { db: Db; genesis: Genesis; signers: Signers; now: () => number; log: Log; meter: Meter; hooks: ServerHooks }): Signing {
  const { db, now, log, meter, hooks } = o;
  const session = createSignSession(o);
  /** Requests of this process, so that a repeat gets the finished one. */
  const underWay = new Map<SignatureId, Promise<SignatureRow>>();

  /** The request as it ends, by whichever server makes it. @throws {Refusal} `signature/failed` */
  async function ended(first: SignatureRow): Promise<SignatureRow> {
    const own = underWay.get(first.id);
    if (own !== undefined) return own;
    let row = first;
    for (const until = now() + SIGN_DEADLINE_MS; row.status === 'Executing' && now() < until; ) {
      await pause(LOOK_MS);
      row = await db.selectFrom('signatures').selectAll().where('id', '=', first.id).executeTakeFirstOrThrow();
    }
    if (row.status === 'Failed') throw new Refusal('signature/failed');
    return row;
  }

  /** The row of this request, new or as an earlier request with its external id made it. */
  async function record(
    { evidence, body, key, wallet, tokenId }: SigningRequest,
    id: SignatureId,
  ): Promise<{ readonly row: SignatureRow; readonly isNew: boolean }> {
    const { statement, payload } = evidence;
    const path = statement.path.split('?', 1)[0] ?? '';
    for (;;) {
      const row = await db
        .insertInto('signatures')
        .values({
          id,
          key_id: key.id,
          wallet_id: wallet?.id ?? null,
          network: wallet?.network ?? body.network ?? null,
          external_id: body.externalId ?? null,
          path,
          body: payload,
          user_id: statement.userId,
          token_id: tokenId,
          status: 'Executing',
          reason: null,
          signature: null,
          requested_at: now(),
          expires_at: Number(statement.expiresAt),
          signed_at: null,
        })
        .onConflict((conflict) => conflict.column('external_id').where('external_id', 'is not', null).where('status', '!=', 'Failed').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined) return { row, isNew: true };
      const first = await db
        .selectFrom('signatures')
        .selectAll()
        .where('external_id', '=', body.externalId ?? '')
        .where('status', '!=', 'Failed')
        .executeTakeFirst();
      // It failed in this very moment and has given its external id free.
      if (first === undefined) continue;
      if (first.path !== path || first.body !== payload)
        throw new Refusal('external-id/conflict', { duplicate: { id: first.id, externalId: body.externalId ?? '' } });
      return { row: first, isNew: false };
    }
  }

  const set = (id: SignatureId, values: Partial<Pick<SignatureRow, 'status' | 'reason' | 'signature' | 'signed_at'>>): Promise<SignatureRow> =>
    db.updateTable('signatures').set(values).where('id', '=', id).returningAll().executeTakeFirstOrThrow();

  async function execute(
    id: SignatureId,
    { evidence, body, key }: SigningRequest,
    { network, digest, measured }: { network: Network | null; digest: Uint8Array; measured: Measured<'signers' | 'store'> },
  ): Promise<SignatureRow> {
    let raw: EcdsaSignature;
    try {
      raw = await session(evidence, KeyCertificate.parse(JSON.parse(key.certificate)), digest);
    } catch (error) {
      await set(id, { status: 'Failed', reason: isRefusal(error) ? error.message : 'Internal Server Error' });
      throw error;
    }
    measured.passed('signers');
    const signature = JSON.stringify(encodeSignature(network, body, raw));
    const row = await set(id, { status: 'Signed', signature, signed_at: now() });
    hooks.durable?.('signature/stored');
    measured.passed('store');
    log.info({ event: 'signed', signatureId: id, keyId: key.id }, 'a signature is made');
    return row;
  }

  async function end(expiredBefore: number): Promise<void> {
    await db
      .updateTable('signatures')
      .set({ status: 'Failed', reason: 'The server stopped before the signature was made.' })
      .where('status', '=', 'Executing')
      .where('expires_at', '<', expiredBefore)
      .execute();
  }

  return {
    async sign(state, request) {
      using measured = measure(meter, 'sign');
      const { evidence, body, key, wallet } = request;
      const verified = await verifyEvidence(state, evidence, { now: now() });
      authorize(state, verified);
      requireSigning(state, certifiedKeyOf(key), verified.user.id);
      const network = wallet === null ? null : networkOf(wallet.network);
      const digest = digestOf(network, body);
      if (key.exported_at !== null) throw new Refusal('key/retired', { keyId: key.id, dateExported: new Date(key.exported_at).toISOString() });
      const { row, isNew } = await record(request, deriveId('sig', 0, verified.challenge));
      measured.passed('verify');
      if (!isNew) {
        const other = await ended(row);
        measured.done();
        return other;
      }
      const work = (async () => {
        hooks.durable?.('signature/requested');
        return execute(row.id, request, { network, digest, measured });
      })();
      underWay.set(row.id, work);
      const signed = await work.finally(() => underWay.delete(row.id));
      measured.done();
      return signed;
    },

    sweep: () => end(now() - SIGN_DEADLINE_MS),
    abandon: () => end(Number.MAX_SAFE_INTEGER),
  };
}
