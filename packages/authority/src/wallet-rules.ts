/**
 * The acts on wallets and keys. The state does not know which keys and which first wallets there are, and takes nobody's
 * word for it: an act on an id that never was means nothing to anyone.
 *
 * @module
 */
import {
  type BodyOfEndpoint,
  type Challenge,
  type Command,
  createWallet,
  delegateKey,
  delegateWallet,
  deleteKey,
  deriveId,
  isFor,
  type KeyId,
  MAX_TAGS,
  Refusal,
  renounceKeyExport,
  tagWallet,
  untagWallet,
  type UserId,
  type WalletId,
} from '@quorate/wire';
import { Set as ISet } from 'immutable';
import type { Context } from './context.ts';
import { keyRecordOf } from './key-standing.ts';
import type { AuthorityState, Delegation, KeyRecord, TagChanges, WalletRecord } from './state.ts';

/** The state after such an act; `null` for a command that is none. @throws {Refusal} */
export function applyWalletRule(state: AuthorityState, command: Command, context: Context): AuthorityState | null {
  if (isFor(command, createWallet)) return walletAdded(state, command.body, context);
  if (isFor(command, tagWallet)) return tagged(state, command.params.walletId, command.body.tags);
  if (isFor(command, untagWallet)) return untagged(state, command.params.walletId, command.body.tags);
  if (isFor(command, delegateKey)) return keyDelegated(state, command.params.keyId, command.body.delegateTo);
  if (isFor(command, delegateWallet)) return walletDelegated(state, command.params.walletId, command.body.userId);
  if (isFor(command, deleteKey)) return withKey(state, command.params.keyId, { archivedAt: context.at });
  if (isFor(command, renounceKeyExport)) return withKey(state, command.params.keyId, { neverExportable: true });
  return null;
}

/**
 * The further wallet that a signed `POST /wallets` with `signingKey.id` asks for.
 * @throws {Refusal} `request/unsupported` for what only a key that is made can have, `action/mismatch` for a key to be made
 */
export function planFurtherWallet(body: BodyOfEndpoint<typeof createWallet>, challenge: Challenge): WalletRecord {
  const { signingKey = {}, network } = body;
  const { id: keyId, ...others } = signingKey;
  if (keyId === undefined) throw new Refusal('action/mismatch', { member: 'effect' });
  const [other] = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [`signingKey.${name}`]));
  if (other !== undefined) throw new Refusal('request/unsupported', { member: other });
  if (body.delegateTo !== undefined) throw new Refusal('request/unsupported', { member: 'delegateTo' });
  if (body.delayDelegation === true) throw new Refusal('request/unsupported', { member: 'delayDelegation' });
  if (body.neverExportable !== undefined) throw new Refusal('request/unsupported', { member: 'neverExportable' });
  return { id: deriveId('wa', 0, challenge), keyId, network };
}

function walletAdded(state: AuthorityState, body: BodyOfEndpoint<typeof createWallet>, { challenge }: Context): AuthorityState {
  const wallet = planFurtherWallet(body, challenge);
  requireUnarchived(state, wallet.keyId);
  if (state.wallets.has(wallet.id)) throw new Refusal('key/exists');
  return {
    ...state,
    wallets: state.wallets.set(wallet.id, wallet),
    walletTags: state.walletTags.set(wallet.id, { added: ISet(body.tags ?? []), removed: ISet() }),
  };
}

const untagging: TagChanges = { added: ISet(), removed: ISet() };

function tagged(state: AuthorityState, id: WalletId, tags: readonly string[]): AuthorityState {
  requireLiveWallet(state, id);
  const { added, removed } = state.walletTags.get(id) ?? untagging;
  const next = added.union(tags);
  if (next.size > MAX_TAGS) throw new Refusal('wallet/too-many-tags');
  return { ...state, walletTags: state.walletTags.set(id, { added: next, removed: removed.subtract(tags) }) };
}

function untagged(state: AuthorityState, id: WalletId, tags: readonly string[]): AuthorityState {
  requireLiveWallet(state, id);
  const { added, removed } = state.walletTags.get(id) ?? untagging;
  return { ...state, walletTags: state.walletTags.set(id, { added: added.subtract(tags), removed: removed.union(tags) }) };
}

/** Sorted, none twice. `birth`: those that the wallet was made with together with its key. */
export function tagsOf(state: AuthorityState, id: WalletId, birth: readonly string[]): readonly string[] {
  const { added, removed } = state.walletTags.get(id) ?? untagging;
  return [...added.union(birth.filter((tag) => !removed.has(tag)))].sort();
}

/**
 * One who can act. For a user without a credential, whoever confirms one would have the key, though it is nobody's but
 * its owner's.
 * @throws {Refusal} `key/delegatee`
 */
export function requireDelegatee(state: AuthorityState, id: UserId): void {
  const user = state.users.get(id);
  if (user === undefined || !user.isActive || user.isArchived || user.credId === null) throw new Refusal('key/delegatee');
}

function keyDelegated(state: AuthorityState, keyId: KeyId, to: UserId): AuthorityState {
  requireDelegatee(state, to);
  if (keyRecordOf(state, keyId).delegation !== null) throw new Refusal('key/delegated', { keyId });
  return withKey(state, keyId, { delegation: delegationTo(state, to) });
}

/** By a further wallet its key is delegated. A first wallet's key is known by its certificate alone, to whoever uses it. */
function walletDelegated(state: AuthorityState, id: WalletId, to: UserId): AuthorityState {
  const wallet = state.wallets.get(id);
  if (wallet !== undefined) return keyDelegated(state, wallet.keyId, to);
  requireDelegatee(state, to);
  if (state.walletDelegations.has(id)) throw new Refusal('key/delegated', { walletId: id });
  return { ...state, walletDelegations: state.walletDelegations.set(id, delegationTo(state, to)) };
}

const delegationTo = (state: AuthorityState, to: UserId): Delegation => ({ to, number: state.head.number + 1 });

/** What is archived stays as it is. @throws {Refusal} `key/archived` */
function withKey(state: AuthorityState, keyId: KeyId, change: Partial<KeyRecord>): AuthorityState {
  requireUnarchived(state, keyId);
  return { ...state, keys: state.keys.set(keyId, { ...keyRecordOf(state, keyId), ...change }) };
}

function requireUnarchived(state: AuthorityState, keyId: KeyId): void {
  if (keyRecordOf(state, keyId).archivedAt !== null) throw new Refusal('key/archived', { keyId });
}

function requireLiveWallet(state: AuthorityState, id: WalletId): void {
  const wallet = state.wallets.get(id);
  if (wallet !== undefined) requireUnarchived(state, wallet.keyId);
}
