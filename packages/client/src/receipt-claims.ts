/**
 * What a verified receipt proves and what it does not, in words.
 *
 * @module
 */
import type { Receipt, SignerId } from '@quorate/wire';

export interface ReceiptClaim {
  readonly id:
    | 'request'
    | 'authority'
    | 'unforbidden'
    | 'key'
    | 'released'
    | 'retired'
    | 'no-other-quorum'
    | 'ciphertexts'
    | 'recombined'
    | 'signatures-under-way'
    | 'only-copy'
    | 'time';
  readonly claim: string;
  readonly proven: boolean;
  /** What it rests on; of what is not proven, why not. */
  readonly by: string;
}

/** How far a retirement reaches. */
export interface Retired {
  /** m: whose tombstone is in the receipt, in the order of the roster. */
  readonly signers: readonly SignerId[];
  readonly of: number;
  readonly threshold: number;
  /**
   * m − (n − t): how many of the m would have to break their word before a quorum could sign with the key again. With
   * one less, none can.
   */
  readonly wouldHaveToLie: number;
}

/** Every t of n signers hold at least t − (n − m) of the m. */
export function retirementOf(signers: readonly SignerId[], n: number, t: number): Retired {
  return { signers, of: n, threshold: t, wouldHaveToLie: Math.max(0, signers.length - (n - t)) };
}

/** `absent`: none were given beside the receipt. */
export type Ciphertexts = 'fit' | 'differ' | 'absent';

/** `against`: what acts say against an export of this key by this user; `null` where there are no acts. */
export function claimsOf(receipt: Receipt, retired: Retired, ciphertexts: Ciphertexts, against: readonly string[] | null): readonly ReceiptClaim[] {
  const { evidence, authorization, certificate, releases, acts } = receipt;
  const { body } = authorization;
  const { of: n, threshold: t, wouldHaveToLie: liars } = retired;
  const m = retired.signers.length;
  const said = authorization.signatures.length;
  const what = body.walletId === '' ? `key ${body.keyId}` : `wallet ${body.walletId} with key ${body.keyId}`;
  const token = body.tokenId === '' ? '' : ` through the token ${body.tokenId}`;
  return [
    {
      id: 'request',
      claim: `User ${body.userId}${token} asked that the ${what} be exported to the encryption key ${body.encryptionKey}.`,
      proven: true,
      by: `the signature of the credential ${body.credId} over exactly this request`,
    },
    {
      id: 'authority',
      claim: `At head ${body.headNumber} (${body.headHash}) that credential was active and this user’s, the user was allowed to export, and export was switched on.`,
      proven: true,
      by:
        acts === undefined
          ? `the signed word of ${said} of ${n} signers, at least ${t} of whom would have to lie; the acts themselves are not in this receipt`
          : `the ${acts.length} acts since the genesis, each signed by its author and acknowledged by at least ${t} of ${n} signers, computed anew here`,
    },
    {
      id: 'unforbidden',
      claim: 'By then no act had archived the key, made it never exportable, or given it to another user alone.',
      proven: against?.length === 0,
      by:
        against === null
          ? 'the acts are not in this receipt: it is the word of the signers that released'
          : against.length === 0
            ? 'the acts, computed anew here; what the key was made as stands in none of them and is the signers’ word'
            : `${against.join('; ')}. Signers finish what had begun before an archive or a renunciation, and heed a delegation only of a key made for one: that it was so is their word`,
    },
    {
      id: 'key',
      claim: `The key with the public key ${certificate.body.publicKey} was made by these signers, on ${certificate.body.network}, for ${certificate.body.ownerId}.`,
      proven: true,
      by: `the key certificate, signed by all ${n} signers`,
    },
    {
      id: 'released',
      claim: `${releases.length} of ${n} signers handed over the ciphertext of their share, for the encryption key that the user signed; ${t} are enough.`,
      proven: true,
      by: 'their signed release statements, each with the hash of its ciphertext',
    },
    {
      id: 'retired',
      claim: `${m} of ${n} signers have retired the key: they never use it again.`,
      proven: true,
      by: 'their signed tombstone statements, which are their promise',
    },
    {
      id: 'no-other-quorum',
      claim: `No ${t} signers can sign with the key again unless at least ${liars} of those ${m} break${liars === 1 ? 's' : ''} that promise.`,
      proven: true,
      by: `counting: every ${t} of ${n} signers hold at least ${m} − (${n} − ${t}) = ${liars} of them`,
    },
    {
      id: 'ciphertexts',
      claim: 'The ciphertexts beside this receipt are the ones that the signers released.',
      proven: ciphertexts === 'fit',
      by: {
        fit: 'their hashes, which stand in the release statements',
        differ: 'at least one ciphertext is not the one whose hash its signer signed',
        absent: 'no ciphertexts were given to compare',
      }[ciphertexts],
    },
    {
      id: 'recombined',
      claim: 'The shares open and make the key.',
      proven: false,
      by: 'only whoever holds the one-time decryption key can see that',
    },
    {
      id: 'signatures-under-way',
      claim: 'No signature was completed after the retirement.',
      proven: false,
      by: 'one to which all participants had contributed before may still have been, until its session’s deadline',
    },
    {
      id: 'only-copy',
      claim: 'Nobody else has the key, and the signers’ shares are erased.',
      proven: false,
      by: 'what somebody no longer has cannot be proven; the key is its owner’s to keep',
    },
    {
      id: 'time',
      claim: `It was signed about ${new Date(Number(evidence.statement.issuedAt)).toISOString()}.`,
      proven: false,
      by: 'the clocks of the server that wrote the time and of the signers that accepted it; nobody else’s',
    },
  ];
}
