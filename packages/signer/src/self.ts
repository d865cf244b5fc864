/**
 * Who this signer is in its roster, and how it signs what it says on its own account.
 *
 * @module
 */
import type { Identity, SealContext } from '@quorate/mpc';
import { b64, type BodyOf, equal, type Genesis, rosterHashOf, type Signed, signedBytes, type SignedKind, type SignerId } from '@quorate/wire';

export interface Member {
  readonly id: SignerId;
  /** Rank at key generation, from 0. */
  readonly index: number;
  readonly sealingKey: Uint8Array;
}

export interface Self {
  readonly id: SignerId;
  /** Rank at key generation, from 0. */
  readonly index: number;
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
  /** Milliseconds. */
  readonly now: () => number;
  sign<K extends SignedKind>(kind: K, body: BodyOf<K>): Signed<K>;
  /** What a blob of this key, or of `aux`, is sealed for. */
  contextOf(key: string): SealContext;
}

/** @throws where the identity is not one of the roster’s, with all three of its keys */
export function createSelf(identity: Identity, genesis: Genesis, genesisHash: string, now: () => number): Self {
  const { identityKey, sealingKey, importKey } = identity.publicIdentity;
  const index = genesis.signers.findIndex((signer) => equal(b64.decode(signer.identityKey), identityKey));
  const own = genesis.signers[index];
  if (own === undefined) throw new Error('This signer is not in the roster of the genesis.');
  if (!equal(b64.decode(own.sealingKey), sealingKey) || !equal(b64.decode(own.importKey), importKey)) {
    throw new Error('The genesis has other keys for this signer than it holds.');
  }
  const rosterHash = rosterHashOf(genesis);
  const roster = genesis.signers.map((signer, i): Member => ({ id: signer.id, index: i, sealingKey: b64.decode(signer.sealingKey) }));
  return {
    id: own.id,
    index,
    identity,
    genesis,
    genesisHash,
    rosterHash,
    quorum: genesis.threshold,
    roster,
    peers: roster.map(({ id }) => id).filter((id) => id !== own.id),
    now,
    sign: (kind, body) => ({ body, signerId: own.id, signature: b64.encode(identity.sign(signedBytes(kind, body, own.id))) }),
    contextOf: (key) => ({ org: genesis.orgId, key, signer: own.id, roster: rosterHash, epoch: genesis.epoch, version: 1 }),
  };
}
