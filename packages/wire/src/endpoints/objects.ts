/**
 * The objects that answers are made of, as the stock SDK types them (contract §3 to §7). Members that stock clients do
 * not know ride beside theirs.
 *
 * @module
 */
import * as z from 'zod';
import { Evidence } from '../evidence.ts';
import { AssignmentId, IdentityId, KeyId, OrgId, PermissionId, SignatureId, SignerId, TokenId, UserId, WalletId } from '../ids.ts';
import { Protocol, SchemeName, Curve } from '../schemes.ts';
import { Authorization, KeyCertificate, SignedRelease, SignedTombstone } from '../signed.ts';
import { Statement } from '../statement.ts';

/** ISO-8601, UTC, with milliseconds. */
export const IsoDate = z.string();
/** What callers call things. No database takes NUL, and half a surrogate pair would be stored as another character. */
export const label = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be Unicode text without NUL');
export const Name = label(100);
export const ExternalId = label(256);

/** Numbers in a query arrive as text; over the cap they are clamped (contract §1.7). */
export const Page = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, 100))
    .optional(),
  paginationToken: z.string().min(1).max(256).optional(),
});
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextPageToken: z.string().optional() });

/** How many signers hold the act that made this (m of n), and the acknowledgements that certify it. */
export const Certified = z
  .object({ number: z.int(), head: z.string(), stored: z.int(), signers: z.int(), acks: z.array(z.unknown()) })
  .meta({ id: 'Certified' });

export const PermissionAssignmentSummary = z.object({
  permissionName: z.string(),
  permissionId: PermissionId,
  assignmentId: AssignmentId,
  operations: z.array(z.string()),
});
export const AccessToken = z
  .object({
    accessToken: z.string().optional(),
    dateCreated: IsoDate,
    credId: z.string(),
    isActive: z.boolean(),
    kind: z.enum(['ServiceAccount', 'Pat']),
    linkedUserId: UserId,
    linkedAppId: z.string(),
    name: z.string(),
    orgId: OrgId,
    permissionAssignments: z.array(PermissionAssignmentSummary),
    publicKey: z.string(),
    tokenId: TokenId,
  })
  .meta({ id: 'AccessToken' });
export const ServiceAccount = z
  .object({
    userInfo: z.object({
      username: z.string(),
      name: z.string(),
      userId: UserId,
      kind: z.literal('CustomerEmployee'),
      credentialUuid: z.string(),
      orgId: OrgId,
      permissions: z.array(z.string()),
      isActive: z.boolean(),
      isServiceAccount: z.boolean(),
      isRegistered: z.boolean(),
      permissionAssignments: z.array(PermissionAssignmentSummary),
    }),
    accessTokens: z.array(AccessToken),
    certified: Certified.optional(),
  })
  .meta({ id: 'ServiceAccount' });

export const Permission = z
  .object({
    id: PermissionId,
    name: z.string(),
    operations: z.array(z.string()),
    status: z.literal('Active'),
    isImmutable: z.boolean(),
    isArchived: z.boolean(),
    dateCreated: IsoDate,
    dateUpdated: IsoDate,
    certified: Certified.optional(),
  })
  .meta({ id: 'Permission' });
export const Assignment = z
  .object({
    id: AssignmentId,
    permissionId: PermissionId,
    identityId: IdentityId,
    isImmutable: z.boolean(),
    dateCreated: IsoDate,
    dateUpdated: IsoDate,
    certified: Certified.optional(),
  })
  .meta({ id: 'Assignment' });

/** The request that made a further wallet on a key, as its user signed it; the wallet's id is derived from it. */
export const WalletRequest = z.strictObject({ statement: Statement, payload: z.string() }).meta({ id: 'WalletRequest' });

export const Wallet = z
  .object({
    id: WalletId,
    network: z.string(),
    address: z.string().optional(),
    signingKey: z.object({ id: KeyId, scheme: SchemeName, curve: Curve, publicKey: z.string(), delegatedTo: UserId.optional() }),
    status: z.enum(['Active', 'Inactive', 'Archived']),
    custodial: z.boolean(),
    tags: z.array(z.string()),
    dateCreated: IsoDate,
    name: z.string().optional(),
    externalId: z.string().optional(),
    imported: z.boolean(),
    exported: z.boolean(),
    dateExported: IsoDate.optional(),
    dateDeleted: IsoDate.optional(),
    /** Ours: no signer ever releases its share of the key. */
    neverExportable: z.boolean(),
    /** Signed by all signers at the key's birth; our client checks it. */
    keyCertificate: KeyCertificate,
    /** Ours, of a further wallet on a key; our client checks it. */
    walletRequest: WalletRequest.optional(),
    certified: Certified.optional(),
  })
  .meta({ id: 'Wallet' });
export const Key = z
  .object({
    id: KeyId,
    scheme: SchemeName,
    curve: Curve,
    publicKey: z.string(),
    status: z.enum(['Active', 'Archived']),
    custodial: z.boolean(),
    dateCreated: IsoDate,
    name: z.string().optional(),
    imported: z.boolean(),
    exported: z.boolean(),
    dateExported: IsoDate.optional(),
    dateDeleted: IsoDate.optional(),
    /** Ours: whose alone the key is, where it was delegated. */
    delegatedTo: UserId.optional(),
    /** Ours: no signer ever releases its share of the key. */
    neverExportable: z.boolean(),
    keyCertificate: KeyCertificate,
    certified: Certified.optional(),
  })
  .meta({ id: 'Key' });
export const KeyWithWallets = Key.extend({
  wallets: z.array(z.object({ id: WalletId, network: z.string() })),
  store: z.object({ id: z.string(), kind: z.literal('Mpc'), keyId: z.string() }),
});

export const SignatureRequest = z
  .object({
    id: SignatureId,
    keyId: KeyId,
    walletId: WalletId.optional(),
    network: z.string().optional(),
    requester: z.object({ userId: UserId, tokenId: TokenId.optional() }),
    requestBody: z.unknown(),
    status: z.enum(['Pending', 'Executing', 'Signed', 'Confirmed', 'Failed', 'Rejected']),
    reason: z.string().optional(),
    signature: z.object({ r: z.string(), s: z.string(), recid: z.number(), encoded: z.string().optional() }).optional(),
    externalId: z.string().optional(),
    dateRequested: IsoDate,
    dateSigned: IsoDate.optional(),
  })
  .meta({ id: 'SignatureRequest' });

/** Made at a wallet, which it names. */
export const WalletSignatureRequest = SignatureRequest.extend({ walletId: WalletId, network: z.string() }).meta({ id: 'WalletSignatureRequest' });

export const EncryptedKeyShare = z.object({ signerId: SignerId, encryptedKeyShare: z.string() }).meta({ id: 'EncryptedKeyShare' });
/** Exactly Dfns's answer, plus what lets our client check it. */
export const ExportAnswer = z
  .object({
    publicKey: z.string(),
    protocol: Protocol,
    curve: Curve,
    minSigners: z.int(),
    encryptedKeyShares: z.array(EncryptedKeyShare),
    /** The same list under the name that Dfns's WASM reads (contract §4.5). */
    encryptedShares: z.array(EncryptedKeyShare),
    releases: z.array(SignedRelease),
    tombstones: z.array(SignedTombstone),
    keyCertificate: KeyCertificate,
    /** Wallets that use the key and stop signing with it. */
    wallets: z.array(WalletId),
    /** Ours: the requests that the releases were made for, and what signers say of their credentials (contract §17). */
    requests: z.array(Evidence).optional(),
    authorizations: z.array(Authorization).optional(),
  })
  .meta({ id: 'ExportAnswer' });
export type ExportAnswer = z.infer<typeof ExportAnswer>;
