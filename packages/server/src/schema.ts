/**
 * The tables as queries see them; `migrations/*.sql` make them. Times are milliseconds, statements are JSON text kept
 * exactly as it was stored.
 *
 * @module
 */
import type { CredentialKind } from '@quorate/authority';
import type {
  ActionLogId,
  Challenge,
  CredentialId,
  CredentialUuid,
  Curve,
  KeyId,
  SchemeName,
  SignatureId,
  SignerId,
  TokenId,
  UserId,
  WalletId,
} from '@quorate/wire';
import type { Generated, Selectable } from 'kysely';

export interface ActsTable {
  number: number;
  challenge: Challenge;
  evidence: string;
  acks: string;
  certified: boolean;
}

export interface ChallengesTable {
  challenge: Challenge;
  user_id: UserId;
  token_id: TokenId;
  statement: string;
  payload: string;
  expires_at: number;
  evidence: string | null;
  token_hash: string | null;
  token_expires_at: number | null;
  used_at: number | null;
}

export interface KeysTable {
  seq: Generated<number>;
  id: KeyId;
  scheme: SchemeName;
  curve: Curve;
  public_key: string;
  owner_id: UserId;
  name: string | null;
  certificate: string;
  challenge: Challenge;
  created_at: number;
  exported_at: number | null;
  birth: string | null;
}

export interface WalletsTable {
  seq: Generated<number>;
  id: WalletId;
  key_id: KeyId;
  network: string;
  address: string | null;
  name: string | null;
  external_id: string | null;
  owner_id: UserId;
  created_at: number;
  request: string | null;
}

export interface FollowedTable {
  one: Generated<boolean>;
  number: number;
}

export interface SignaturesTable {
  seq: Generated<number>;
  id: SignatureId;
  key_id: KeyId;
  wallet_id: WalletId | null;
  network: string | null;
  external_id: string | null;
  path: string;
  body: string;
  user_id: UserId;
  token_id: TokenId | null;
  status: 'Executing' | 'Signed' | 'Failed';
  reason: string | null;
  signature: string | null;
  requested_at: number;
  expires_at: number;
  signed_at: number | null;
}

export interface ExportsTable {
  seq: Generated<number>;
  challenge: Challenge;
  key_id: KeyId;
  encryption_key: string;
  user_id: UserId;
  requested_at: number;
  evidence: string | null;
}

export interface AuthorizationsTable {
  key_id: KeyId;
  encryption_key: string;
  challenge: Challenge;
  head_hash: string;
  signer_id: SignerId;
  body: string;
  signature: string;
}

export interface ExportPiecesTable {
  key_id: KeyId;
  encryption_key: string;
  signer_id: SignerId;
  release: string;
  encrypted_key_share: string;
  valid: boolean;
}

export interface TombstonesTable {
  key_id: KeyId;
  challenge: Challenge;
  signer_id: SignerId;
  encryption_key: string;
  statement: string;
}

export interface SessionsTable {
  id: string;
  user_id: UserId;
  cred_id: CredentialId | null;
  expires_at: number;
  ended_at: number | null;
}

export interface SpentLoginsTable {
  challenge: Challenge;
  expires_at: number;
}

export interface RegistrationCodesTable {
  user_id: UserId;
  id: string;
  code_hash: string;
  expires_at: number;
  attempts: number;
  used_at: number | null;
}

export interface RegistrationsTable {
  seq: Generated<number>;
  uuid: CredentialUuid;
  user_id: UserId;
  cred_id: CredentialId;
  kind: CredentialKind;
  name: string;
  public_key: string;
  created_at: number;
}

export interface ActionLogTable {
  seq: Generated<number>;
  id: ActionLogId;
  time: number;
  user_id: UserId;
  token_id: TokenId;
  method: string;
  path: string;
  entry: string;
}

export interface DeliveriesTable {
  signer_id: SignerId;
  number: number;
}

export interface Tables {
  acts: ActsTable;
  challenges: ChallengesTable;
  keys: KeysTable;
  wallets: WalletsTable;
  followed: FollowedTable;
  signatures: SignaturesTable;
  exports: ExportsTable;
  export_pieces: ExportPiecesTable;
  tombstones: TombstonesTable;
  authorizations: AuthorizationsTable;
  sessions: SessionsTable;
  spent_logins: SpentLoginsTable;
  registration_codes: RegistrationCodesTable;
  registrations: RegistrationsTable;
  action_log: ActionLogTable;
  deliveries: DeliveriesTable;
}

export type ActRow = Selectable<ActsTable>;
export type ActionLogRow = Selectable<ActionLogTable>;
export type KeyRow = Selectable<KeysTable>;
export type WalletRow = Selectable<WalletsTable>;
export type RegistrationRow = Selectable<RegistrationsTable>;
export type SignatureRow = Selectable<SignaturesTable>;
