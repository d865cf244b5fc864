/**
 * A credential signer over a WebCrypto key, which may be one that cannot be extracted: Ed25519 or P-256 (contract §2.3).
 *
 * @module
 */
import type { CredentialSigner, KeyAssertion } from '@dfns/sdk';
import { b64url, Refusal, utf8 } from '@quorate/wire';

/** @throws {TypeError} for a key that is neither Ed25519 nor P-256 or may not sign */
export function keySigner({ credId, privateKey }: { readonly credId: string; readonly privateKey: CryptoKey }): CredentialSigner<KeyAssertion> {
  const sign = signWith(privateKey);
  return {
    async sign({ challenge, allowCredentials }) {
      if (!allowCredentials.key.some(({ id }) => id === credId)) throw new Refusal('action/credential-unknown', { credId });
      const clientData = utf8.encode(JSON.stringify({ type: 'key.get', challenge }));
      return { kind: 'Key', credentialAssertion: { credId, clientData: b64url.encode(clientData), signature: b64url.encode(await sign(clientData)) } };
    },
  };
}

function signWith(key: CryptoKey): (message: Uint8Array) => Promise<Uint8Array> {
  if (!key.usages.includes('sign')) throw new TypeError('this key may not sign');
  const { name, namedCurve } = key.algorithm as { name: string; namedCurve?: string };
  const signature = async (algorithm: AlgorithmIdentifier | EcdsaParams, message: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign(algorithm, key, message as Uint8Array<ArrayBuffer>));
  if (name === 'Ed25519') return (message) => signature('Ed25519', message);
  if (name === 'ECDSA' && namedCurve === 'P-256') return async (message) => derSignature(await signature({ name: 'ECDSA', hash: 'SHA-256' }, message));
  throw new TypeError('a key credential here is Ed25519 or P-256');
}

/** WebCrypto gives r and s side by side; Dfns's signers and servers speak DER (X.690 §8.3: an INTEGER is minimal and signed). */
function derSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const body = [...derInteger(raw.subarray(0, half)), ...derInteger(raw.subarray(half))];
  return Uint8Array.from([0x30, body.length, ...body]);
}

function derInteger(bytes: Uint8Array): number[] {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = [...bytes.subarray(first)];
  if ((digits[0] as number) >= 0x80) digits.unshift(0);
  return [0x02, digits.length, ...digits];
}
