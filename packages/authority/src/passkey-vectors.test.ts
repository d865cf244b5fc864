import { sha256 } from '@noble/hashes/sha2.js';
import { b64url, hex, utf8 } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import vectors from '../../../vectors/webauthn.json' with { type: 'json' };
import { verifyKeySignature } from './assertion.ts';
import { readAuthenticatorData } from './authenticator-data.ts';
import { readCborMap } from './cbor.ts';
import { pemOfCoseKey } from './cose-key.ts';
import { parseCredentialKey } from './credential-key.ts';
import { passkeySigned } from './passkey.ts';

const { registration, authentication, rpId, origin } = vectors;
const rpIdHash = sha256(utf8.encode(rpId));
const clientDataOf = (encoded: string) => JSON.parse(utf8.decode(hex.decode(encoded)));

function registered(): { readonly pem: string; readonly credentialId: Uint8Array } {
  const { map, rest } = readCborMap(hex.decode(registration.attestationObject)) ?? {};
  expect([map?.get('fmt'), rest?.length]).toEqual(['none', 0]);
  const read = readAuthenticatorData(map?.get('authData') as Uint8Array);
  expect(read).toMatchObject({ rpIdHash, userPresent: true, userVerified: false, counter: 0 });
  if (read?.attested == null) throw new Error('no key in it');
  return { pem: pemOfCoseKey(read.attested.coseKey) ?? '', credentialId: read.attested.credentialId };
}

describe(vectors.source, () => {
  test('its registration is read into the key it was made with', () => {
    const { pem, credentialId } = registered();
    expect(hex.encode(credentialId)).toBe(registration.credentialId);
    const { algorithm, raw } = parseCredentialKey(pem);
    expect([algorithm, hex.encode(raw)]).toEqual(['P-256', `04${registration.x}${registration.y}`]);
    const challenge = b64url.encode(hex.decode(registration.challenge));
    expect(clientDataOf(registration.clientData)).toMatchObject({ type: 'webauthn.create', origin, challenge });
  });

  test('its assertion verifies, and with one bit changed it does not', async () => {
    const { pem } = registered();
    const data = hex.decode(authentication.authenticatorData);
    expect(readAuthenticatorData(data)).toEqual({ rpIdHash, userPresent: true, userVerified: false, counter: 0, attested: null });
    const challenge = b64url.encode(hex.decode(authentication.challenge));
    expect(clientDataOf(authentication.clientData)).toMatchObject({ type: 'webauthn.get', origin, challenge });
    const verify = (authenticatorData: Uint8Array): Promise<boolean> =>
      verifyKeySignature(pem, passkeySigned(authenticatorData, hex.decode(authentication.clientData)), hex.decode(authentication.signature));
    expect(await verify(data.map((byte, i) => (i === 32 ? byte | 0x04 : byte)))).toBe(false);
    expect(await verify(data)).toBe(true);
  });
});
