/**
 * Rows and records as the objects that clients know (contract §3 to §5).
 *
 * @module
 */
import { type AssignmentRecord, type AuthorityState, keyStanding, operationsIn, type PermissionRecord, tagsOf, type User } from '@quorate/authority';
import type {
  AccessToken,
  Assignment,
  CredentialId,
  IdentityId,
  Key,
  Permission,
  PermissionAssignmentSummary,
  ServiceAccount,
  SignatureRequest,
  Wallet,
  WalletSignatureRequest,
} from '@quorate/wire';
import type * as z from 'zod';
import { certifiedKeyOf } from './certified-key.ts';
import type { KeyRow, SignatureRow, WalletRow } from './schema.ts';

/** ISO-8601, UTC, with milliseconds. */
const date = (at: number): string => new Date(at).toISOString();

/** A member that is there only if it has a value. */
const optional = <Name extends string, T>(name: Name, value: T | null | undefined): { [K in Name]?: T } =>
  (value === null || value === undefined ? {} : { [name]: value }) as { [K in Name]?: T };

const exported = (at: number | null) => ({ exported: at !== null, ...optional('dateExported', at === null ? null : date(at)) });

/** Columns of a wallet with its key, as one query reads them. */
export type WalletWithKey = Omit<WalletRow, 'seq'> & Pick<KeyRow, 'scheme' | 'curve' | 'public_key' | 'certificate' | 'exported_at' | 'birth'>;

/** Those that a wallet was made with together with its key. */
export function birthTagsOf(row: WalletWithKey): readonly string[] {
  const { walletId, birth } = certifiedKeyOf(row);
  return row.id === walletId ? birth.tags : [];
}

/** What acts have made of a key, as wallets and keys show it. */
function standingOf(state: AuthorityState, row: Pick<KeyRow, 'certificate' | 'birth'>) {
  const { archivedAt, delegatedTo, neverExportable } = keyStanding(state, certifiedKeyOf(row));
  const status = archivedAt === null ? ('Active' as const) : ('Archived' as const);
  const shown = { status, custodial: delegatedTo === null, neverExportable, ...optional('dateDeleted', archivedAt === null ? null : date(archivedAt)) };
  return { shown, owner: optional('delegatedTo', delegatedTo) };
}

export function walletView(state: AuthorityState, row: WalletWithKey): z.input<typeof Wallet> {
  const { shown, owner } = standingOf(state, row);
  return {
    id: row.id,
    network: row.network,
    ...optional('address', row.address),
    signingKey: { id: row.key_id, scheme: row.scheme, curve: row.curve, publicKey: row.public_key, ...owner },
    ...shown,
    tags: [...tagsOf(state, row.id, birthTagsOf(row))],
    dateCreated: date(row.created_at),
    ...optional('name', row.name),
    ...optional('externalId', row.external_id),
    imported: false,
    ...exported(row.exported_at),
    keyCertificate: JSON.parse(row.certificate),
    ...optional('walletRequest', row.request === null ? null : JSON.parse(row.request)),
  };
}

export function keyView(state: AuthorityState, row: KeyRow): z.input<typeof Key> {
  const { shown, owner } = standingOf(state, row);
  return {
    id: row.id,
    scheme: row.scheme,
    curve: row.curve,
    publicKey: row.public_key,
    ...shown,
    ...owner,
    dateCreated: date(row.created_at),
    ...optional('name', row.name),
    imported: false,
    ...exported(row.exported_at),
    keyCertificate: JSON.parse(row.certificate),
  };
}

export function signatureView(row: SignatureRow): z.input<typeof SignatureRequest> {
  return {
    id: row.id,
    keyId: row.key_id,
    ...optional('walletId', row.wallet_id),
    ...optional('network', row.network),
    requester: { userId: row.user_id, ...optional('tokenId', row.token_id) },
    requestBody: JSON.parse(row.body),
    status: row.status,
    ...optional('reason', row.reason),
    ...optional('signature', row.signature === null ? null : JSON.parse(row.signature)),
    ...optional('externalId', row.external_id),
    dateRequested: date(row.requested_at),
    ...optional('dateSigned', row.signed_at === null ? null : date(row.signed_at)),
  };
}

/** @throws {TypeError} for one that was made at a key */
export function walletSignatureView(row: SignatureRow): z.input<typeof WalletSignatureRequest> {
  const { wallet_id: walletId, network } = row;
  if (walletId === null || network === null) throw new TypeError('the signature was made at no wallet');
  return { ...signatureView(row), walletId, network };
}

export function permissionView(record: PermissionRecord): z.input<typeof Permission> {
  return {
    id: record.id,
    name: record.name,
    operations: shownOperations(record),
    status: 'Active',
    isImmutable: record.isImmutable,
    isArchived: record.isArchived,
    dateCreated: date(record.createdAt),
    dateUpdated: date(record.updatedAt),
  };
}

export function assignmentView({ id, permissionId, identityId, isImmutable, createdAt }: AssignmentRecord): z.input<typeof Assignment> {
  return { id, permissionId, identityId, isImmutable, dateCreated: date(createdAt), dateUpdated: date(createdAt) };
}

/** `accessToken` is shown once, by the call that made it. */
export function serviceAccountView(state: AuthorityState, user: User, accessToken?: string): z.input<typeof ServiceAccount> {
  const { orgId } = state.genesis;
  const credId = user.credId ?? ('' as CredentialId);
  const token: z.input<typeof AccessToken> = {
    ...optional('accessToken', accessToken),
    dateCreated: date(user.createdAt),
    credId,
    isActive: user.isActive,
    kind: 'ServiceAccount',
    linkedUserId: user.id,
    linkedAppId: '',
    name: user.name,
    orgId,
    permissionAssignments: [],
    publicKey: state.credentials.get(credId)?.fingerprint ?? '',
    tokenId: user.tokenId,
  };
  return {
    userInfo: {
      username: user.name,
      name: user.name,
      userId: user.id,
      kind: 'CustomerEmployee',
      credentialUuid: user.credentialUuid ?? '',
      orgId,
      permissions: [],
      isActive: user.isActive,
      isServiceAccount: user.isServiceAccount,
      isRegistered: true,
      permissionAssignments: assignmentsOf(state, user.id),
    },
    accessTokens: [token],
  };
}

export function assignmentsOf(state: AuthorityState, identityId: IdentityId): z.input<typeof PermissionAssignmentSummary>[] {
  return [...(state.assignmentsByIdentity.get(identityId) ?? [])].flatMap((assignmentId) => {
    const assignment = state.assignments.get(assignmentId);
    const permission = assignment === undefined ? undefined : state.permissions.get(assignment.permissionId);
    return permission === undefined
      ? []
      : [{ permissionName: permission.name, permissionId: permission.id, assignmentId, operations: shownOperations(permission) }];
  });
}

/** As they were given; the built-in permission's `*` spelt out. */
const shownOperations = (record: PermissionRecord): string[] => (record.isImmutable ? [...operationsIn(record)] : [...record.operations]);
