/**
 * Verifies a receipt offline: from the file and the genesis hash alone, in a browser as well as in Node.
 *
 * In this order: the byte form, what costs a comparison, the chain of acts, which says whose keys count, and the other
 * signatures. Whatever does not hold is refused; what a receipt that holds does not prove is said in its claims.
 *
 * @module
 */
import {
  bareEvidence,
  genesisRoster,
  isAuthorizationOf,
  isReleaseOf,
  isTombstoneOf,
  readExportRequest,
  type Roster,
  verifyAssertedChallenge,
  verifyBySigner,
  verifyKeyCertificate,
} from '@quorate/authority';
import {
  b64,
  canonicalJson,
  type Challenge,
  CLOCK_ALLOWANCE_MS,
  type Genesis,
  isRefusal,
  type Json,
  type KeyId,
  parseEncryptionKey,
  readGenesis,
  readReceipt,
  type Receipt,
  Refusal,
  sha256Hex,
  type Signed,
  type SignedKind,
  type SignerId,
  type UserId,
  type WalletId,
} from '@quorate/wire';
import { type Ciphertexts, claimsOf, type ReceiptClaim, type Retired, retirementOf } from './receipt-claims.ts';
import { verifyReceiptChain } from './verify-receipt-chain.ts';

export interface VerifyReceiptOptions {
  /** Milliseconds; a receipt from later than this is refused. @default the clock */
  readonly now?: number;
  /** The ciphertexts of the export, as in its answer, to be compared with the released ones. */
  readonly shares?: readonly { readonly signerId: string; readonly encryptedKeyShare: string }[];
}

export interface VerifiedReceipt {
  readonly orgId: string;
  readonly challenge: Challenge;
  readonly userId: UserId;
  readonly credId: string;
  readonly keyId: KeyId;
  /** As the request named it; `null` where it named the key. */
  readonly walletId: WalletId | null;
  /** Of the exported key, compressed, lower-case hex. */
  readonly publicKey: string;
  /** Base64, as the user signed it. */
  readonly encryptionKey: string;
  /** Milliseconds, by the statement that the user signed. */
  readonly issuedAt: number;
  readonly head: { readonly number: number; readonly hash: string };
  /** Whether it was computed from the acts that the user was allowed, or is the signers' word. */
  readonly authority: 'acts' | 'signers';
  readonly released: readonly SignerId[];
  readonly retired: Retired;
  readonly claims: readonly ReceiptClaim[];
}

/**
 * `receipt`: the file's text or bytes. `genesisHash`: the one you trust, from elsewhere than the receipt.
 * @throws {Refusal} `receipt/*`, `genesis/invalid`, `certificate/invalid`
 */
export async function verifyReceipt(receipt: string | Uint8Array, genesisHash: string, options: VerifyReceiptOptions = {}): Promise<VerifiedReceipt> {
  const read = readReceipt(receipt);
  const genesis = readGenesis(read.genesis, genesisHash);
  checkRequest(read, options.now ?? Date.now());
  checkStatements(read, genesis, genesisHash);
  const chain = read.acts === undefined ? null : await verifyReceiptChain(genesis, read, read.acts);
  const roster = chain?.roster ?? genesisRoster(genesis, genesisHash);
  await explained(read, () => verifyKeyCertificate(roster, read.certificate));
  await explained(read, () => verifySignatures(read, roster));

  const { evidence, authorization, certificate, releases, tombstones, acts } = read;
  const { body } = authorization;
  const retired = retirementOf(
    tombstones.map(({ signerId }) => signerId),
    genesis.signers.length,
    genesis.threshold,
  );
  return {
    orgId: genesis.orgId,
    challenge: body.challenge,
    userId: body.userId,
    credId: body.credId,
    keyId: body.keyId,
    walletId: body.walletId === '' ? null : body.walletId,
    publicKey: certificate.body.publicKey,
    encryptionKey: body.encryptionKey,
    issuedAt: Number(evidence.statement.issuedAt),
    head: { number: body.headNumber, hash: body.headHash },
    authority: acts === undefined ? 'signers' : 'acts',
    released: releases.map(({ signerId }) => signerId),
    retired,
    claims: claimsOf(read, retired, compare(releases, options.shares), chain?.against ?? null),
  };
}

/** The user's request without its signature. @throws {Refusal} `receipt/evidence` */
function checkRequest({ genesis, evidence }: Receipt, now: number): void {
  const refuse = (reason: string): never => {
    throw new Refusal('receipt/evidence', { reason });
  };
  if (evidence.statement.orgId !== genesis.orgId) refuse('of another organisation');
  if (Number(evidence.statement.issuedAt) > now + CLOCK_ALLOWANCE_MS) refuse('from the future');
  // Whatever the credential's signature does not cover has one form only.
  if (canonicalJson(bareEvidence(evidence) as Json) !== canonicalJson(evidence as Json)) refuse('not in its one form');
}

/** Everything about the signers' statements but their signatures. @throws {Refusal} `receipt/evidence`, `receipt/statement`, `receipt/quorum` */
function checkStatements({ evidence, certificate, authorization, releases, tombstones }: Receipt, genesis: Genesis, genesisHash: string): void {
  const request = orEvidence(() => readExportRequest(evidence));
  orEvidence(() => parseEncryptionKey(request.encryptionKey));
  if (evidence.statement.genesisHash !== genesisHash) throw new Refusal('receipt/evidence', { reason: 'of another genesis' });
  const other = (kind: string, signerId?: SignerId): never => {
    throw new Refusal('receipt/statement', { kind, reason: 'about something else', ...(signerId === undefined ? {} : { signerId }) });
  };
  if (!isAuthorizationOf(request, certificate.body, authorization)) other('authorization');
  for (const release of releases) if (!isReleaseOf(request, certificate.body, release)) other('release', release.signerId);
  for (const tombstone of tombstones) if (!isTombstoneOf(request, certificate.body, tombstone)) other('tombstone', tombstone.signerId);

  const lists = { certificate: certificate.signatures, authorization: authorization.signatures, release: releases, tombstone: tombstones };
  for (const [kind, list] of Object.entries(lists)) {
    const ranks = list.map(({ signerId }) => genesis.signers.findIndex(({ id }) => id === signerId));
    if (ranks.some((rank, i) => rank < 0 || (i > 0 && rank <= (ranks[i - 1] ?? 0)))) {
      throw new Refusal('receipt/statement', { kind, reason: 'signers are foreign, twice or not in the order of the roster' });
    }
    if (list.length < genesis.threshold) throw new Refusal('receipt/quorum', { kind, signers: list.length, needed: genesis.threshold });
  }
}

function orEvidence<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isRefusal(error) ? new Refusal('receipt/evidence', { reason: error.code }, { cause: error }) : error;
  }
}

/** Without the acts a rotated key looks like a forger's: the refusal says what to ask for. */
async function explained({ acts }: Receipt, verify: () => Promise<void>): Promise<void> {
  try {
    await verify();
  } catch (error) {
    if (acts !== undefined || !isRefusal(error) || !(error.code === 'receipt/statement' || error.code === 'certificate/invalid')) throw error;
    const hint = 'if the keys of this signer were rotated, only a receipt with all acts (full=true) can show it';
    throw new Refusal(error.code, { ...error.detail, hint }, { cause: error });
  }
}

/** @throws {Refusal} `receipt/statement`, `receipt/evidence` */
async function verifySignatures({ evidence, authorization, releases, tombstones }: Receipt, roster: Roster): Promise<void> {
  const { body, signatures } = authorization;
  await allSigned(
    roster,
    'authorization',
    signatures.map((signature) => ({ body, ...signature })),
    body.headNumber,
  );
  // Now it is the signers' word that this is the credential's public key.
  try {
    const { credentialKind: kind, publicKey, userId } = body;
    await verifyAssertedChallenge(roster.genesis.passkeys, { kind, publicKey, userId }, evidence);
  } catch (error) {
    throw isRefusal(error) ? new Refusal('receipt/evidence', { reason: error.code }, { cause: error }) : error;
  }
  // Nobody can have released or retired for this request before a quorum stood at that head.
  await allSigned(roster, 'release', releases, body.headNumber);
  await allSigned(roster, 'tombstone', tombstones, body.headNumber);
}

async function allSigned<K extends SignedKind>(roster: Roster, kind: K, statements: readonly Signed<K>[], from: number): Promise<void> {
  const good = await Promise.all(statements.map((statement) => verifyBySigner(roster, kind, statement, from)));
  const bad = statements.find((_, i) => !good[i]);
  if (bad !== undefined) throw new Refusal('receipt/statement', { kind, reason: 'not signed by its signer', signerId: bad.signerId });
}

function compare(releases: Receipt['releases'], shares: VerifyReceiptOptions['shares']): Ciphertexts {
  if (shares === undefined) return 'absent';
  const fits = releases.every(({ signerId, body }) => {
    const share = shares.find((one) => one.signerId === signerId);
    return share !== undefined && hashOf(share.encryptedKeyShare) === body.ciphertextHash;
  });
  return fits && shares.length === releases.length ? 'fit' : 'differ';
}

function hashOf(encryptedKeyShare: string): string | null {
  try {
    return sha256Hex(b64.decode(encryptedKeyShare));
  } catch {
    return null;
  }
}
