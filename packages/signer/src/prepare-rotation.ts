/**
 * The operator's part of a rotation: at the signer's own machine, makes the next keys and the proof that an administrator
 * puts into the act. The signer may be running; nothing changes for it until the act is certified.
 *
 * @module
 */
import { b64, type Genesis, readGenesis, rotationBytes, type RotationBody, type SignerId } from '@quorate/wire';
import { keysIn, makeNext } from './identities.ts';
import { filesIn } from './files.ts';
import { type Mpc, realMpc } from './mpc.ts';

export interface RotationOptions {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  /** Which rotation of this signer it will be: `rotations` of `GET /signers` and one. @default 1 */
  readonly sequence?: number;
  readonly mpc?: Mpc;
}

export interface PreparedRotation {
  readonly signerId: SignerId;
  readonly sequence: number;
  /** The payload of `PUT /signers/{signerId}/keys`. Nothing in it is secret. */
  readonly body: RotationBody;
}

/**
 * Makes the next identity durable, sealed beside the present one. The same keys again until they are in use.
 * @throws {Refusal} `genesis/invalid`; Error where the signer is not in the roster
 */
export function prepareRotation(dir: string, { genesis, genesisHash, sequence = 1, mpc = realMpc }: RotationOptions): PreparedRotation {
  const { orgId, signers } = readGenesis(genesis, genesisHash);
  const { id, next } = makeNext(mpc.openVault(filesIn(dir).key), dir);
  if (!signers.some((signer) => signer.id === id)) throw new Error('This signer is not in the roster of the genesis.');
  const keys = keysIn(next);
  const proof = b64.encode(next.sign(rotationBytes({ genesisHash, orgId, signerId: id, sequence }, keys)));
  return { signerId: id, sequence, body: { ...keys, proof } };
}
