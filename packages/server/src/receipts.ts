/**
 * Receipts: the server keeps the requests, and what signers say of the credentials behind them, and puts the file
 * together when it is asked for. It signs nothing of it and nobody has to believe it.
 *
 * @module
 */
import { assembleReceipt, isRotated, lastActOf, lastRotationIn, type Roster, verifyBySigner, withActs } from '@quorate/authority';
import {
  type ActRecord,
  type Authorization,
  AuthorizationBody,
  canonicalJson,
  type Challenge,
  Evidence,
  type ExportAnswer,
  type KeyId,
  MAX_RECEIPT_BYTES,
  type Receipt,
  Refusal,
  type ReplyOf,
  type RequestOf,
  writeReceipt,
} from '@quorate/wire';
import type { Db } from './db.ts';

/** Serves certified acts in pages. */
export type Chain = (request: RequestOf<'chain'>) => Promise<ReplyOf<'chain'>>;
const PAGE = 100;

export interface Receipts {
  /** Keeps what is signed, and about this export, of a signer's reply. */
  keep(keyId: KeyId, encryptionKey: string, authorization: Authorization | undefined): Promise<void>;
  /** What a receipt needs beside releases and tombstones: of the requests that the releases were made for. */
  pieces(keyId: KeyId, challenges: readonly Challenge[]): Promise<Required<Pick<ExportAnswer, 'requests' | 'authorizations'>>>;
  /** With all acts where that is wanted or the keys need it. @throws {Refusal} `receipt/incomplete`, `receipt/too-large` */
  of(answer: ExportAnswer, chain: Chain, full: boolean): Promise<Receipt>;
}

export function createReceipts({ db, roster }: { readonly db: Db; readonly roster: () => Roster }): Receipts {
  /** @throws {Refusal} `receipt/too-large` as soon as they are */
  async function actsTo(head: number, chain: Chain): Promise<ActRecord[]> {
    const acts: ActRecord[] = [];
    let chars = 0;
    while (acts.length < head) {
      const page = await chain({ after: acts.at(-1)?.number ?? 0, limit: Math.min(PAGE, head - acts.length) });
      if (page.acts.length === 0) break;
      chars += JSON.stringify(page.acts).length;
      if (chars > MAX_RECEIPT_BYTES) throw new Refusal('receipt/too-large');
      acts.push(...page.acts);
    }
    return acts;
  }

  return {
    async keep(keyId, encryptionKey, authorization) {
      if (authorization === undefined) return;
      const { body, signatures } = authorization;
      const keys = roster();
      if (body.genesisHash !== keys.genesisHash || body.keyId !== keyId || body.encryptionKey !== encryptionKey) return;
      const good = await Promise.all(signatures.map((signature) => verifyBySigner(keys, 'authorization', { body, ...signature }, body.headNumber)));
      const rows = signatures
        .filter((_, i) => good[i])
        .map(({ signerId, signature }) => ({
          key_id: keyId,
          encryption_key: encryptionKey,
          challenge: body.challenge,
          head_hash: body.headHash,
          signer_id: signerId,
          body: canonicalJson(body),
          signature,
        }))
        // In one order, or two that bring the same wait for each other.
        .sort((a, b) => (a.signer_id < b.signer_id ? -1 : 1));
      if (rows.length === 0) return;
      await db
        .insertInto('authorizations')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['key_id', 'challenge', 'head_hash', 'signer_id']).doNothing())
        .execute();
    },

    async pieces(keyId, challenges) {
      const named = [...new Set(challenges)];
      if (named.length === 0) return { requests: [], authorizations: [] };
      const requests = await db.selectFrom('exports').select('evidence').where('key_id', '=', keyId).where('challenge', 'in', named).orderBy('seq').execute();
      const said = await db.selectFrom('authorizations').selectAll().where('key_id', '=', keyId).where('challenge', 'in', named).orderBy('signer_id').execute();
      const byBody = Map.groupBy(said, ({ body }) => body);
      return {
        requests: requests.flatMap(({ evidence }) => (evidence === null ? [] : [Evidence.parse(JSON.parse(evidence))])),
        authorizations: [...byBody].map(([body, rows]) => ({
          body: AuthorizationBody.parse(JSON.parse(body)),
          signatures: rows.map(({ signer_id: signerId, signature }) => ({ signerId, signature })),
        })),
      };
    },

    async of({ keyCertificate, releases, tombstones, requests = [], authorizations = [] }, chain, full) {
      const keys = roster();
      const bare = await assembleReceipt(keys, { certificate: keyCertificate, requests, authorizations, releases, tombstones });
      // A rotated key explains itself to nobody who has the genesis alone.
      const attach = full || (isRotated(keys) && (await lastRotationIn(keys, bare)) > 0);
      const receipt = attach ? await withActs(keys, bare, await actsTo(await lastActOf(keys, bare), chain)) : bare;
      // Its members in the order of the file, so that the answer's text is the file's.
      return JSON.parse(writeReceipt(receipt)) as Receipt;
    },
  };
}
