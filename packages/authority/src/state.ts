/**
 * What an organisation's acts have made of it: users, credentials, permissions, assignments, what is special about keys and wallets, settings. A value: every
 * act yields a new one that shares what did not change.
 *
 * @module
 */
import {
  checkGenesis,
  type AssignmentId,
  type CredentialId,
  type CredentialUuid,
  deriveId,
  type Genesis,
  genesisHashOf,
  type Head,
  type IdentityId,
  type KeyId,
  type PermissionId,
  Refusal,
  type TokenId,
  type UserId,
  type WalletId,
} from '@quorate/wire';
import { List, Map as IMap, Set as ISet } from 'immutable';
import { isPasskeyAlgorithm } from './cose-key.ts';
import { parseCredentialKey } from './credential-key.ts';
import type { CredentialKind } from './credential-kinds.ts';
import { genesisKeys, type KeyHistory } from './roster.ts';

export interface User {
  readonly id: UserId;
  readonly name: string;
  readonly isServiceAccount: boolean;
  readonly isActive: boolean;
  /** Ended for good, and not active; its name and keys stay taken. */
  readonly isArchived: boolean;
  /** Its first credential's; `null` for a user whose registration nobody has confirmed. */
  readonly credentialUuid: CredentialUuid | null;
  readonly credId: CredentialId | null;
  /** Of the bearer tokens that are its own: the one that comes with a service account, or those a person is given. */
  readonly tokenId: TokenId;
  readonly externalId: string | null;
  readonly daysValid: number | null;
  /** Milliseconds. */
  readonly createdAt: number;
}

export interface Credential {
  readonly credId: CredentialId;
  readonly uuid: CredentialUuid;
  readonly userId: UserId;
  /** The personal access token it belongs to, or '' for a user's or service account's own. */
  readonly tokenId: TokenId | '';
  readonly name: string;
  readonly kind: CredentialKind;
  /** PEM: as given for a key credential, SPKI for a passkey. */
  readonly publicKey: string;
  /** `SHA256:` and the unpadded base64 of the SHA-256 of the key's SPKI. */
  readonly fingerprint: string;
  /** Of the website on which a passkey was made; not known of one in the genesis. */
  readonly origin?: string;
  readonly isActive: boolean;
  /** Its public key stands inside an act that a vouched-for credential signed, or in the genesis. */
  readonly vouchedFor: boolean;
  /** Milliseconds. */
  readonly createdAt: number;
}

/** Acts with a credential of its own, for its user, as far as both hold an operation. */
export interface PersonalAccessToken {
  readonly id: TokenId;
  readonly userId: UserId;
  readonly credId: CredentialId;
  readonly name: string;
  readonly externalId: string | null;
  /** Milliseconds; no request issued later counts. */
  readonly expiresAt: number;
  readonly isActive: boolean;
  readonly isArchived: boolean;
  /** Milliseconds. */
  readonly createdAt: number;
}

export interface PermissionRecord {
  readonly id: PermissionId;
  readonly name: string;
  /** As given; compared through `normalizeOperation`. */
  readonly operations: readonly string[];
  readonly isImmutable: boolean;
  readonly isArchived: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface AssignmentRecord {
  readonly id: AssignmentId;
  readonly permissionId: PermissionId;
  readonly identityId: IdentityId;
  readonly isImmutable: boolean;
  readonly createdAt: number;
}

/** To whom a key was delegated, by the act of this number. */
export interface Delegation {
  readonly to: UserId;
  readonly number: number;
}

/** What acts have made of a key. The state does not know which keys there are: keys are made by their certificates. */
export interface KeyRecord {
  /** Milliseconds; `null` for a key that is not archived. */
  readonly archivedAt: number | null;
  readonly neverExportable: boolean;
  readonly delegation: Delegation | null;
}

/** A further wallet on a key. The wallet that a key was made with stands in the key's certificate. */
export interface WalletRecord {
  readonly id: WalletId;
  readonly keyId: KeyId;
  readonly network: string;
}

/** What acts have made of a wallet's tags; those it was made with may stand elsewhere. */
export interface TagChanges {
  readonly added: ISet<string>;
  readonly removed: ISet<string>;
}

export interface AuthorityState {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly head: Head;
  /** Hash of every head so far, by number. */
  readonly heads: List<string>;
  readonly users: IMap<UserId, User>;
  readonly userNames: IMap<string, UserId>;
  readonly credentials: IMap<CredentialId, Credential>;
  /** A user's own, without those of its personal access tokens. */
  readonly credentialsByUser: IMap<UserId, ISet<CredentialId>>;
  readonly fingerprints: IMap<string, CredentialId>;
  /** Personal access tokens. */
  readonly tokens: IMap<TokenId, PersonalAccessToken>;
  readonly permissions: IMap<PermissionId, PermissionRecord>;
  readonly permissionNames: IMap<string, PermissionId>;
  readonly assignments: IMap<AssignmentId, AssignmentRecord>;
  readonly assignmentsByIdentity: IMap<IdentityId, ISet<AssignmentId>>;
  readonly assignmentsByPermission: IMap<PermissionId, ISet<AssignmentId>>;
  readonly keys: IMap<KeyId, KeyRecord>;
  readonly wallets: IMap<WalletId, WalletRecord>;
  /** By wallets that are none of `wallets`: a delegation of the key that was made with such a wallet. */
  readonly walletDelegations: IMap<WalletId, Delegation>;
  readonly walletTags: IMap<WalletId, TagChanges>;
  /** Challenges of all acts: none can act twice, however old. */
  readonly spent: ISet<string>;
  readonly settings: { readonly exportEnabled: boolean };
  readonly signerKeys: KeyHistory;
}

/** Name of the built-in permission that genesis administrators hold. */
export const FULL_ACCESS = 'FullAdminAccess';
/** Its one operation, which stands for every operation there is. No act can name it. */
export const EVERY_OPERATION = '*';

/**
 * The state that a genesis alone makes. Ids derive from its hash.
 * @throws {Refusal} `genesis/invalid`, `credential/malformed-key`, `credential/weak-key`
 */
export function genesisState(genesis: Genesis): AuthorityState {
  checkGenesis(genesis);
  const genesisHash = genesisHashOf(genesis);
  const permissionId = deriveId('pm', 0, genesisHash);
  const permission: PermissionRecord = {
    id: permissionId,
    name: FULL_ACCESS,
    operations: [EVERY_OPERATION],
    isImmutable: true,
    isArchived: false,
    createdAt: 0,
    updatedAt: 0,
  };
  let state: AuthorityState = {
    genesis,
    genesisHash,
    head: { number: 0, hash: genesisHash },
    heads: List([genesisHash]),
    users: IMap(),
    userNames: IMap(),
    credentials: IMap(),
    credentialsByUser: IMap(),
    fingerprints: IMap(),
    tokens: IMap(),
    permissions: IMap([[permissionId, permission]]),
    permissionNames: IMap([[permission.name, permissionId]]),
    assignments: IMap(),
    assignmentsByIdentity: IMap(),
    assignmentsByPermission: IMap(),
    keys: IMap(),
    wallets: IMap(),
    walletDelegations: IMap(),
    walletTags: IMap(),
    spent: ISet(),
    settings: { exportEnabled: false },
    signerKeys: genesisKeys(genesis),
  };
  for (const [i, administrator] of genesis.administrators.entries()) {
    const key = parseCredentialKey(administrator.publicKey);
    if (administrator.credentialKind === 'Fido2' && !isPasskeyAlgorithm(key.algorithm))
      throw new Refusal('genesis/invalid', { reason: 'a passkey signs with Ed25519, P-256 or RSA' });
    const uuid = deriveId('cr', i, genesisHash);
    state = addUser(
      state,
      {
        id: administrator.userId,
        name: administrator.username,
        isServiceAccount: administrator.isServiceAccount,
        isActive: true,
        isArchived: false,
        credentialUuid: uuid,
        credId: administrator.credId,
        tokenId: deriveId('to', i, genesisHash),
        externalId: null,
        daysValid: null,
        createdAt: 0,
      },
      {
        credId: administrator.credId,
        uuid,
        userId: administrator.userId,
        tokenId: '',
        name: administrator.username,
        kind: administrator.credentialKind ?? 'Key',
        publicKey: administrator.publicKey,
        fingerprint: key.fingerprint,
        isActive: true,
        vouchedFor: true,
        createdAt: 0,
      },
    );
    state = addAssignment(state, { id: deriveId('as', i, genesisHash), permissionId, identityId: administrator.userId, isImmutable: false, createdAt: 0 });
  }
  return state;
}

/** `credential`: the user's first; `null` for one that registers later. */
export function addUser(state: AuthorityState, user: User, credential: Credential | null): AuthorityState {
  const next = credential === null ? state : addCredential(state, credential);
  return { ...next, users: state.users.set(user.id, user), userNames: state.userNames.set(user.name, user.id) };
}

export function addCredential(state: AuthorityState, credential: Credential): AuthorityState {
  const { credId, userId, tokenId, fingerprint } = credential;
  return {
    ...state,
    credentials: state.credentials.set(credId, credential),
    credentialsByUser: tokenId === '' ? state.credentialsByUser.update(userId, ISet<CredentialId>(), (ids) => ids.add(credId)) : state.credentialsByUser,
    fingerprints: state.fingerprints.set(fingerprint, credId),
  };
}

export function addAssignment(state: AuthorityState, assignment: AssignmentRecord): AuthorityState {
  const { id, identityId, permissionId } = assignment;
  return {
    ...state,
    assignments: state.assignments.set(id, assignment),
    assignmentsByIdentity: state.assignmentsByIdentity.update(identityId, ISet<AssignmentId>(), (ids) => ids.add(id)),
    assignmentsByPermission: state.assignmentsByPermission.update(permissionId, ISet<AssignmentId>(), (ids) => ids.add(id)),
  };
}

export function removeAssignment(state: AuthorityState, { id, identityId, permissionId }: AssignmentRecord): AuthorityState {
  return {
    ...state,
    assignments: state.assignments.delete(id),
    assignmentsByIdentity: state.assignmentsByIdentity.update(identityId, ISet<AssignmentId>(), (ids) => ids.delete(id)),
    assignmentsByPermission: state.assignmentsByPermission.update(permissionId, ISet<AssignmentId>(), (ids) => ids.delete(id)),
  };
}
