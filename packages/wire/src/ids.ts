/**
 * Identifiers: branded at the edge by their own schema, and derived from the challenge of the request that makes the
 * thing, so that the server chooses none of them (contract §1.6).
 *
 * @module
 */
import { base32hexnopad } from '@scure/base';
import * as z from 'zod';
import { b64, b64url, utf8 } from './bytes.ts';
import { hashFields } from './fields.ts';

const id = <Name extends string>(prefix: string, name: Name) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9a-z]{5}-[0-9a-z]{5}-[0-9a-z]{14,16}$`), `must be an id like ${prefix}-xxxxx-xxxxx-xxxxxxxxxxxxxxxx`)
    .brand<Name>()
    .meta({ id: name });

export const OrgId = id('or', 'OrgId');
export type OrgId = z.infer<typeof OrgId>;
export const UserId = id('us', 'UserId');
export type UserId = z.infer<typeof UserId>;
export const TokenId = id('to', 'TokenId');
export type TokenId = z.infer<typeof TokenId>;
export const CredentialUuid = id('cr', 'CredentialUuid');
export type CredentialUuid = z.infer<typeof CredentialUuid>;
export const WalletId = id('wa', 'WalletId');
export type WalletId = z.infer<typeof WalletId>;
export const KeyId = id('key', 'KeyId');
export type KeyId = z.infer<typeof KeyId>;
export const SignatureId = id('sig', 'SignatureId');
export type SignatureId = z.infer<typeof SignatureId>;
export const PermissionId = id('pm', 'PermissionId');
export type PermissionId = z.infer<typeof PermissionId>;
export const AssignmentId = id('as', 'AssignmentId');
export type AssignmentId = z.infer<typeof AssignmentId>;
export const ActionLogId = id('al', 'ActionLogId');
export type ActionLogId = z.infer<typeof ActionLogId>;

/** Who may be given a permission: a user, a service account or a personal access token. */
export const IdentityId = z.union([UserId, TokenId]).meta({ id: 'IdentityId' });
export type IdentityId = z.infer<typeof IdentityId>;

/** A signer's Ed25519 identity key at genesis, 32 bytes, standard base64 with padding (contract §1.6). */
export const SignerId = z
  .string()
  .length(44)
  .refine((text) => {
    try {
      return b64.decode(text).length === 32;
    } catch {
      return false;
    }
  }, 'must be 32 bytes in standard base64')
  .brand<'SignerId'>()
  .meta({ id: 'SignerId' });
export type SignerId = z.infer<typeof SignerId>;

/** What the client calls a credential: opaque text, unique in the organisation. */
export const CredentialId = z.string().min(1).max(512).brand<'CredentialId'>().meta({ id: 'CredentialId' });
export type CredentialId = z.infer<typeof CredentialId>;

export const idKinds = {
  us: UserId,
  to: TokenId,
  cr: CredentialUuid,
  wa: WalletId,
  key: KeyId,
  sig: SignatureId,
  pm: PermissionId,
  as: AssignmentId,
  or: OrgId,
  al: ActionLogId,
} as const;
export type IdKind = keyof typeof idKinds;
export type IdOf<K extends IdKind> = z.infer<(typeof idKinds)[K]>;

const shape = (prefix: string, digest: Uint8Array): string => {
  const text = base32hexnopad.encode(digest).toLowerCase();
  return `${prefix}-${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10, 26)}`;
};

/**
 * The id of the `ordinal`-th thing of this kind that the request behind `challenge` makes: 130 bits of
 * SHA-256 over kind, ordinal and challenge, in base32hex.
 */
export function deriveId<K extends IdKind>(kind: K, ordinal: number, challenge: string): IdOf<K> {
  return idKinds[kind].parse(shape(kind, hashFields('quorate/id/v1', [kind, ordinal, challenge]))) as IdOf<K>;
}

/** The credential id of a token's or service account's key: base64url of an internal `ci-` id (contract §1.6). */
export function deriveCredentialId(ordinal: number, challenge: string): CredentialId {
  return CredentialId.parse(b64url.encode(utf8.encode(shape('ci', hashFields('quorate/id/v1', ['ci', ordinal, challenge])))));
}
