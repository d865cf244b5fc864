/**
 * Who this signer is in its roster, which keys everybody in it has now, and how it signs what it says on its own account.
 *
 * @module
 */
import { genesisRoster, keysOf, type Roster } from '@quorate/authority';
import type { Identity, SealContext } from '@quorate/mpc';
import { b64, type BodyOf, type Genesis, rosterHashOf, type Signed, signedBytes, type SignedKind, type SignerId } from '@quorate/wire';
import { keysIn, sameKeys } from './identities.ts';

export interface Member {
  readonly id: SignerId;
  /** Rank at key generation, from 0. */
  readonly index: number;
  /** The present one. */
  readonly sealingKey: Uint8Array;
}

export interface Self {
  readonly id: SignerId;
  /** Rank at key generation, from 0. */
  readonly index: number;
  /** The one in use. */
  readonly identity: Identity;
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly rosterHash: string;
  /** q = t. */
  readonly quorum: number;
  /** All signers, in the order of the roster, this one included. */
  readonly roster: readonly Member[];
  /** The ids of all others. */
  readonly peers: readonly SignerId[];
  /** Which keys signers have had, by the acts that count here. */
  readonly keys: Roster;
  /** Milliseconds. */
  readonly now: () => number;
  sign<K extends SignedKind>(kind: K, body: BodyOf<K>): Signed<K>;
  /** What a blob of this key, or of `aux`, is sealed for. */
  contextOf(key: string): SealContext;
  /** From here on these keys count. */
  follow(keys: Roster): void;
  /** From here on this signer speaks and reads with other keys. */
  adopt(identity: Identity): void;
}

/**
 * `id`: of a signer whose keys were rotated; else its identity key is its id.
 * @throws where the identity is not one of the roster’s, with all three of its keys
 */
export function createSelf(given: Identity, genesis: Genesis, genesisHash: string, now: () => number, id: string = keysIn(given).identityKey): Self {
  const index = genesis.signers.findIndex((signer) => signer.id === id);
  const own = genesis.signers[index];
  if (own === undefined) throw new Error('This signer is not in the roster of the genesis.');
  if (keysIn(given).identityKey === own.id && !sameKeys(keysIn(given), own)) throw new Error('The genesis has other keys for this signer than it holds.');
  const rosterHash = rosterHashOf(genesis);
  let identity = given;
  let keys = genesisRoster(genesis, genesisHash);
  let roster = members(keys);
  return {
    id: own.id,
    index,
    get identity() {
      return identity;
    },
    genesis,
    genesisHash,
    rosterHash,
    quorum: genesis.threshold,
    get roster() {
      return roster;
    },
    peers: roster.map((member) => member.id).filter((other) => other !== own.id),
    get keys() {
      return keys;
    },
    now,
    sign: (kind, body) => ({ body, signerId: own.id, signature: b64.encode(identity.sign(signedBytes(kind, body, own.id))) }),
    contextOf: (key) => ({ org: genesis.orgId, key, signer: own.id, roster: rosterHash, epoch: genesis.epoch, version: 1 }),
    follow(next) {
      if (next.signerKeys === keys.signerKeys) return;
      keys = { genesis, genesisHash, signerKeys: next.signerKeys };
      roster = members(keys);
    },
    adopt(next) {
      identity = next;
    },
  };
}

function members(keys: Roster): readonly Member[] {
  return keys.genesis.signers.map(({ id, sealingKey }, index) => ({ id, index, sealingKey: b64.decode(keysOf(keys, id)?.sealingKey ?? sealingKey) }));
}
