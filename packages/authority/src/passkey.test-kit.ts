/**
 * An authenticator and its browser in software: makes passkeys and signs with them as WebAuthn says, or as told to
 * misbehave. Its bytes are put together here from the specification, not by the code that reads them.
 *
 * @module
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { challengeOf, CredentialId, type CredentialInfo, type Evidence } from '@quorate/wire';
import { encode } from 'cborg';

export type PasskeyAlgorithm = 'ES256' | 'RS256' | 'EdDSA';

export interface AuthenticatorOptions {
  readonly rpId?: string;
  readonly origin?: string;
  readonly algorithm?: PasskeyAlgorithm;
  /** Whether it verifies its user. @default true */
  readonly verifies?: boolean;
  /** Text of the user's id, told with each assertion. @default none */
  readonly userId?: string;
  /** Length of the credential's id in bytes. */
  readonly idBytes?: number;
}

/** What it does other than it should, once. */
export interface Misbehaviour {
  readonly type?: string;
  readonly origin?: string;
  readonly rpId?: string;
  /** In place of the twice encoded challenge. */
  readonly challenge?: string;
  /** Members of the client data besides. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** The whole flags byte. */
  readonly flags?: number;
  readonly counter?: number;
  /** After the last byte of the authenticator data. */
  readonly trailing?: Uint8Array;
  /** Length to which the authenticator data is cut. */
  readonly cut?: number;
  /** Of the attested credential. */
  readonly credentialId?: Uint8Array;
  readonly coseKey?: Map<number, unknown>;
  readonly attestation?: (object: Map<string, unknown>) => unknown;
  readonly userHandle?: string;
}

export interface PasskeyAssertionMade {
  readonly credId: CredentialId;
  readonly clientData: string;
  readonly signature: string;
  readonly authenticatorData: string;
  readonly userHandle?: string;
}

export interface Authenticator {
  readonly credId: CredentialId;
  /** SPKI in PEM. */
  readonly publicKey: string;
  readonly coseKey: Map<number, unknown>;
  /** Of its last signature; can be set back, as a copy of it would have it. */
  counter: number;
  /** Answers `navigator.credentials.create`. */
  create(challenge: string, misbehave?: Misbehaviour): CredentialInfo;
  /** Answers `navigator.credentials.get`. */
  get(challenge: string, misbehave?: Misbehaviour): PasskeyAssertionMade;
}

export const USER_PRESENT = 0x01;
export const USER_VERIFIED = 0x04;
export const ATTESTED = 0x40;
export const EXTENSIONS = 0x80;
/** Backup-eligible and backed up, as passkeys that are synchronised say of themselves. */
export const SYNCHRONISED = 0x18;

const sha256 = (data: Uint8Array | string): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest());
const base64url = (data: Uint8Array | string): string => Buffer.from(data).toString('base64url');
const bytes = (jwk: string | undefined): Uint8Array => new Uint8Array(Buffer.from(jwk ?? '', 'base64url'));

export function createAuthenticator(options: AuthenticatorOptions = {}): Authenticator {
  const { rpId = 'localhost', origin = 'http://localhost', algorithm = 'ES256', verifies = true, userId, idBytes = 32 } = options;
  const { privateKey, publicKey } = keyPairOf(algorithm);
  const rawId = new Uint8Array(randomBytes(idBytes));
  const coseKey = coseKeyOf(algorithm, publicKey);
  const normal = USER_PRESENT | (verifies ? USER_VERIFIED : 0) | SYNCHRONISED;

  const clientDataOf = (type: string, challenge: string, wrong: Misbehaviour): string =>
    JSON.stringify({
      type: wrong.type ?? type,
      challenge: wrong.challenge ?? base64url(challenge),
      origin: wrong.origin ?? origin,
      crossOrigin: false,
      ...wrong.client,
    });
  const authDataOf = (flags: number, counter: number, attested: Uint8Array, wrong: Misbehaviour): Uint8Array => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(wrong.counter ?? counter);
    const whole = [sha256(wrong.rpId ?? rpId), Uint8Array.of(wrong.flags ?? flags), count, attested, wrong.trailing ?? new Uint8Array()];
    return new Uint8Array(Buffer.concat(whole)).subarray(0, wrong.cut);
  };

  const authenticator: Authenticator = {
    credId: CredentialId.parse(base64url(rawId)),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    coseKey,
    counter: 0,
    create(challenge, wrong = {}) {
      const id = wrong.credentialId ?? rawId;
      const attested = Buffer.concat([Buffer.alloc(16), Uint8Array.of(id.length >> 8, id.length & 0xff), id, encode(wrong.coseKey ?? coseKey)]);
      const authData = authDataOf(normal | ATTESTED, authenticator.counter, attested, wrong);
      const object = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]);
      return {
        credId: authenticator.credId,
        clientData: base64url(clientDataOf('webauthn.create', challenge, wrong)),
        attestationData: base64url(encode(wrong.attestation?.(object) ?? object)),
      };
    },
    get(challenge, wrong = {}) {
      authenticator.counter += 1;
      const clientData = clientDataOf('webauthn.get', challenge, wrong);
      const authData = authDataOf(normal, authenticator.counter, new Uint8Array(), wrong);
      const signature = sign(algorithm === 'EdDSA' ? null : 'sha256', Buffer.concat([authData, sha256(clientData)]), privateKey);
      const userHandle = wrong.userHandle ?? userId;
      return {
        credId: authenticator.credId,
        clientData: base64url(clientData),
        signature: base64url(signature),
        authenticatorData: base64url(authData),
        ...(userHandle === undefined ? {} : { userHandle: base64url(userHandle) }),
      };
    },
  };
  return authenticator;
}

/** A credential signer for the stock SDK, in place of its own one for browsers. */
export const passkeySigner = (authenticator: Authenticator, wrong: Misbehaviour = {}) => ({
  async sign({
    challenge,
    allowCredentials,
  }: {
    readonly challenge: string;
    readonly allowCredentials: { readonly webauthn: readonly { readonly id: string }[] };
  }) {
    if (!allowCredentials.webauthn.some(({ id }) => id === authenticator.credId)) throw new Error('this passkey is not asked for');
    return { kind: 'Fido2' as const, credentialAssertion: authenticator.get(challenge, wrong) };
  },
});

/** The same request, signed by this passkey. */
export function signedByPasskey({ statement, payload }: Evidence, authenticator: Authenticator, wrong: Misbehaviour = {}): Evidence {
  const { userHandle: _, ...assertion } = authenticator.get(challengeOf(statement), wrong);
  return { statement, payload, kind: 'Fido2', ...assertion };
}

function keyPairOf(algorithm: PasskeyAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
  }
}

/** As COSE has it (RFC 9053 §7, RFC 8230 §4). */
export function coseKeyOf(algorithm: PasskeyAlgorithm, publicKey: KeyObject): Map<number, unknown> {
  const { x, y, n, e } = publicKey.export({ format: 'jwk' });
  switch (algorithm) {
    case 'ES256':
      return new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ]);
    case 'RS256':
      return new Map<number, unknown>([
        [1, 3],
        [3, -257],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ]);
    case 'EdDSA':
      return new Map<number, unknown>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(x)],
      ]);
  }
}
