/**
 * Every way of saying no: a stable code, the HTTP status of contract §1.5 and a sentence that says what to do.
 *
 * Codes are the contract: never renamed, never reused. Text is for people.
 *
 * @module
 */
export const reasons = {
  // The request's form
  'request/malformed-json': { status: 400, text: 'The body is not JSON as this API reads it: valid, no member twice, nested at most 32 deep.' },
  'request/invalid': { status: 400, text: 'The request does not have the shape that the call takes; see `details`.' },
  'request/unsupported': { status: 400, text: 'This field or value is known but not supported here; see `details`.' },
  'request/too-large': { status: 413, text: 'The body is larger than 65536 bytes, or that of an act than 16384.' },
  'request/unknown-route': { status: 404, text: 'No such call. GET /openapi.json lists them all.' },
  'request/method-not-allowed': { status: 405, text: 'This path is there, but not with this method; `details` names those it takes.' },
  'request/too-many': { status: 429, text: 'Too many requests: wait as many seconds as `details.retryAfter` and the header Retry-After say.' },
  'request/internal': { status: 500, text: 'Internal Server Error' },
  'database/unavailable': { status: 503, text: 'The database cannot be used at the moment; try again.' },
  // Who is asking
  'auth/not-authorized': { status: 401, text: 'Not Authorized.' },
  'auth/inactive': { status: 400, text: 'User account has been deactivated.' },
  'auth/forbidden': { status: 403, text: 'The caller is not authorized to perform this operation.' },
  'auth/caller-kind': {
    status: 403,
    text: 'Not with this kind of credential: a personal access token makes no credentials, tokens, users or service accounts, and a service account has one credential and no tokens.',
  },
  // User actions
  'action/missing': { status: 403, text: 'user action signature is missing or invalid' },
  'action/used': { status: 400, text: 'user action has already been used' },
  'action/expired': { status: 403, text: 'The user action has expired: ask for a new challenge and sign that.' },
  'action/mismatch': { status: 403, text: 'user action signature is missing or invalid: it was made for another method, path, body or user' },
  'action/challenge-invalid': { status: 400, text: 'Challenge token is not valid.' },
  'action/credential-unknown': { status: 401, text: 'User does not have a credential that can be used for the application.' },
  'action/signature-invalid': { status: 401, text: 'The credential’s signature over the challenge does not verify.' },
  'action/client-data-invalid': { status: 400, text: 'The client data is not what this kind of credential signs.' },
  // Login and registration
  'login/refused': { status: 401, text: 'Not Authorized. There is no such user, or this credential is not one it can sign in with.' },
  'registration/code-invalid': { status: 403, text: 'Invalid code' },
  'registration/code-expired': { status: 400, text: 'Registration code expired' },
  // Authority
  'authority/foreign': { status: 403, text: 'The request belongs to another organisation.' },
  'authority/behind': { status: 503, text: 'A signer has not yet caught up with the organisation’s acts; try again.' },
  'authority/acts-absent': { status: 503, text: 'This signer started from a snapshot and does not hold the acts before it yet; ask another one.' },
  'authority/head-unknown': { status: 403, text: 'The request names a state of the organisation that never was.' },
  'authority/conflict': { status: 409, text: 'Another act took this number; sign the request anew.' },
  'authority/exceeds-author': { status: 403, text: 'Nobody can give operations that they do not hold themselves together with Permissions:Assign.' },
  'authority/uncertified': { status: 503, text: 'Too few signers acknowledged the act; it will be finished when they are back.' },
  'authority/last-administrator': { status: 409, text: 'After this no active administrator would be left; make another one first.' },
  'authority/rolled-back': {
    status: 503,
    text: 'This signer’s store was rolled back: what it may have acknowledged before, others must acknowledge now.',
  },
  'authority/double-acknowledgement': {
    status: 503,
    text: 'A signer has acknowledged two acts for one number: the others do nothing for this organisation until their operators decide.',
  },
  'credential/malformed-key': {
    status: 400,
    text: 'The public key is not an Ed25519, P-256, secp256k1 or RSA (2048 bits or more) key in PEM (SPKI; PKCS#1 for RSA).',
  },
  'credential/weak-key': {
    status: 400,
    text: 'The public key is too weak: RSA needs 2048 to 8192 bits and an odd exponent of 65537 or more; points must be of full order.',
  },
  'credential/duplicate': { status: 409, text: 'A credential with this key exists already.' },
  'credential/unknown': { status: 404, text: 'You have no such credential.' },
  'credential/fingerprint': { status: 400, text: 'The public key and the SHA-256 beside it do not agree; nothing was confirmed.' },
  'credential/attestation': { status: 400, text: 'The new credential did not sign its challenge, or did so in another form than this kind does.' },
  'passkey/not-configured': { status: 400, text: 'This organisation’s genesis names no relying party and origins for passkeys: use a key credential.' },
  'passkey/origin': { status: 403, text: 'The passkey was used on a website that is not among the origins of the organisation’s genesis.' },
  'passkey/relying-party': { status: 403, text: 'The passkey answered for another relying party than that of the organisation’s genesis.' },
  'passkey/authenticator-data': { status: 400, text: 'The authenticator data is not what a passkey gives when it signs.' },
  'passkey/user-verification': {
    status: 403,
    text: 'The authenticator did not see to its user as the organisation’s genesis asks; `details` says what is missing.',
  },
  'service-account/unknown': { status: 404, text: 'No such service account in this organisation.' },
  'service-account/name-taken': { status: 409, text: 'A user or service account has or had this name.' },
  'permission/unknown': { status: 404, text: 'No such permission in this organisation.' },
  'permission/name-taken': { status: 409, text: 'A permission of this name exists or existed.' },
  'permission/unknown-operation': { status: 400, text: 'No such operation; docs/contract.md lists them.' },
  'permission/immutable': { status: 403, text: 'This permission is built in and cannot be changed or archived.' },
  'permission/archived': { status: 409, text: 'This permission is archived; bring it back before you change it.' },
  'assignment/unknown': { status: 404, text: 'No such assignment of this permission.' },
  'assignment/duplicate': { status: 409, text: 'This identity holds the permission already.' },
  'identity/unknown': { status: 404, text: 'No such user, service account or token in this organisation.' },
  'user/unknown': { status: 404, text: 'No such user in this organisation.' },
  'user/name-taken': { status: 409, text: 'A user or service account has or had this name.' },
  'user/registered': { status: 409, text: 'This user has a credential that signers obey; it adds further ones itself.' },
  'application/unknown': { status: 404, text: 'No such application in this organisation.' },
  'log/unknown': { status: 404, text: 'No such entry in the log of user actions.' },
  'token/unknown': { status: 404, text: 'You have no such personal access token.' },
  // Wallets, keys, signatures
  'wallet/unknown': { status: 404, text: 'wallet not found' },
  'key/unknown': { status: 404, text: 'key not found' },
  'key/pending': { status: 503, text: 'The key’s certificate is not complete; make a new one with a new user action.' },
  'key/failed': { status: 503, text: 'The signers could not finish the key; nothing was made, ask again with a new user action.' },
  'key/retired': { status: 403, text: 'The key has been exported: its signers have retired it and it never signs again.' },
  'key/archived': { status: 409, text: 'The key is archived, and with it all its wallets: it signs nothing, and is exported no more.' },
  'key/scheme': { status: 400, text: 'The network needs another kind of key than this one.' },
  'key/not-owner': { status: 403, text: 'The key is delegated: it signs and is exported at its owner’s own request only.' },
  'key/delegated': { status: 409, text: 'The key is delegated already, and stays its owner’s.' },
  'key/not-delegable': { status: 409, text: 'Only a key that was made with delayDelegation can be delegated later.' },
  'key/delegatee': { status: 400, text: 'A key is delegated to a user or service account that is there, active, and has or had a credential.' },
  'wallet/too-many-tags': { status: 400, text: 'A wallet has at most 64 tags.' },
  'key/exists': { status: 409, text: 'This id exists with another origin.' },
  'certificate/invalid': { status: 500, text: 'A key certificate does not verify against the genesis.' },
  'signature/unknown': { status: 404, text: 'signature request not found' },
  'signature/kind-unsupported': { status: 400, text: 'This kind of signature does not exist for this network or key.' },
  'signature/hash-length': { status: 400, text: 'A hash to sign is exactly 32 bytes in hex.' },
  'signature/failed': { status: 503, text: 'The signers could not finish the signature; ask again.' },
  'external-id/conflict': { status: 409, text: 'This externalId was used with another request.' },
  // Export
  'export/disabled': {
    status: 403,
    text: 'Export is switched off in this organisation. A signed PUT /organisation/settings {"exportEnabled":true} switches it on.',
  },
  'export/never-exportable': { status: 403, text: 'This key was made never to be exported, or was declared so: no signer releases its share.' },
  'export/encryption-key': { status: 400, text: 'encryptionKey is base64 of 34 bytes: version 1 and a compressed secp256k1 point that is not the identity.' },
  'export/scheme': { status: 400, text: 'None of the supportedSchemes fits the key.' },
  'export/none': { status: 404, text: 'You have no export of this key to fetch.' },
  'export/undecided': { status: 503, text: 'Too few signers agreed in time; the key was not retired and still signs.' },
  'export/unfinished': {
    status: 503,
    text: 'The key is retired, but too few signers have released their share yet: repeat the request with the same encryptionKey.',
  },
  // Signers
  'signers/unavailable': { status: 503, text: 'Too few signers answered; `details` names the missing ones.' },
  'signers/disagree': { status: 503, text: 'The signers gave different answers; `details` names them.' },
  'signers/busy': { status: 503, text: 'The signers are busy; try again in a moment.' },
  'signers/catching-up': { status: 503, text: 'A signer has started and takes no part before it has asked enough of its peers what it missed.' },
  'signer/unknown': { status: 404, text: 'No such signer in the roster.' },
  'rotation/key': { status: 400, text: 'A new key of a signer is no valid point, or is or was a key of the roster; `details` says which.' },
  'rotation/proof': { status: 400, text: 'The new identity key did not sign this rotation: prepare it at the signer, for its present sequence number.' },
  'sessions/slowed-down': {
    status: 503,
    text: 'A session of these signers failed a moment ago: the next one has to wait, and others can sign meanwhile; `details` names them.',
  },
  'sessions/too-many-failures': {
    status: 503,
    text: 'Too many sessions with the signers in `details` have failed: a signer takes part in none with them until its operator decides.',
  },
  'evidence/spent': { status: 400, text: 'user action has already been used for something else' },
  'envelope/refused': { status: 400, text: 'A message between server and signers was refused.' },
  // Shares and files, at the client
  'share/unreadable': { status: 422, text: 'A share did not open with this export key.' },
  'share/malformed': { status: 422, text: 'A share opened, but is not a share.' },
  'share/too-few': { status: 422, text: 'Fewer good shares than the key’s threshold: the key cannot be recovered from these.' },
  'share/wrong-key': { status: 422, text: 'The shares recombine to another key than the one expected.' },
  'answer/invalid': { status: 422, text: 'The answer is not an export answer.' },
  'guard/foreign-challenge': { status: 403, text: 'The server asked for a signature over another request than the one you made. Nothing was signed.' },
  'guard/unknown-call': { status: 400, text: 'The guard does not know this call and signs nothing for it.' },
  'receipt/incomplete': {
    status: 409,
    text: 'Not all pieces of a receipt are there; `details` counts those that are. Repeating the export with the same encryptionKey may bring the rest.',
  },
  'receipt/too-large': { status: 413, text: 'The receipt is larger than 16777216 bytes.' },
  'receipt/malformed': { status: 422, text: 'Not a receipt: not JSON in UTF-8, or not of its shape; `details` says where.' },
  'receipt/not-canonical': { status: 422, text: 'Not the one byte form of a receipt (RFC 8785): it was written anew by something that changed it.' },
  'receipt/evidence': { status: 422, text: 'The user’s request in the receipt does not hold; `details` says why.' },
  'receipt/statement': {
    status: 422,
    text: 'A signer’s statement in the receipt is of something else, out of order, or not signed by it; `details` says which.',
  },
  'receipt/quorum': { status: 422, text: 'Fewer signers than the threshold stand behind the receipt; `details` counts them.' },
  'receipt/chain': { status: 422, text: 'The acts in the receipt do not lead to the head that the signers name, or do not allow the request.' },
  'genesis/invalid': { status: 400, text: 'The genesis is malformed, or its hash is not the one expected.' },
  // Backups, at a signer's operator
  'backup/malformed': { status: 422, text: 'Not a backup of a signer, or one of a version that is not known here.' },
  'backup/incomplete': {
    status: 422,
    text: 'The backup is shorter than it says: it was cut while it was written or copied. Copy it again, or take another one.',
  },
  'backup/unreadable': {
    status: 422,
    text: 'The backup does not open: `details` says whether it was made for another recovery key. If not, it was changed; take another one.',
  },
  'backup/foreign': { status: 422, text: 'The backup is of another signer or network than the one that was named; `details` says whose it is.' },
  'backup/unsound': { status: 422, text: 'The backup opens, but what is in it does not hold together; `quorate-signer drill` lists what.' },
  'backup/key': { status: 422, text: 'Not a recovery key as `quorate-signer backup-key` makes them.' },
} as const satisfies Record<string, { readonly status: number; readonly text: string }>;

export type RefusalCode = keyof typeof reasons;
export type RefusalDetail = Readonly<Record<string, string | number | boolean | readonly string[] | Readonly<Record<string, string>>>>;

/** A no with a stable code. `detail` is shown to the caller: ids and field names, never secrets or foreign input. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  constructor(code: RefusalCode, detail: RefusalDetail = {}, options?: ErrorOptions) {
    super(reasons[code].text, options);
    this.code = code;
    this.detail = detail;
  }

  get status(): number {
    return reasons[this.code].status;
  }
}

/** By name, not by `instanceof`, so that it survives two copies of this module. */
export function isRefusal(error: unknown, code?: RefusalCode): error is Refusal {
  return error instanceof Error && error.name === 'Refusal' && 'code' in error && (code === undefined || error.code === code);
}

/** Whether text received from outside is one of our codes. */
export const isRefusalCode = (text: unknown): text is RefusalCode => typeof text === 'string' && Object.hasOwn(reasons, text);
