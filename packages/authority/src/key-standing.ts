/**
 * What a key may be used for and by whom: what it was made as, which stands in the request that made it, and what acts
 * have made of it since. Server and signers ask this for every signature and every export.
 *
 * @module
 */
import { type KeyId, Refusal, type UserId, type WalletId } from '@quorate/wire';
import type { AuthorityState, Delegation, KeyRecord } from './state.ts';

/** What the request that made a key says of it besides what stands in the certificate. */
export interface KeyBirth {
  /** `born`: its owner's alone from the start. `delayed`: an act may make it so, once. */
  readonly delegation: 'none' | 'delayed' | 'born';
  readonly neverExportable: boolean;
  /** Of the wallet that it was made with: sorted, none twice. */
  readonly tags: readonly string[];
}

/** Of a key from before any of this could be asked for. */
export const plainBirth: KeyBirth = { delegation: 'none', neverExportable: false, tags: [] };

/** A key by what its certificate says, and its birth. */
export interface CertifiedKey {
  readonly keyId: KeyId;
  /** The wallet that it was made with, or ''. */
  readonly walletId: WalletId | '';
  readonly ownerId: UserId;
  readonly birth: KeyBirth;
}

export interface KeyStanding {
  /** Whose alone the key is; `null` where everyone with the operation may use it. */
  readonly delegatedTo: UserId | null;
  /** Milliseconds; `null` for a key that is not archived. */
  readonly archivedAt: number | null;
  readonly neverExportable: boolean;
}

const untouched: KeyRecord = { archivedAt: null, neverExportable: false, delegation: null };

/** What acts have made of a key, whether or not there is one of this id. */
export const keyRecordOf = (state: AuthorityState, keyId: KeyId): KeyRecord => state.keys.get(keyId) ?? untouched;

export function keyStanding(state: AuthorityState, key: CertifiedKey): KeyStanding {
  const { archivedAt, neverExportable } = keyRecordOf(state, key.keyId);
  return { delegatedTo: delegateeOf(state, key), archivedAt, neverExportable: neverExportable || key.birth.neverExportable };
}

/**
 * A delegation may name the key or the wallet that it was made with, and the reducer cannot know that they are one: the
 * first in the chain counts, and none for a key that was not made for it.
 */
function delegateeOf(state: AuthorityState, { keyId, walletId, ownerId, birth }: CertifiedKey): UserId | null {
  if (birth.delegation === 'born') return ownerId;
  if (birth.delegation === 'none') return null;
  const byWallet = walletId === '' ? undefined : state.walletDelegations.get(walletId);
  const all: readonly (Delegation | null)[] = [keyRecordOf(state, keyId).delegation, byWallet ?? null];
  const [first] = all.filter((one) => one !== null).sort((a, b) => a.number - b.number);
  return first?.to ?? null;
}

/** @throws {Refusal} `key/archived`, `key/not-owner` */
export function requireSigning(state: AuthorityState, key: CertifiedKey, userId: UserId): void {
  const { archivedAt } = keyStanding(state, key);
  if (archivedAt !== null) throw new Refusal('key/archived', { keyId: key.keyId });
  requireOwner(state, key, userId);
}

/** @throws {Refusal} `key/archived`, `export/never-exportable`, `key/not-owner` */
export function requireExporting(state: AuthorityState, key: CertifiedKey, userId: UserId): void {
  requireSigning(state, key, userId);
  if (keyStanding(state, key).neverExportable) throw new Refusal('export/never-exportable', { keyId: key.keyId });
}

/** A delegated key is used by its owner alone, whatever others hold. @throws {Refusal} `key/not-owner` */
export function requireOwner(state: AuthorityState, key: CertifiedKey, userId: UserId): void {
  const { delegatedTo } = keyStanding(state, key);
  if (delegatedTo !== null && delegatedTo !== userId) throw new Refusal('key/not-owner', { keyId: key.keyId });
}
