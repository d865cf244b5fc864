/**
 * What signers sign on their own account, so that anyone who knows the roster can check it later: acknowledgements,
 * key certificates, intents, authorizations, tombstones, releases. One row each: domain tag and the order of the fields.
 *
 * @module
 */
import * as z from 'zod';
import { b64 } from './bytes.ts';
import { verifyEd25519 } from './ed25519.ts';
import { encodeFields, type Field } from './fields.ts';
import { CredentialId, KeyId, OrgId, SignerId, TokenId, UserId, WalletId } from './ids.ts';
import { Curve, SchemeName } from './schemes.ts';
import { Challenge, HashHex } from './statement.ts';

/** Milliseconds since 1970, within what a date can be. */
const Time = z.int().min(0).max(8_640_000_000_000_000);
/** Longest snapshot of an organisation's state. */
export const MAX_SNAPSHOT_BYTES = 1_073_741_824;
/** Size of every piece of a snapshot but its last. */
export const SNAPSHOT_PIECE_BYTES = 262_144;
const Signature = z.string().length(88);
/** secp256k1 compressed, 33 bytes, lower-case hex. */
export const PointHex = z.string().regex(/^0[23][0-9a-f]{64}$/);

/** "I hold this act as the organisation's act of this number." One per number, ever. */
export const AckBody = z.strictObject({ genesisHash: HashHex, orgId: OrgId, number: z.int().min(1), head: HashHex, time: Time });
export type AckBody = z.infer<typeof AckBody>;

/** What all n signers say of a key they have just made; a share is usable only with all of them. */
export const KeyCertificateBody = z.strictObject({
  genesisHash: HashHex,
  epoch: z.int().min(0),
  threshold: z.int().min(2).max(16),
  signers: z.array(SignerId).min(2).max(16),
  keyId: KeyId,
  walletId: z.union([z.literal(''), WalletId]),
  network: z.string().max(64),
  ownerId: UserId,
  challenge: Challenge,
  executionId: HashHex,
  scheme: SchemeName,
  curve: Curve,
  publicKey: PointHex,
  publicShares: z.array(PointHex).min(2).max(16),
});
export type KeyCertificateBody = z.infer<typeof KeyCertificateBody>;

/** "I would release my share of this key to this request", or would not and why; at which head. Nothing durable yet. */
export const IntentBody = z.strictObject({
  genesisHash: HashHex,
  challenge: Challenge,
  keyId: KeyId,
  encryptionKey: z.string().length(48),
  answer: z.enum(['yes', 'no']),
  code: z.string().max(64),
  headNumber: z.int().min(0),
  headHash: HashHex,
});
export type IntentBody = z.infer<typeof IntentBody>;

/** "I have retired this key for good", made for one request; `time` is when this signer first retired it. */
export const TombstoneBody = z.strictObject({
  genesisHash: HashHex,
  keyId: KeyId,
  challenge: Challenge,
  encryptionKey: z.string().length(48),
  time: Time,
});
export type TombstoneBody = z.infer<typeof TombstoneBody>;

/** What goes with a ciphertext: whose share of which key it is, and what it must open to. */
export const ReleaseBody = z.strictObject({
  genesisHash: HashHex,
  keyId: KeyId,
  walletId: z.union([z.literal(''), WalletId]),
  index: z.int().min(1).max(16),
  publicShare: PointHex,
  publicShares: z.array(PointHex).min(2).max(16),
  ciphertextHash: HashHex,
  encryptionKey: z.string().length(48),
  challenge: Challenge,
  tombstonedAt: Time,
  auditHead: HashHex,
});
export type ReleaseBody = z.infer<typeof ReleaseBody>;

/**
 * "At this head this credential was active and this user's, and they could have this key exported to this encryption
 * key." Said with each yes; all who say it of one request at one head sign the same body.
 */
export const AuthorizationBody = z.strictObject({
  genesisHash: HashHex,
  challenge: Challenge,
  keyId: KeyId,
  /** As the path of the request names it; '' where it names the key. */
  walletId: z.union([z.literal(''), WalletId]),
  encryptionKey: z.string().length(48),
  userId: UserId,
  tokenId: z.union([z.literal(''), TokenId]),
  credId: CredentialId,
  credentialKind: z.enum(['Key', 'Fido2']),
  /** Of the credential, exactly as it stands in the organisation's acts. */
  publicKey: z.string().min(1).max(4096),
  headNumber: z.int().min(0),
  headHash: HashHex,
});
export type AuthorizationBody = z.infer<typeof AuthorizationBody>;
/** "My audit trail ends in this entry, and I stand at this act." A later one of the same signer goes on from it. */
export const AuditHeadBody = z.strictObject({
  genesisHash: HashHex,
  number: z.int().min(0),
  hash: HashHex,
  actNumber: z.int().min(0),
  actHash: HashHex,
  time: Time,
});
export type AuditHeadBody = z.infer<typeof AuditHeadBody>;

/** "These bytes are the organisation's state at this head": their SHA-256 and length, in this format. */
export const SnapshotBody = z.strictObject({
  genesisHash: HashHex,
  number: z.int().min(1),
  head: HashHex,
  format: z.int().min(1),
  size: z.int().min(1).max(MAX_SNAPSHOT_BYTES),
  hash: HashHex,
});
export type SnapshotBody = z.infer<typeof SnapshotBody>;

export const kinds = {
  ack: { domain: 'quorate/act-acknowledgement/v1', body: AckBody },
  certificate: { domain: 'quorate/key-certificate/v1', body: KeyCertificateBody },
  intent: { domain: 'quorate/export-intent/v1', body: IntentBody },
  tombstone: { domain: 'quorate/tombstone/v1', body: TombstoneBody },
  release: { domain: 'quorate/release/v1', body: ReleaseBody },
  authorization: { domain: 'quorate/export-authorization/v1', body: AuthorizationBody },
  auditHead: { domain: 'quorate/audit-head/v1', body: AuditHeadBody },
  snapshot: { domain: 'quorate/snapshot/v1', body: SnapshotBody },
} as const;
export type SignedKind = keyof typeof kinds;
export type BodyOf<K extends SignedKind> = z.infer<(typeof kinds)[K]['body']>;

/** One signer's signature (64 bytes, base64) over the body and its own id. */
export const SignerSignature = z.strictObject({ signerId: SignerId, signature: Signature }).meta({ id: 'SignerSignature' });
export type SignerSignature = z.infer<typeof SignerSignature>;

/** A body with the one signature that counts for it. */
const signed = <B extends z.ZodObject>(body: B) => z.strictObject({ body, signerId: SignerId, signature: Signature });
export interface Signed<K extends SignedKind> {
  readonly body: BodyOf<K>;
  readonly signerId: SignerId;
  readonly signature: string;
}
export const SignedAck = signed(AckBody);
export const SignedIntent = signed(IntentBody);
export const SignedTombstone = signed(TombstoneBody);
export const SignedRelease = signed(ReleaseBody);
export const SignedAuthorization = signed(AuthorizationBody);
export const SignedAuditHead = signed(AuditHeadBody);
export const SignedSnapshot = signed(SnapshotBody);

/** A key certificate with the signatures gathered for it. */
export const KeyCertificate = z.strictObject({ body: KeyCertificateBody, signatures: z.array(SignerSignature).max(16) }).meta({ id: 'KeyCertificate' });
export type KeyCertificate = z.infer<typeof KeyCertificate>;

/** An authorization with the signatures gathered for it. */
export const Authorization = z.strictObject({ body: AuthorizationBody, signatures: z.array(SignerSignature).max(16) }).meta({ id: 'Authorization' });
export type Authorization = z.infer<typeof Authorization>;

/**
 * The bytes a signer signs: domain, its own id, then the members of the body in the order of its schema; a list is
 * its length and its elements.
 */
export function signedBytes<K extends SignedKind>(kind: K, body: BodyOf<K>, signerId: SignerId): Uint8Array {
  const fields: Field[] = [b64.decode(signerId)];
  for (const name of Object.keys(kinds[kind].body.shape)) {
    const value = (body as Record<string, string | number | readonly string[]>)[name];
    if (value === undefined) throw new TypeError(`missing ${name}`);
    if (typeof value === 'string' || typeof value === 'number') fields.push(value);
    else fields.push(value.length, ...value);
  }
  return encodeFields(kinds[kind].domain, fields);
}

/** Whether the signature is this signer's. `identityKey` is 32 bytes and comes from the roster, never from the message. */
export async function verifySigned<K extends SignedKind>(kind: K, statement: Signed<K>, identityKey: Uint8Array): Promise<boolean> {
  let signature: Uint8Array;
  try {
    signature = b64.decode(statement.signature);
  } catch {
    return false;
  }
  return verifyEd25519(identityKey, signedBytes(kind, statement.body, statement.signerId), signature);
}
