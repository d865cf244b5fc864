/**
 * What server and signers say to each other: the body of every kind of envelope, parsed once where it arrives.
 * Bodies are UTF-8 JSON, except `protocol`, whose body is the MPC protocol's own bytes.
 *
 * @module
 */
import * as z from 'zod';
import { Evidence } from './evidence.ts';
import { KeyId, SignerId } from './ids.ts';
import {
  Authorization,
  KeyCertificate,
  KeyCertificateBody,
  SignedAck,
  SignedAuditHead,
  SignedAuthorization,
  SignedIntent,
  SignedRelease,
  SignedSnapshot,
  SignedTombstone,
  SignerSignature,
  MAX_SNAPSHOT_BYTES,
  SNAPSHOT_PIECE_BYTES,
} from './signed.ts';
import { Challenge, HashHex } from './statement.ts';

/** An act with the acknowledgements known for it. With a quorum of them it is certified. */
export const ActRecord = z.strictObject({ number: z.int().min(1), evidence: Evidence, acks: z.array(SignedAck).max(16) });
export type ActRecord = z.infer<typeof ActRecord>;

export const Head = z.strictObject({ number: z.int().min(0), hash: HashHex });
export type Head = z.infer<typeof Head>;

export const BuildReport = z.object({
  version: z.string(),
  impl: z.string(),
  implVersion: z.string(),
  bigint: z.enum(['gmp', 'num-bigint']),
  testFixtures: z.boolean(),
});

const Nothing = z.object({});
const Base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
/** A tombstone with everything a peer needs to set its own, whatever its age. */
const ProvenTombstone = {
  tombstone: SignedTombstone,
  evidence: Evidence,
  intents: z.array(SignedIntent).max(16),
  certificate: KeyCertificate,
  authorization: Authorization.optional(),
};
const ScalarHex = z.string().regex(/^[0-9a-f]{64}$/);

/** Calls: asked by `server` or by a `peer`, always answered (or refused). */
export const calls = {
  /** Am I well, where am I in the chain, what was I built from. */
  status: {
    request: Nothing,
    reply: z.object({
      signerId: SignerId,
      ready: z.boolean(),
      checks: z.record(z.string(), z.string()),
      head: Head,
      build: BuildReport,
      now: z.int(),
      /** Calls may come with the trace that they belong to. */
      traces: z.boolean().optional(),
      /** Whom it waits for in signing sessions that have come to a halt; this signer's word alone. */
      waitsFor: z.array(SignerId).max(16).optional(),
    }),
  },
  /** Offers act `number`; the answer is this signer's one acknowledgement for that number. */
  act: { request: ActRecord, reply: z.object({ ack: SignedAck }) },
  /** Hands over the certificate of an act, which makes it count. */
  certify: { request: z.object({ number: z.int().min(1), acks: z.array(SignedAck).max(16) }), reply: z.object({ head: Head }) },
  /** Certified acts after `after`, at most `limit`. */
  chain: { request: z.object({ after: z.int().min(0), limit: z.int().min(1).max(500) }), reply: z.object({ acts: z.array(ActRecord).max(500) }) },
  /**
   * What a signer that starts asks each peer: how my own audit trail ended when you last heard of it, where you stand and
   * what certifies it, and for which requests you have retired keys (after this challenge, in order; `more` if there are more).
   */
  recall: {
    request: z.object({ after: z.union([z.literal(''), Challenge]) }),
    reply: z.object({
      own: SignedAuditHead,
      yours: SignedAuditHead.nullable(),
      certificate: z.array(SignedAck).max(16),
      requests: z.array(Challenge).max(1000),
      more: z.boolean(),
    }),
  },
  /** What this signer says of the latest snapshots that it keeps of the organisation's state. */
  snapshots: { request: Nothing, reply: z.object({ statements: z.array(SignedSnapshot).max(2) }) },
  /** One piece, counted from 0, of the snapshot with these bytes. */
  snapshotPiece: {
    request: z.object({
      number: z.int().min(1),
      hash: HashHex,
      piece: z
        .int()
        .min(0)
        .max(MAX_SNAPSHOT_BYTES / SNAPSHOT_PIECE_BYTES),
    }),
    reply: z.object({ bytes: Base64.max(Math.ceil(SNAPSHOT_PIECE_BYTES / 3) * 4) }),
  },
  /** The tombstones set for these requests, as many of them as fit an answer. */
  tombstones: {
    request: z.object({ requests: z.array(Challenge).min(1).max(16) }),
    reply: z.object({ tombstones: z.array(z.object(ProvenTombstone)).max(16) }),
  },
  /** Makes the key that the evidence asks for, with all n signers; answers with this signer's part of its certificate. */
  keygen: {
    request: z.object({ evidence: Evidence, attempt: z.int().min(1).max(3) }),
    reply: z.object({ body: KeyCertificateBody, signature: SignerSignature }),
  },
  /** Signs what the evidence asks for, with exactly these participants. */
  sign: {
    request: z.object({ evidence: Evidence, certificate: KeyCertificate, participants: z.array(SignerId).min(2).max(16), attempt: z.int().min(1).max(3) }),
    reply: z.object({ r: ScalarHex, s: ScalarHex, recid: z.union([z.literal(0), z.literal(1)]) }),
  },
  /** Retires the key and releases this signer's share to the key that the evidence names. */
  export: {
    request: z.object({ evidence: Evidence, certificate: KeyCertificate }),
    reply: z.object({
      release: SignedRelease,
      encryptedKeyShare: Base64.max(1024),
      tombstones: z.array(SignedTombstone).max(16),
      authorization: Authorization.optional(),
    }),
  },
} as const;
export type CallKind = keyof typeof calls;
export type RequestOf<K extends CallKind> = z.infer<(typeof calls)[K]['request']>;
export type ReplyOf<K extends CallKind> = z.infer<(typeof calls)[K]['reply']>;

/** Notices: said by a signer to its peers, not answered. */
export const notices = {
  /** A fresh nonce for one session; with all participants' nonces its execution id is fixed. */
  join: z.object({ sessionTag: HashHex, nonce: HashHex, head: Head, audit: SignedAuditHead.optional() }),
  /** The session is over for this signer; with the execution id if it had begun. */
  leave: z.object({ sessionTag: HashHex, code: z.string().max(64), executionId: HashHex.optional() }),
  /** This signer's signature under the certificate of a key just made. */
  keySignature: z.object({ keyId: KeyId, executionId: HashHex, signature: SignerSignature }),
  /** With a yes comes what the signer says of the credential, at the same head. */
  intent: z.object({ intent: SignedIntent, authorization: SignedAuthorization.optional(), audit: SignedAuditHead.optional() }),
  /** With `ask` the receiver sends its own back. */
  tombstone: z.object({ ...ProvenTombstone, ask: z.boolean().optional() }),
  /** This signer holds the roster's aux info of this run; it counts once all n hold the same. With `ask` one that holds it answers. */
  auxReady: z.object({ executionId: HashHex, epoch: z.int().min(0), ask: z.boolean() }),
  /** I have just started and stand here in the chain; with `ask` the receiver answers with what the sender may have missed. */
  here: z.object({ head: Head, ask: z.boolean(), audit: SignedAuditHead.optional() }),
  /** My audit trail has gone on to here. */
  auditHead: z.object({ audit: SignedAuditHead }),
} as const;
export type NoticeKind = keyof typeof notices;
export type NoticeOf<K extends NoticeKind> = z.infer<(typeof notices)[K]>;
