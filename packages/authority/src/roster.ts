/**
 * The roster as acts have made it: which keys each signer has had, from which act on. Ids, order and threshold are the
 * genesis's and never change.
 *
 * @module
 */
import { b64, type Genesis, type Signed, type SignedKind, type SignerId, type SignerKeys, verifySigned } from '@quorate/wire';
import { List, Map as IMap } from 'immutable';

export interface KeysSince extends SignerKeys {
  /** Number of the act that gave the signer these keys; 0 for those of the genesis. */
  readonly since: number;
}

/** Of every signer all keys it has had, oldest first. The last are its present ones. */
export type KeyHistory = IMap<SignerId, List<KeysSince>>;

/** What statements of signers are verified with. An authority state is one. */
export interface Roster {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly signerKeys: KeyHistory;
}

export const genesisKeys = (genesis: Genesis): KeyHistory =>
  IMap(genesis.signers.map(({ id, identityKey, sealingKey, importKey }) => [id, List([{ identityKey, sealingKey, importKey, since: 0 }])]));

/** The roster as it was at genesis: all that is known without acts. */
export const genesisRoster = (genesis: Genesis, genesisHash: string): Roster => ({ genesis, genesisHash, signerKeys: genesisKeys(genesis) });

/** The present keys of a signer; `null` for one that is none. */
export const keysOf = ({ signerKeys }: Pick<Roster, 'signerKeys'>, id: SignerId): KeysSince | null => signerKeys.get(id)?.last() ?? null;

/** Who a signer is on the link, by its present keys: Ed25519 and X25519, 32 bytes each; `null` for one that is none. */
export interface SignerParty {
  readonly id: string;
  readonly role: 'signer';
  readonly identityKey: Uint8Array;
  readonly sealingKey: Uint8Array;
}
export function partyOf(roster: Pick<Roster, 'signerKeys'>, id: string): SignerParty | null {
  const keys = keysOf(roster, id as SignerId);
  return keys === null ? null : { id, role: 'signer', identityKey: b64.decode(keys.identityKey), sealingKey: b64.decode(keys.sealingKey) };
}

/** The keys that a signer had after the act of this number; `null` for one that is none. */
export const keysAt = ({ signerKeys }: Pick<Roster, 'signerKeys'>, id: SignerId, number: number): KeysSince | null =>
  signerKeys.get(id)?.findLast(({ since }) => since <= number) ?? null;

/** How often a signer's keys were rotated. */
export const rotationsOf = ({ signerKeys }: Pick<Roster, 'signerKeys'>, id: SignerId): number => (signerKeys.get(id)?.size ?? 1) - 1;

/**
 * Which of a signer's keys count for a statement: its present ones alone, or those it had after the act of this number
 * and any later ones.
 */
export type CountsFrom = 'present' | number;

export function keysFrom({ signerKeys }: Pick<Roster, 'signerKeys'>, id: SignerId, from: CountsFrom): readonly KeysSince[] {
  const all = signerKeys.get(id)?.toArray() ?? [];
  return all.filter((_, i) => i === all.length - 1 || (from !== 'present' && (all[i + 1]?.since ?? 0) > from));
}

/** Whether a signer of the roster, and no one else, made this statement, with a key that counts for it. */
export async function verifyBySigner<K extends SignedKind>(roster: Roster, kind: K, statement: Signed<K>, from: CountsFrom): Promise<boolean> {
  // The latest first: it nearly always is the one.
  for (const { identityKey } of keysFrom(roster, statement.signerId, from).toReversed())
    if (await verifySigned(kind, statement, b64.decode(identityKey))) return true;
  return false;
}
