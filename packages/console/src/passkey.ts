/**
 * Signs with a passkey of this browser. What is signed has been checked by then: this is the credential signer behind
 * `checkLogin` and `connect`, and signs whatever challenge it is handed.
 *
 * @module
 */
import type { ConnectOptions } from '@quorate/client';
import { b64url, utf8 } from '@quorate/wire';

export type CredentialSigner = NonNullable<ConnectOptions['signer']>;
type Assertion = Awaited<ReturnType<CredentialSigner['sign']>>;

/** What is read of an answer to `/auth/login/init` and `/auth/action/init`. */
export interface Asked {
  readonly challenge: string;
  readonly allowCredentials: { readonly webauthn: readonly { readonly id: string }[] };
  readonly userVerification: string;
}

/** `none-registered`: the API names no passkey of this user. `refused`: cancelled, timed out, or not on this device; browsers do not say which. */
export type PasskeyProblem = 'unsupported' | 'none-registered' | 'refused' | 'failed';

export class PasskeyFault extends Error {
  override readonly name = 'PasskeyFault';
  readonly problem: PasskeyProblem;

  constructor(problem: PasskeyProblem, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

export interface PasskeyOptions {
  /** Of the configuration, never of an answer. */
  readonly relyingPartyId: string;
  /** Called when the user is about to be asked. */
  readonly onAsk?: () => void;
  readonly credentials?: Pick<CredentialsContainer, 'get'> | undefined;
}

/** Its `sign` rejects with {@link PasskeyFault}. */
export function passkeySigner({ relyingPartyId, onAsk = () => {}, credentials = globalThis.navigator.credentials }: PasskeyOptions): CredentialSigner {
  return {
    async sign(init) {
      const asked = init as unknown as Asked;
      if (asked.allowCredentials.webauthn.length === 0) throw new PasskeyFault('none-registered');
      if (credentials === undefined) throw new PasskeyFault('unsupported');
      onAsk();
      const credential = await credentials.get({ publicKey: optionsOf(asked, relyingPartyId) }).catch((error: unknown) => {
        const refused = error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'AbortError');
        throw new PasskeyFault(refused ? 'refused' : 'failed', { cause: error });
      });
      if (credential === null) throw new PasskeyFault('refused');
      return assertionOf(credential as PublicKeyCredential);
    },
  };
}

/** The challenge goes in as text: browsers encode it once more (contract §2.3). */
export function optionsOf({ challenge, allowCredentials, userVerification }: Asked, rpId: string): PublicKeyCredentialRequestOptions {
  return {
    challenge: bufferOf(utf8.encode(challenge)),
    rpId,
    allowCredentials: allowCredentials.webauthn.map(({ id }) => ({ type: 'public-key', id: bufferOf(b64url.decode(id)) })),
    userVerification: userVerification === 'preferred' || userVerification === 'discouraged' ? userVerification : 'required',
  };
}

function assertionOf({ rawId, response }: PublicKeyCredential): Assertion {
  const { clientDataJSON, authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse;
  const text = (buffer: ArrayBuffer): string => b64url.encode(new Uint8Array(buffer));
  return {
    kind: 'Fido2',
    credentialAssertion: {
      credId: text(rawId),
      clientData: text(clientDataJSON),
      signature: text(signature),
      authenticatorData: text(authenticatorData),
      ...(userHandle === null || userHandle.byteLength === 0 ? {} : { userHandle: text(userHandle) }),
    },
  };
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
