/**
 * Which key certificate, if any, an answer's shares can be judged by: one that all signers of the trusted genesis
 * signed, for the key that the caller expects.
 *
 * @module
 */
import { type Roster, verifyKeyCertificate } from '@quorate/authority';
import { type Curve, type Genesis, genesisHashOf, isRefusal, type KeyCertificate, type KeyCertificateBody, type KeyId } from '@quorate/wire';
import { type KnownRoster, rosterIn } from './learn-roster.ts';
import type { Unchecked } from './blame.ts';

/** What the caller knows by itself, from before the export. */
export interface Expectation {
  /** The wallet's public key, hex, as the client kept it when the key was made (`verifyWallet`). */
  readonly expectedPublicKey: string;
  /** The organisation's genesis. Without it shares can be judged only by whether they fit together. */
  readonly genesis?: Genesis;
  /** Needed only if the genesis itself came from the server. */
  readonly genesisHash?: string;
  /** Which keys the signers have had since (`learnRoster`), where any were rotated. */
  readonly roster?: KnownRoster;
  /** The certificate kept when the key was made; otherwise the answer's is used. */
  readonly certificate?: KeyCertificate;
  readonly keyId?: KeyId;
}

/** @throws {Refusal} `genesis/invalid` when the genesis is not the one of the hash, or the roster not of the genesis */
export function trustedRoster({ genesis, genesisHash, roster }: Expectation): Roster | null {
  if (genesis === undefined) return null;
  const hash = genesisHash ?? genesisHashOf(genesis);
  return rosterIn({ genesis, genesisHash: hash, ...(roster === undefined ? {} : { roster }) });
}

export type Trusted = { readonly body: KeyCertificateBody } | { readonly body: null; readonly why: Unchecked };

export async function trustedCertificate(
  roster: Roster | null,
  given: KeyCertificate | 'invalid' | null,
  expected: { readonly curve: Curve; readonly publicKey: string; readonly keyId: KeyId | undefined },
): Promise<Trusted> {
  if (roster === null) return { body: null, why: 'no-genesis' };
  if (given === null) return { body: null, why: 'absent' };
  if (given === 'invalid') return { body: null, why: 'invalid' };
  try {
    await verifyKeyCertificate(roster, given);
  } catch (error) {
    if (isRefusal(error, 'certificate/invalid')) return { body: null, why: 'invalid' };
    throw error;
  }
  const { body } = given;
  const same = body.curve === expected.curve && body.publicKey === expected.publicKey && (expected.keyId === undefined || body.keyId === expected.keyId);
  return same ? { body } : { body: null, why: 'another-key' };
}
