/**
 * What a session is called before and after its participants have met: a tag that anyone can compute from the request,
 * and an execution id into which every participant's fresh nonce goes, so that none of them, nor the server, can make
 * it come twice (docs/contract.md, sessions).
 *
 * @module
 */
import { hashFields, hex, type SignerId } from '@quorate/wire';

export type ProtocolName = 'aux' | 'dkg' | 'sign';

export interface Meeting {
  readonly protocol: ProtocolName;
  /** '' for aux info, which nobody asks for. */
  readonly challenge: string;
  readonly attempt: number;
  /** In the order of the roster. */
  readonly participants: readonly SignerId[];
}

/** 64 hex digits. */
export const sessionTagOf = ({ protocol, challenge, attempt, participants }: Meeting): string =>
  hex.encode(hashFields('quorate/session-tag/v1', [protocol, challenge, attempt, ...participants]));

export interface Execution {
  readonly protocol: ProtocolName;
  readonly implVersion: string;
  readonly genesisHash: string;
  /** '' for aux info. */
  readonly keyId: string;
  readonly rosterHash: string;
  readonly threshold: number;
  readonly epoch: number;
  readonly challenge: string;
  /** Hex of what gets signed, or ''. */
  readonly digest: string;
  /** The authority head that the user's statement names; the genesis for aux info. */
  readonly head: { readonly number: string; readonly hash: string };
  /** Every participant's nonce, in the order of the roster. */
  readonly nonces: readonly (readonly [SignerId, string])[];
}

const purposes = { aux: 'aux info', dkg: 'key generation', sign: 'signature' } as const satisfies Record<ProtocolName, string>;
/** Keys are used underived. */
const DERIVATION_PATH = '';

/** 64 hex digits. */
export function executionIdOf(execution: Execution): string {
  const { protocol, implVersion, genesisHash, keyId, rosterHash, threshold, epoch, challenge, digest, head, nonces } = execution;
  return hex.encode(
    hashFields('quorate/execution/v1', [
      protocol,
      implVersion,
      genesisHash,
      keyId,
      rosterHash,
      threshold,
      epoch,
      purposes[protocol],
      challenge,
      digest,
      DERIVATION_PATH,
      head.number,
      head.hash,
      ...nonces.flat(),
    ]),
  );
}
