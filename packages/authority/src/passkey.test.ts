import { generateKeyPairSync, sign } from 'node:crypto';
import { b64url, type CredentialInfo, hex, sha256Hex, utf8 } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialAssertion, type PasskeyRules, verifyAssertion, verifyNewCredential } from './index.ts';
import { newKey } from './organisation.test-kit.ts';
import {
  ATTESTED,
  coseKeyOf,
  createAuthenticator,
  EXTENSIONS,
  type Misbehaviour,
  type PasskeyAlgorithm,
  USER_PRESENT,
  USER_VERIFIED,
} from './passkey.test-kit.ts';

const rules: PasskeyRules = { rpId: 'localhost', origins: ['http://localhost', 'https://console.example'], userVerification: 'required' };
const CHALLENGE = 'pT8s1uHzQk0Jv1m4aYbWcXdEfGhIjKlMnOpQrStUvWx';
const userId = 'us-00000-00000-0000000000000000';
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const algorithms: readonly PasskeyAlgorithm[] = ['ES256', 'RS256', 'EdDSA'];
const once = utf8.encode('\x00');
/** An extension that authenticators add, as CBOR: {"credProtect": 2}. */
const extensions = Uint8Array.of(0xa1, 0x6b, ...utf8.encode('credProtect'), 0x02);

const passkey = createAuthenticator({ userId });
const credential = { kind: 'Fido2', publicKey: passkey.publicKey, userId } as const;
const asserted = (wrong: Misbehaviour = {}, by = passkey): CredentialAssertion => ({ kind: 'Fido2', ...by.get(CHALLENGE, wrong) });
const verify = (assertion: CredentialAssertion, by: PasskeyRules = rules) => verifyAssertion(by, credential, assertion, CHALLENGE);
const verifyNew = (info: CredentialInfo, by: PasskeyRules = rules) => verifyNewCredential(by, 'Fido2', info, CHALLENGE);

describe('a passkey that signs', () => {
  test.each(algorithms)('with %s is believed, and its counter told', async (algorithm) => {
    const own = createAuthenticator({ algorithm });
    const made = await verifyNewCredential(rules, 'Fido2', own.create(CHALLENGE), CHALLENGE);
    expect(made.publicKey).toBe(own.publicKey);
    own.counter = 41;
    await expect(verifyAssertion(rules, { ...credential, publicKey: made.publicKey }, asserted({}, own), CHALLENGE)).resolves.toEqual({ counter: 42 });
    const other = createAuthenticator({ algorithm });
    await expect(verifyAssertion(rules, { ...credential, publicKey: made.publicKey }, asserted({}, other), CHALLENGE)).rejects.toEqual(
      refused('action/signature-invalid'),
    );
  });

  const wrong: readonly (readonly [string, Misbehaviour, string])[] = [
    ['on another website', { origin: 'https://console.example.evil' }, 'passkey/origin'],
    ['on a website whose origin only begins like ours', { origin: 'http://localhost:8080' }, 'passkey/origin'],
    ['for another relying party', { rpId: 'evil.example' }, 'passkey/relying-party'],
    ['while nobody touched it', { flags: USER_VERIFIED }, 'passkey/user-verification'],
    ['without verifying its user', { flags: USER_PRESENT }, 'passkey/user-verification'],
    ['as if it were new', { type: 'webauthn.create' }, 'action/client-data-invalid'],
    ['like a key credential', { type: 'key.get' }, 'action/client-data-invalid'],
    ['in a frame of another website', { client: { crossOrigin: true } }, 'action/client-data-invalid'],
    ['in a frame that names who holds it', { client: { topOrigin: 'https://evil.example' } }, 'action/client-data-invalid'],
    ['a challenge that is encoded once', { challenge: CHALLENGE }, 'action/mismatch'],
    ['a challenge that is encoded with padding', { challenge: `${b64url.encode(utf8.encode(CHALLENGE))}==` }, 'action/mismatch'],
    ['another challenge', { challenge: b64url.encode(utf8.encode(CHALLENGE.replace('p', 'q'))) }, 'action/mismatch'],
    ['for another user', { userHandle: userId.replace('us-0', 'us-1') }, 'action/mismatch'],
    ['with a byte too many', { trailing: once }, 'passkey/authenticator-data'],
    ['with a byte too few', { cut: 36 }, 'passkey/authenticator-data'],
    ['with a reserved flag', { flags: USER_PRESENT | USER_VERIFIED | 0x02 }, 'passkey/authenticator-data'],
    ['with the other reserved flag', { flags: USER_PRESENT | USER_VERIFIED | 0x20 }, 'passkey/authenticator-data'],
    ['backed up where it cannot be', { flags: USER_PRESENT | USER_VERIFIED | 0x10 }, 'passkey/authenticator-data'],
    ['with a new key in it', { flags: USER_PRESENT | USER_VERIFIED | ATTESTED }, 'passkey/authenticator-data'],
    ['with extensions that it does not announce', { trailing: extensions }, 'passkey/authenticator-data'],
    ['with extensions that are announced and not there', { flags: USER_PRESENT | USER_VERIFIED | EXTENSIONS }, 'passkey/authenticator-data'],
    [
      'with a byte after its extensions',
      { flags: USER_PRESENT | USER_VERIFIED | EXTENSIONS, trailing: Uint8Array.of(...extensions, 0) },
      'passkey/authenticator-data',
    ],
  ];
  test.each(wrong)('%s is refused', async (_, misbehave, code) => {
    await expect(verify(asserted(misbehave))).rejects.toEqual(refused(code));
    await expect(verify(asserted())).resolves.toBeDefined();
  });

  test('with extensions, on any origin of the genesis, and without a user handle is believed', async () => {
    await expect(verify(asserted({ flags: USER_PRESENT | USER_VERIFIED | EXTENSIONS, trailing: extensions }))).resolves.toBeDefined();
    await expect(verify(asserted({ origin: 'https://console.example' }))).resolves.toBeDefined();
    const { userHandle: _, ...without } = asserted();
    await expect(verify(without)).resolves.toBeDefined();
    await expect(verify({ ...without, userHandle: '' })).resolves.toBeDefined();
    await expect(verify(asserted({ client: { other_keys_can_be_added_here: 'by browsers' } }))).resolves.toBeDefined();
  });

  test.each(['preferred', 'discouraged'] as const)('need not verify its user where that is %s, but must have felt a touch', async (userVerification) => {
    await expect(verify(asserted({ flags: USER_PRESENT }), { ...rules, userVerification })).resolves.toBeDefined();
    await expect(verify(asserted({ flags: 0 }), { ...rules, userVerification })).rejects.toEqual(refused('passkey/user-verification'));
  });

  test('authenticator data of another assertion, or none, does not verify', async () => {
    const { authenticatorData: other } = asserted({ counter: 7 });
    await expect(verify({ ...asserted(), authenticatorData: other })).rejects.toEqual(refused('action/signature-invalid'));
    const { authenticatorData: _, ...without } = asserted();
    await expect(verify(without)).rejects.toEqual(refused('passkey/authenticator-data'));
    await expect(verify(asserted())).resolves.toBeDefined();
  });

  test('client data with a member twice, with a mark before it, or that is not JSON is refused', async () => {
    const assertion = asserted();
    const text = utf8.decode(b64url.decode(assertion.clientData));
    for (const bad of [text.replace('{', '{"type":"webauthn.get",'), `\uFEFF${text}`, '{}', '[]', '', `${text} x`]) {
      await expect(verify({ ...assertion, clientData: b64url.encode(utf8.encode(bad)) })).rejects.toEqual(refused('action/client-data-invalid'));
    }
    await expect(verify(assertion)).resolves.toBeDefined();
  });

  test('one bit more or less in what was signed, or in the signature, is never believed', async () => {
    const assertion = asserted();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('clientData' as const, 'authenticatorData' as const, 'signature' as const), fc.nat(), async (member, at) => {
        const raw = b64url.decode(assertion[member] ?? '');
        raw[(at >> 3) % raw.length] = (raw[(at >> 3) % raw.length] ?? 0) ^ (1 << (at & 7));
        await expect(verify({ ...assertion, [member]: b64url.encode(raw) })).rejects.toMatchObject({ name: 'Refusal' });
      }),
      { numRuns: process.env['SLOW'] === '1' ? 2000 : 100 },
    );
    await expect(verify(assertion)).resolves.toBeDefined();
  });
});

describe('one kind passed off as the other', () => {
  test('an assertion of a key credential is none of a passkey, and the reverse', async () => {
    const { authenticatorData: _, ...bare } = asserted();
    await expect(verify({ ...bare, kind: 'Key' })).rejects.toEqual(refused('action/credential-unknown'));
    await expect(verify({ ...bare, kind: 'PasswordProtectedKey' })).rejects.toEqual(refused('action/credential-unknown'));
    const key = { ...credential, kind: 'Key' } as const;
    await expect(verifyAssertion(rules, key, asserted(), CHALLENGE)).rejects.toEqual(refused('action/credential-unknown'));
    // The same public key as a key credential: what the passkey signs is of another form.
    await expect(verifyAssertion(rules, key, { ...asserted(), kind: 'Key' }, CHALLENGE)).rejects.toEqual(refused('action/client-data-invalid'));
    await expect(verify(asserted())).resolves.toBeDefined();
  });
});

describe('a new passkey', () => {
  test.each(algorithms)('with %s is read into the key that it signs with', async (algorithm) => {
    const own = createAuthenticator({ algorithm });
    await expect(verifyNew(own.create(CHALLENGE))).resolves.toMatchObject({ publicKey: own.publicKey, challenge: CHALLENGE });
    await expect(verifyNew(own.create(CHALLENGE, { flags: 0xdd, trailing: extensions }))).resolves.toMatchObject({ publicKey: own.publicKey });
  });

  const p256 = coseKeyOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  const rsa = (modulusLength: number) => coseKeyOf('RS256', generateKeyPairSync('rsa', { modulusLength }).publicKey);
  const changed = (key: Map<number, unknown>, ...pairs: readonly (readonly [number, unknown])[]) => new Map([...key, ...pairs]);
  const ed = coseKeyOf('EdDSA', generateKeyPairSync('ed25519').publicKey);
  const off = new Uint8Array(32).fill(1);
  const { publicKey: p384 } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const wrong: readonly (readonly [string, Misbehaviour, string])[] = [
    ['made on another website', { origin: 'https://evil.example' }, 'passkey/origin'],
    ['made for another relying party', { rpId: 'evil.example' }, 'passkey/relying-party'],
    ['made while nobody touched it', { flags: ATTESTED | USER_VERIFIED }, 'passkey/user-verification'],
    ['made without verifying its user', { flags: ATTESTED | USER_PRESENT }, 'passkey/user-verification'],
    ['in client data of an assertion', { type: 'webauthn.get' }, 'credential/attestation'],
    ['in client data of a key credential', { type: 'key.create' }, 'credential/attestation'],
    ['made in a frame', { client: { crossOrigin: true } }, 'credential/attestation'],
    ['for a challenge that is encoded once', { challenge: CHALLENGE }, 'credential/attestation'],
    ['for another challenge', { challenge: b64url.encode(utf8.encode('another')) }, 'action/challenge-invalid'],
    ['with another credential id', { credentialId: new Uint8Array(32) }, 'credential/attestation'],
    ['with an empty credential id', { credentialId: new Uint8Array() }, 'credential/attestation'],
    ['without its key', { flags: USER_PRESENT | USER_VERIFIED }, 'credential/attestation'],
    ['with a byte too many', { trailing: once }, 'credential/attestation'],
    ['cut short', { cut: 80 }, 'credential/attestation'],
    ['with a reserved flag', { flags: ATTESTED | USER_PRESENT | USER_VERIFIED | 0x02 }, 'credential/attestation'],
    ['whose point is off the curve', { coseKey: changed(p256, [-2, off]) }, 'credential/weak-key'],
    ['whose point is of small order', { coseKey: changed(ed, [-2, Uint8Array.of(1, ...new Uint8Array(31))]) }, 'credential/weak-key'],
    ['with RSA of 1024 bits', { coseKey: rsa(1024) }, 'credential/weak-key'],
    ['with RSA and the exponent 3', { coseKey: changed(rsa(2048), [-2, Uint8Array.of(3)]) }, 'credential/weak-key'],
    ['with RSA and leading zeros', { coseKey: changed(rsa(2048), [-2, Uint8Array.of(0, 1, 0, 1)]) }, 'credential/malformed-key'],
    ['of the algorithm ES384', { coseKey: new Map([...coseKeyOf('ES256', p384), [3, -35], [-1, 2]]) }, 'credential/malformed-key'],
    ['of ES256 on P-384', { coseKey: coseKeyOf('ES256', p384) }, 'credential/malformed-key'],
    ['of the algorithm ES256K', { coseKey: changed(p256, [3, -47], [-1, 8]) }, 'credential/malformed-key'],
    ['that says EdDSA of a P-256 key', { coseKey: changed(p256, [3, -8]) }, 'credential/malformed-key'],
    ['of RSA with PSS', { coseKey: changed(rsa(2048), [3, -37]) }, 'credential/malformed-key'],
    ['with a private part', { coseKey: changed(p256, [-4, off]) }, 'credential/malformed-key'],
    ['whose coordinate is too short', { coseKey: changed(p256, [-3, off.subarray(1)]) }, 'credential/malformed-key'],
    ['whose attestation has a member too many', { attestation: (object) => object.set('epAtt', true) }, 'credential/attestation'],
    ['whose attestation is no map', { attestation: (object) => [...object.values()] }, 'credential/attestation'],
    ['with a statement where there is none', { attestation: (object) => object.set('attStmt', new Map([['sig', off]])) }, 'credential/attestation'],
    [
      'with a statement nested without end',
      { attestation: (object) => object.set('fmt', 'x').set('attStmt', new Map([['x', nest(100)]])) },
      'credential/attestation',
    ],
  ];
  test.each(wrong)('%s is refused', async (_, misbehave, code) => {
    await expect(verifyNew(passkey.create(CHALLENGE, misbehave))).rejects.toEqual(refused(code));
    await expect(verifyNew(passkey.create(CHALLENGE))).resolves.toBeDefined();
  });

  test('whose authenticator vouches for itself is taken like one that does not', async () => {
    const packed = passkey.create(CHALLENGE, { attestation: (object) => object.set('fmt', 'packed').set('attStmt', new Map([['alg', -7]])) });
    await expect(verifyNew(packed)).resolves.toMatchObject({ publicKey: passkey.publicKey });
  });

  test('in CBOR of more than one form is refused', async () => {
    const { attestationData, ...info } = passkey.create(CHALLENGE);
    const raw = b64url.decode(attestationData);
    // The same three members: of unknown length, with a length in more bytes than it needs, and with one of them twice.
    const members = raw.subarray(1);
    const fmt = raw.subarray(1, 10);
    for (const bad of [[0xbf, ...members, 0xff], [0xb8, 3, ...members], [0xa4, ...fmt, ...members], [0xc0, ...raw], [...raw, 0], []]) {
      await expect(verifyNew({ ...info, attestationData: b64url.encode(Uint8Array.from(bad)) })).rejects.toEqual(refused('credential/attestation'));
    }
    await expect(verifyNew({ ...info, attestationData })).resolves.toBeDefined();
  });

  test('whose attestation is any bytes at all is refused, never an error of ours', async () => {
    const info = passkey.create(CHALLENGE);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        await expect(verifyNew({ ...info, attestationData: b64url.encode(bytes) })).rejects.toMatchObject({ name: 'Refusal' });
      }),
      { numRuns: process.env['SLOW'] === '1' ? 2000 : 100 },
    );
    const open = b64url.encode(new Uint8Array(12_000).fill(0x81));
    await expect(verifyNew({ ...info, attestationData: open })).rejects.toEqual(refused('credential/attestation'));
    await expect(verifyNew(info)).resolves.toBeDefined();
  });

  test('is refused, and one that signs, where the genesis names no relying party or no origin', async () => {
    for (const off of [
      { ...rules, rpId: '' },
      { ...rules, origins: [] },
    ]) {
      await expect(verifyNew(passkey.create(CHALLENGE), off)).rejects.toEqual(refused('passkey/not-configured'));
      await expect(verify(asserted(), off)).rejects.toEqual(refused('passkey/not-configured'));
    }
    await expect(verifyNew(passkey.create(CHALLENGE))).resolves.toBeDefined();
  });
});

test('a key credential goes through the same door, new and signing', async () => {
  const { publicKey, privateKey } = newKey();
  const signed = (text: string): Uint8Array => new Uint8Array(sign(null, utf8.encode(text), privateKey));
  const encoded = (value: unknown): string => b64url.encode(utf8.encode(JSON.stringify(value)));
  const newKeyInfo = (type: string): CredentialInfo => {
    const clientData = encoded({ type, challenge: CHALLENGE });
    const signature = hex.encode(signed(JSON.stringify({ clientDataHash: sha256Hex(b64url.decode(clientData)), publicKey })));
    return { credId: passkey.credId, clientData, attestationData: encoded({ publicKey, signature }) };
  };
  await expect(verifyNewCredential(rules, 'Key', newKeyInfo('webauthn.create'), CHALLENGE)).rejects.toEqual(refused('credential/attestation'));
  await expect(verifyNewCredential(rules, 'Key', passkey.create(CHALLENGE), CHALLENGE)).rejects.toEqual(refused('credential/attestation'));
  await expect(verifyNewCredential(rules, 'Fido2', newKeyInfo('key.create'), CHALLENGE)).rejects.toEqual(refused('credential/attestation'));
  await expect(verifyNewCredential(rules, 'Key', newKeyInfo('key.create'), 'another')).rejects.toEqual(refused('action/challenge-invalid'));
  await expect(verifyNewCredential(rules, 'Key', newKeyInfo('key.create'), CHALLENGE)).resolves.toMatchObject({ publicKey });

  const assertion = (type: string): CredentialAssertion => {
    const text = JSON.stringify({ type, challenge: CHALLENGE });
    return { kind: 'Key', clientData: b64url.encode(utf8.encode(text)), signature: b64url.encode(signed(text)) };
  };
  const key = { kind: 'Key', publicKey, userId } as const;
  await expect(verifyAssertion(rules, key, assertion('webauthn.get'), CHALLENGE)).rejects.toEqual(refused('action/client-data-invalid'));
  await expect(verifyAssertion(rules, key, assertion('key.get'), 'another')).rejects.toEqual(refused('action/mismatch'));
  await expect(verifyAssertion(rules, key, assertion('key.get'), CHALLENGE)).resolves.toEqual({ counter: null });
});

function nest(depth: number): unknown {
  return depth === 0 ? 1 : [nest(depth - 1)];
}
