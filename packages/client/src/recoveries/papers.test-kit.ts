/**
 * What can stand around an envelope: the release statement of its signer, or something in its place.
 *
 * @module
 */
import { b64, hex, sha256Hex, type Signed } from '@quorate/wire';
import { fastArithmetic } from '../arithmetic.ts';
import type { BlameReason } from '../blame.ts';
import { type TestKey, type TestNetwork, type TestSigner, hash } from '../network.test-kit.ts';
import { platformRandom } from '../random.ts';
import type { Content } from './contents.test-kit.ts';

export interface Papered {
  readonly network: TestNetwork;
  readonly key: TestKey;
  readonly other: TestKey;
  readonly rank: number;
  readonly encryptionKey: string;
  readonly foreignKey: string;
  readonly content: Content;
}

export interface PaperKind {
  /** `null` where nothing is wrong with it. */
  readonly reason: BlameReason | null;
  /** Without a certificate to compare with. */
  readonly uncertified: BlameReason | null;
  /** The signer's own signature stands under exactly this ciphertext, for this key and this request. */
  readonly signed: boolean;
  /** As `signed`, for a reader without a certificate, who does not know the wallet. */
  readonly signedUncertified?: true;
  make(given: Papered): unknown;
}

type Body = Signed<'release'>['body'];

const bodyOf = ({ network, key, rank, encryptionKey, content }: Papered): Body => {
  const { keyId, walletId, challenge, publicShares } = key.certificate.body;
  return {
    genesisHash: network.genesisHash,
    keyId,
    walletId,
    index: rank + 1,
    publicShare: publicShares[rank] as string,
    publicShares,
    ciphertextHash: sha256Hex(content.ciphertext),
    encryptionKey,
    challenge,
    tombstonedAt: 1_795_339_200_000,
    auditHead: hash(),
  };
};
const signerAt = (network: TestNetwork, rank: number): TestSigner => network.signers[rank % network.signers.length] as TestSigner;
const release = (given: Papered, change: Partial<Body> = {}): Signed<'release'> =>
  signerAt(given.network, given.rank).sign('release', { ...bodyOf(given), ...change });

const fault = (reason: BlameReason, change: (given: Papered) => Partial<Body>): PaperKind => ({
  reason,
  uncertified: reason,
  signed: false,
  make: (given) => release(given, change(given)),
});
/** The signer signs for this very envelope, but not for the public shares of the certificate. */
const misstated = (change: (given: Papered) => Partial<Body>): PaperKind => ({
  reason: 'release/public-shares',
  uncertified: null,
  signed: true,
  make: (given) => release(given, change(given)),
});
const unsigned = (reason: BlameReason, make: PaperKind['make']): PaperKind => ({ reason, uncertified: reason, signed: false, make });

export const papers = {
  fits: { reason: null, uncertified: null, signed: true, make: (given) => release(given) },
  missing: unsigned('release/missing', () => null),
  malformed: unsigned('release/malformed', (given) => ({ ...release(given), body: { ...bodyOf(given), index: 'one' } })),
  'signed by nobody': unsigned('release/signature', (given) => ({ ...release(given), signature: b64.encode(platformRandom(64)) })),
  'signed by a peer': unsigned('release/signature', (given) => ({
    ...release(given),
    signature: signerAt(given.network, given.rank + 1).sign('release', bodyOf(given)).signature,
  })),
  'changed after it was signed': unsigned('release/signature', (given) => ({ ...release(given), body: { ...bodyOf(given), tombstonedAt: 1 } })),
  'of another key': fault('release/key', ({ other }) => ({ keyId: other.certificate.body.keyId })),
  'of another organisation': fault('release/key', () => ({ genesisHash: hash() })),
  'of another wallet': {
    ...fault('release/key', ({ other }) => ({ walletId: other.certificate.body.walletId })),
    uncertified: null,
    signedUncertified: true,
  },
  'to another reader': fault('release/encryption-key', ({ foreignKey }) => ({ encryptionKey: foreignKey })),
  'of another ciphertext': fault('release/ciphertext', () => ({ ciphertextHash: hex.encode(platformRandom(32)) })),
  'with other public shares': misstated(({ other }) => ({ publicShares: other.certificate.body.publicShares })),
  'with one public share changed': misstated(({ key }) => ({ publicShares: [...key.certificate.body.publicShares.slice(0, -1), key.publicKey] })),
  'with one public share more': misstated(({ key, network }) =>
    network.signers.length === 16 ? { index: 16, publicShare: key.publicKey } : { publicShares: [...key.certificate.body.publicShares, key.publicKey] },
  ),
  'with the index of a peer': misstated(({ rank }) => ({ index: rank === 0 ? 2 : rank })),
  'with a public share that fits its own lie': misstated(({ content, key, other, rank }) => {
    const fitting = content.share === null ? null : hex.encode(fastArithmetic.publicOf('secp256k1', content.share));
    // Around an honest share there is nothing to fit.
    return {
      publicShare: fitting === null || fitting === key.certificate.body.publicShares[rank] ? (other.certificate.body.publicShares[rank] as string) : fitting,
    };
  }),
} as const satisfies Record<string, PaperKind>;
export type PaperName = keyof typeof papers;
