/**
 * What an organisation's acts have made of it: users, credentials, permissions, assignments, settings. A value: every
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
  type PermissionId,
  type TokenId,
  type UserId,
} from '@quorate/wire';
import { List, Map as IMap, Set as ISet } from 'immutable';
import { parseCredentialKey } from './credential-key.ts';

export interface User {
  readonly id: UserId;
  readonly name: string;
  readonly isServiceAccount: boolean;
  readonly isActive: boolean;
  /** One of those whom the genesis names: holds every operation and may give any. */
  readonly genesisAdministrator: boolean;
  readonly credentialUuid: CredentialUuid;
  readonly credId: CredentialId;
  /** Of the access token that comes with a service account. */
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
  readonly kind: 'Key';
  /** PEM, as given. */
  readonly publicKey: string;
  /** `SHA256:` and the unpadded base64 of the SHA-256 of the key's SPKI. */
  readonly fingerprint: string;
  readonly isActive: boolean;
  /** Its public key stands inside an act that a vouched-for credential signed, or in the genesis. */
  readonly vouchedFor: boolean;
}

export interface PermissionRecord {
  readonly id: PermissionId;
  readonly name: string;
  /** As given; compared through `normalizeOperation`. */
  readonly operations: readonly string[];
  readonly isImmutable: boolean;
  readonly isArchived: boolean;
  readonly createdAt: number;
}

export interface AssignmentRecord {
  readonly id: AssignmentId;
  readonly permissionId: PermissionId;
  readonly identityId: IdentityId;
  readonly isImmutable: boolean;
  readonly createdAt: number;
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
  readonly fingerprints: IMap<string, CredentialId>;
  readonly permissions: IMap<PermissionId, PermissionRecord>;
  readonly permissionNames: IMap<string, PermissionId>;
  readonly assignments: IMap<AssignmentId, AssignmentRecord>;
  readonly assignmentsByIdentity: IMap<IdentityId, ISet<AssignmentId>>;
  /** Challenges of all acts: none can act twice, however old. */
  readonly spent: ISet<string>;
  readonly settings: { readonly exportEnabled: boolean };
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
  };
  let state: AuthorityState = {
    genesis,
    genesisHash,
    head: { number: 0, hash: genesisHash },
    heads: List([genesisHash]),
    users: IMap(),
    userNames: IMap(),
    credentials: IMap(),
    fingerprints: IMap(),
    permissions: IMap([[permissionId, permission]]),
    permissionNames: IMap([[permission.name, permissionId]]),
    assignments: IMap(),
    assignmentsByIdentity: IMap(),
    spent: ISet(),
    settings: { exportEnabled: false },
  };
  for (const [i, administrator] of genesis.administrators.entries()) {
    const key = parseCredentialKey(administrator.publicKey);
    const uuid = deriveId('cr', i, genesisHash);
    state = addUser(
      state,
      {
        id: administrator.userId,
        name: administrator.username,
        isServiceAccount: administrator.isServiceAccount,
        isActive: true,
        genesisAdministrator: true,
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
        kind: 'Key',
        publicKey: administrator.publicKey,
        fingerprint: key.fingerprint,
        isActive: true,
        vouchedFor: true,
      },
    );
    state = addAssignment(state, { id: deriveId('as', i, genesisHash), permissionId, identityId: administrator.userId, isImmutable: true, createdAt: 0 });
  }
  return state;
}

export function addUser(state: AuthorityState, user: User, credential: Credential): AuthorityState {
  return {
    ...state,
    users: state.users.set(user.id, user),
    userNames: state.userNames.set(user.name, user.id),
    credentials: state.credentials.set(credential.credId, credential),
    fingerprints: state.fingerprints.set(credential.fingerprint, credential.credId),
  };
}

export function addAssignment(state: AuthorityState, assignment: AssignmentRecord): AuthorityState {
  return {
    ...state,
    assignments: state.assignments.set(assignment.id, assignment),
    assignmentsByIdentity: state.assignmentsByIdentity.update(assignment.identityId, ISet<AssignmentId>(), (ids) => ids.add(assignment.id)),
  };
}
