/**
 * Five signers and a key for tests: a real roster that signs real statements, and a dealer in place of the DKG.
 *
 * @module
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  b64,
  b64url,
  compare,
  deriveId,
  type ExportBody,
  formatExportShare,
  Genesis,
  genesisHashOf,
  groups,
  hex,
  type KeyCertificate,
  type KeyCertificateBody,
  parseEncryptionKey,
  readScalar,
  sealShare,
  sha256Hex,
  type Signed,
  signedBytes,
  type SignedKind,
  SignerId,
  writeScalar,
} from '@quorate/wire';
import { fastArithmetic } from './arithmetic.ts';
import { platformRandom as random, randomScalar } from './random.ts';

export interface TestSigner {
  readonly id: SignerId;
  sign<K extends SignedKind>(kind: K, body: Signed<K>['body']): Signed<K>;
}

export interface TestNetwork {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  /** In roster order. */
  readonly signers: readonly TestSigner[];
}

export const freshChallenge = (): string => b64url.encode(random(32));
export const hash = (): string => hex.encode(random(32));

function newSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const id = SignerId.parse(b64.encode(b64url.decode(publicKey.export({ format: 'jwk' }).x as string)));
  return { id, sign: (kind, body) => ({ body, signerId: id, signature: b64.encode(sign(null, signedBytes(kind, body, id), privateKey)) }) };
}

export function newNetwork({ n = 5, threshold = 3 } = {}): TestNetwork {
  const signers = Array.from({ length: n }, newSigner).sort((a, b) => compare(b64.decode(a.id), b64.decode(b.id)));
  const genesis = Genesis.parse({
    v: '1',
    orgId: deriveId('or', 0, freshChallenge()),
    epoch: 0,
    threshold,
    signers: signers.map(({ id }) => ({
      id,
      identityKey: id,
      sealingKey: b64.encode(random(32)),
      importKey: b64.encode(fastArithmetic.publicOf('secp256k1', randomScalar('secp256k1', random))),
    })),
    administrators: [
      { userId: deriveId('us', 0, freshChallenge()), username: 'admin', isServiceAccount: true, credId: 'cred-admin', publicKey: 'a test never reads this' },
    ],
    passkeys: { rpId: 'localhost', origins: ['http://localhost'], userVerification: 'required' },
  });
  return { genesis, genesisHash: genesisHashOf(genesis), signers };
}

export interface TestKey {
  readonly secret: Uint8Array;
  readonly publicKey: string;
  /** In roster order. */
  readonly shares: readonly Uint8Array[];
  readonly certificate: KeyCertificate;
}

/** A random polynomial of degree t−1 at 1…n. */
export function deal(secret: bigint, threshold: number, n: number): Uint8Array[] {
  const { order } = groups.secp256k1;
  const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => readScalar(randomScalar('secp256k1', random)))];
  return Array.from({ length: n }, (_, i) => writeScalar(coefficients.reduceRight((sum, coefficient) => (sum * BigInt(i + 1) + coefficient) % order, 0n)));
}

export function newKey(network: TestNetwork, given: Partial<KeyCertificateBody> = {}): TestKey {
  const { genesis, genesisHash, signers } = network;
  const secret = randomScalar('secp256k1', random);
  const publicKey = hex.encode(fastArithmetic.publicOf('secp256k1', secret));
  const shares = deal(readScalar(secret), genesis.threshold, signers.length);
  const challenge = freshChallenge() as KeyCertificateBody['challenge'];
  const body: KeyCertificateBody = {
    genesisHash,
    epoch: genesis.epoch,
    threshold: genesis.threshold,
    signers: signers.map(({ id }) => id),
    keyId: deriveId('key', 0, challenge),
    walletId: deriveId('wa', 0, challenge),
    network: 'Ethereum',
    ownerId: deriveId('us', 0, 'the owner'),
    challenge,
    executionId: hash(),
    scheme: 'ECDSA',
    curve: 'secp256k1',
    publicKey,
    publicShares: shares.map((share) => hex.encode(fastArithmetic.publicOf('secp256k1', share))),
    ...given,
  };
  return { secret, publicKey, shares, certificate: certify(network, body) };
}

export function certify({ signers }: TestNetwork, body: KeyCertificateBody): KeyCertificate {
  return { body, signatures: signers.map((signer) => ({ signerId: signer.id, signature: signer.sign('certificate', body).signature })) };
}

/** One signer's part of an answer. */
export interface Part {
  readonly signerId: string;
  readonly ciphertext: Uint8Array;
  readonly release: Signed<'release'> | null;
  readonly tombstone: Signed<'tombstone'>;
}

/** What a signer hands over; `lie` replaces the plaintext before it is sealed and signed for. */
export async function releasePart(
  network: TestNetwork,
  key: TestKey,
  request: ExportBody,
  rank: number,
  lie: (plaintext: Uint8Array) => Uint8Array = (honest) => honest,
): Promise<Part> {
  const signer = network.signers[rank] as TestSigner;
  const { body } = key.certificate;
  const plaintext = lie(formatExportShare({ curve: 'secp256k1', index: BigInt(rank + 1), share: key.shares[rank] as Uint8Array }));
  const ciphertext = await sealShare({ plaintext, encryptionKey: parseEncryptionKey(request.encryptionKey), multiply: fastArithmetic.multiply });
  const { keyId, challenge, publicShares } = body;
  const common = { genesisHash: network.genesisHash, keyId, challenge, encryptionKey: request.encryptionKey };
  return {
    signerId: signer.id,
    ciphertext,
    release: signer.sign('release', {
      ...common,
      walletId: body.walletId,
      index: rank + 1,
      publicShare: publicShares[rank] as string,
      publicShares,
      ciphertextHash: sha256Hex(ciphertext),
      tombstonedAt: 1_795_339_200_000,
      auditHead: hash(),
    }),
    tombstone: signer.sign('tombstone', { ...common, time: 1_795_339_200_000 }),
  };
}

export interface TestAnswer {
  publicKey: string;
  protocol: string;
  curve: string;
  minSigners: number;
  encryptedKeyShares: { signerId: string; encryptedKeyShare: string }[];
  releases?: unknown[];
  tombstones?: unknown[];
  keyCertificate?: KeyCertificate;
}

export function answerOf(network: TestNetwork, key: TestKey, parts: readonly Part[]): TestAnswer {
  return {
    publicKey: key.publicKey,
    protocol: 'CGGMP21',
    curve: 'secp256k1',
    minSigners: network.genesis.threshold,
    encryptedKeyShares: parts.map(({ signerId, ciphertext }) => ({ signerId, encryptedKeyShare: b64.encode(ciphertext) })),
    releases: parts.flatMap(({ release }) => (release === null ? [] : [release])),
    tombstones: parts.map(({ tombstone }) => tombstone),
    keyCertificate: key.certificate,
  };
}

export async function wholeAnswer(network: TestNetwork, key: TestKey, request: ExportBody): Promise<TestAnswer> {
  return answerOf(network, key, await Promise.all(network.signers.map((_, rank) => releasePart(network, key, request, rank))));
}

/** The same answer as Dfns would give it. */
export function plain({ publicKey, protocol, curve, minSigners, encryptedKeyShares }: TestAnswer): TestAnswer {
  return { publicKey, protocol, curve, minSigners, encryptedKeyShares };
}
