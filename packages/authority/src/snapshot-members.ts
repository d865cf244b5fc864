/**
 * What of the state stands in a snapshot, and how: every member of `AuthorityState`, or the compiler complains.
 *
 * @module
 */
import { sha256Hex, type SignerId, type WalletId } from '@quorate/wire';
import { List, Map as IMap, Set as ISet } from 'immutable';
import type { KeysSince } from './roster.ts';
import { type Check, flag, hash, integer, listOf, nullable, oneOf, optional, record, text } from './snapshot-shape.ts';
import type {
  AssignmentRecord,
  AuthorityState,
  Credential,
  Delegation,
  KeyRecord,
  PermissionRecord,
  PersonalAccessToken,
  TagChanges,
  User,
  WalletRecord,
} from './state.ts';

/**
 * Raised whenever a shape below, or what a member means, changes. A snapshot of another format is left alone, and the
 * acts are replayed.
 */
export const SNAPSHOT_FORMAT = 1;

/** What a snapshot names in its first line, or whoever reads it must know. */
type Given = 'genesis' | 'genesisHash' | 'head';

export interface MemberCodec<T> {
  readonly shape: string;
  /** In the one order that there is. */
  write(value: T): Iterable<unknown>;
  /** `null` where an item is not what it should be, or out of order. */
  read(items: readonly unknown[]): T | null;
}

const byKey = <V>(a: readonly [string, V], b: readonly [string, V]): number => (a[0] < b[0] ? -1 : 1);

function mapOf<K extends string, V>(value: Check<V>): MemberCodec<IMap<K, V>> {
  return {
    shape: `map of ${value.shape}`,
    *write(map) {
      for (const [key, one] of [...map].sort(byKey)) yield [key, value.write(one)];
    },
    read(items) {
      let last: string | null = null;
      for (const item of items) {
        if (!(Array.isArray(item) && item.length === 2 && isAfter(last, item[0]) && value.is(item[1]))) return null;
        last = item[0];
      }
      return IMap(items as readonly [K, V][]);
    },
  };
}

function mapOfSets<K extends string, V extends string>(): MemberCodec<IMap<K, ISet<V>>> {
  const lists = mapOf<K, readonly V[]>(listOf(text<V>()));
  return {
    shape: 'map of sets',
    write: (map) => lists.write(map.map((set) => [...set].sort())),
    read: (items) => lists.read(items)?.map((list) => ISet(list)) ?? null,
  };
}

function setOf<T extends string>(value: Check<T>): MemberCodec<ISet<T>> {
  return {
    shape: `set of ${value.shape}`,
    write: (set) => [...set].sort(),
    read(items) {
      let last: string | null = null;
      for (const item of items) {
        if (!(value.is(item) && isAfter(last, item))) return null;
        last = item;
      }
      return ISet(items as readonly T[]);
    },
  };
}

const sequenceOf = <T>(value: Check<T>): MemberCodec<List<T>> => ({
  shape: `list of ${value.shape}`,
  write: (list) => list,
  read: (items) => (items.every((item) => value.is(item)) ? List(items as readonly T[]) : null),
});

const single = <T>(value: Check<T>): MemberCodec<T> => ({
  shape: value.shape,
  *write(one) {
    yield value.write(one);
  },
  read: ([one, ...rest]) => (rest.length === 0 && value.is(one) ? one : null),
});

const isAfter = (last: string | null, next: unknown): next is string => typeof next === 'string' && (last === null || last < next);

const user = record<User>({
  id: text(),
  name: text(),
  isServiceAccount: flag,
  isActive: flag,
  isArchived: flag,
  credentialUuid: nullable(text()),
  credId: nullable(text()),
  tokenId: text(),
  externalId: nullable(text()),
  daysValid: nullable(integer),
  createdAt: integer,
});

const credential = record<Credential>({
  credId: text(),
  uuid: text(),
  userId: text(),
  tokenId: text(),
  name: text(),
  kind: oneOf({ Key: true, Fido2: true }),
  publicKey: text(),
  fingerprint: text(),
  origin: optional(text()),
  isActive: flag,
  vouchedFor: flag,
  createdAt: integer,
});

const token = record<PersonalAccessToken>({
  id: text(),
  userId: text(),
  credId: text(),
  name: text(),
  externalId: nullable(text()),
  expiresAt: integer,
  isActive: flag,
  isArchived: flag,
  createdAt: integer,
});

const permission = record<PermissionRecord>({
  id: text(),
  name: text(),
  operations: listOf(text()),
  isImmutable: flag,
  isArchived: flag,
  createdAt: integer,
  updatedAt: integer,
});

const assignment = record<AssignmentRecord>({ id: text(), permissionId: text(), identityId: text(), isImmutable: flag, createdAt: integer });

const delegation = record<Delegation>({ to: text(), number: integer });
const key = record<KeyRecord>({ archivedAt: nullable(integer), neverExportable: flag, delegation: nullable(delegation) });
const wallet = record<WalletRecord>({ id: text(), keyId: text(), network: text() });
const signerKeys = record<KeysSince>({ identityKey: text(), sealingKey: text(), importKey: text(), since: integer });

/** A map whose values are put into another form on the way. */
function mapBy<K extends string, V, W>(values: MemberCodec<IMap<K, W>>, to: (value: V) => W, from: (written: W) => V): MemberCodec<IMap<K, V>> {
  return { shape: values.shape, write: (map) => values.write(map.map(to)), read: (items) => values.read(items)?.map(from) ?? null };
}

interface TagLists {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}
const tagChanges = mapBy<WalletId, TagChanges, TagLists>(
  mapOf(record<TagLists>({ added: listOf(text()), removed: listOf(text()) })),
  ({ added, removed }) => ({ added: [...added].sort(), removed: [...removed].sort() }),
  ({ added, removed }) => ({ added: ISet(added), removed: ISet(removed) }),
);
const keyHistory = mapBy<SignerId, List<KeysSince>, readonly KeysSince[]>(
  mapOf(listOf(signerKeys)),
  (keys) => keys.toArray(),
  (keys) => List(keys),
);

export const members: { readonly [K in Exclude<keyof AuthorityState, Given>]-?: MemberCodec<AuthorityState[K]> } = {
  heads: sequenceOf(hash(64)),
  users: mapOf(user),
  userNames: mapOf(text()),
  credentials: mapOf(credential),
  credentialsByUser: mapOfSets(),
  fingerprints: mapOf(text()),
  tokens: mapOf(token),
  permissions: mapOf(permission),
  permissionNames: mapOf(text()),
  assignments: mapOf(assignment),
  assignmentsByIdentity: mapOfSets(),
  assignmentsByPermission: mapOfSets(),
  keys: mapOf(key),
  wallets: mapOf(wallet),
  walletDelegations: mapOf(delegation),
  walletTags: tagChanges,
  signerKeys: keyHistory,
  spent: setOf(hash(43)),
  settings: single(record<AuthorityState['settings']>({ exportEnabled: flag })),
};

export type MemberName = keyof typeof members;
export const memberNames = (Object.keys(members) as MemberName[]).sort();

/** SHA-256 over all shapes: it changes only together with {@link SNAPSHOT_FORMAT}. */
export const snapshotShape = (): string => sha256Hex(memberNames.map((name) => `${name}: ${members[name].shape}\n`).join(''));
