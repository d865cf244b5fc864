/**
 * An export request read off its evidence alone, and which statements of signers are about it. Whoever puts a receipt
 * together and whoever verifies one ask the same questions.
 *
 * @module
 */
import {
  type Authorization,
  type AuthorizationBody,
  type Challenge,
  challengeOf,
  type Evidence,
  exportKey,
  exportWallet,
  isFor,
  type KeyCertificateBody,
  type KeyId,
  payloadHashOf,
  readCommand,
  Refusal,
  type Signed,
  type WalletId,
} from '@quorate/wire';

export interface ExportRequest {
  readonly evidence: Evidence;
  readonly challenge: Challenge;
  /** As the user signed it. */
  readonly encryptionKey: string;
  readonly path: { readonly walletId: WalletId } | { readonly keyId: KeyId };
}

/** Nothing is verified but that the payload is the one that was signed. @throws {Refusal} `action/mismatch`, or what reading the command refuses */
export function readExportRequest(evidence: Evidence): ExportRequest {
  if (payloadHashOf(evidence.payload) !== evidence.statement.payloadHash) throw new Refusal('action/mismatch', { member: 'payload' });
  const command = readCommand({ ...evidence.statement, payload: evidence.payload });
  const challenge = challengeOf(evidence.statement);
  if (isFor(command, exportWallet)) return { evidence, challenge, encryptionKey: command.body.encryptionKey, path: command.params };
  if (isFor(command, exportKey)) return { evidence, challenge, encryptionKey: command.body.encryptionKey, path: command.params };
  throw new Refusal('action/mismatch', { member: 'effect' });
}

interface Common {
  readonly genesisHash: string;
  readonly challenge: string;
  readonly keyId: string;
  readonly encryptionKey: string;
}

const isCommon = ({ evidence, challenge, encryptionKey }: ExportRequest, certificate: KeyCertificateBody, body: Common): boolean =>
  body.genesisHash === evidence.statement.genesisHash &&
  body.challenge === challenge &&
  body.keyId === certificate.keyId &&
  body.encryptionKey === encryptionKey;

/** Signatures are looked at by nobody here; see `verifyBySigner`. */
export const isTombstoneOf = (request: ExportRequest, certificate: KeyCertificateBody, { body }: Signed<'tombstone'>): boolean =>
  isCommon(request, certificate, body);

/** Its signer's own share of this key, for this request. */
export function isReleaseOf(request: ExportRequest, certificate: KeyCertificateBody, { body, signerId }: Signed<'release'>): boolean {
  const rank = certificate.signers.indexOf(signerId);
  return (
    isCommon(request, certificate, body) &&
    body.walletId === certificate.walletId &&
    body.index === rank + 1 &&
    body.publicShare === certificate.publicShares[rank] &&
    body.publicShares.join() === certificate.publicShares.join()
  );
}

/** Says of just this request who asked, and names no head older than the request does. */
export function isAuthorizationOf(request: ExportRequest, certificate: KeyCertificateBody, { body }: Pick<Authorization, 'body'>): boolean {
  const { statement, credId, kind } = request.evidence;
  const asked = { number: Number(statement.headNumber), hash: statement.headHash };
  return (
    isCommon(request, certificate, body) &&
    ('walletId' in request.path ? body.walletId === request.path.walletId : body.walletId === '' && body.keyId === request.path.keyId) &&
    body.userId === statement.userId &&
    body.tokenId === statement.tokenId &&
    body.credId === credId &&
    body.credentialKind === (kind === 'PasswordProtectedKey' ? 'Key' : kind) &&
    (body.headNumber > asked.number || isHeadOf(body, asked)) &&
    (body.headNumber > 0 || body.headHash === body.genesisHash) &&
    (asked.number > 0 || asked.hash === body.genesisHash)
  );
}

const isHeadOf = (body: AuthorizationBody, head: { readonly number: number; readonly hash: string }): boolean =>
  body.headNumber === head.number && body.headHash === head.hash;
