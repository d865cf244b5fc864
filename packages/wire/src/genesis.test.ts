import { describe, expect, test } from 'vitest';
import { b64 } from './bytes.ts';
import { checkGenesis, Genesis, genesisHashOf, readGenesis, rosterHashOf } from './genesis.ts';
import { CredentialId, deriveId } from './ids.ts';
import { isRefusal } from './refusal.ts';

const signer = (byte: number) => {
  const id = b64.encode(new Uint8Array(32).fill(byte));
  return { id, identityKey: id, sealingKey: b64.encode(new Uint8Array(32).fill(byte + 100)), importKey: b64.encode(new Uint8Array(33).fill(2)) };
};
const administrator = (name: string) => ({
  userId: deriveId('us', 0, name),
  username: name,
  isServiceAccount: true,
  credId: CredentialId.parse(`cred of ${name}`),
  publicKey: '-----BEGIN PUBLIC KEY-----',
});
const plain = {
  v: '1',
  orgId: deriveId('or', 0, 'test'),
  epoch: 0,
  threshold: 3,
  signers: [1, 2, 3, 4, 5].map(signer),
  administrators: [administrator('one'), administrator('two')],
  passkeys: { rpId: '', origins: [], userVerification: 'required' },
};
const genesis = Genesis.parse(plain);
const hash = genesisHashOf(genesis);

const refuses = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (isRefusal(error, 'genesis/invalid')) return true;
    throw error;
  }
};

describe('a genesis', () => {
  test('is read back from its file by whoever knows its hash', () => {
    expect(readGenesis(JSON.parse(JSON.stringify(plain)), hash)).toEqual(genesis);
    expect(
      refuses(() =>
        readGenesis(
          plain,
          hash.replace(/.$/, (end) => (end === '0' ? '1' : '0')),
        ),
      ),
    ).toBe(true);
  });

  test.each([
    { orgId: deriveId('or', 1, 'test') },
    { threshold: 4 },
    { epoch: 1 },
    { signers: plain.signers.map((each, i) => (i === 2 ? { ...each, importKey: b64.encode(new Uint8Array(33).fill(3)) } : each)) },
    { administrators: [administrator('one')] },
    { passkeys: { ...plain.passkeys, userVerification: 'discouraged' } },
  ])('with another part has another hash (%#)', (change) => {
    expect(genesisHashOf(Genesis.parse({ ...plain, ...change }))).not.toBe(hash);
  });

  test.each([
    ['a threshold of half', { signers: plain.signers.slice(0, 4), threshold: 2 }],
    ['a threshold above all', { threshold: 6 }],
    ['signers out of order', { signers: [...plain.signers].reverse() }],
    ['a signer twice', { signers: [...plain.signers, signer(5)] }],
    ['a signer with the key of another', { signers: plain.signers.map((each, i) => (i === 0 ? { ...each, identityKey: signer(9).id } : each)) }],
    ['two administrators who are one', { administrators: [administrator('one'), administrator('one')] }],
    [
      'two administrators with one credential',
      { administrators: [administrator('one'), { ...administrator('two'), credId: CredentialId.parse('cred of one') }] },
    ],
    ['passkeys on another website', { passkeys: { ...plain.passkeys, rpId: 'quorate.example', origins: ['https://evil.example'] } }],
    ['passkeys without TLS', { passkeys: { ...plain.passkeys, rpId: 'quorate.example', origins: ['http://quorate.example'] } }],
    ['an administrator’s passkey that could be used nowhere', { administrators: [{ ...administrator('one'), credentialKind: 'Fido2' }] }],
  ])('with %s is refused', (_, change) => {
    expect(refuses(() => checkGenesis(Genesis.parse({ ...plain, ...change })))).toBe(true);
    expect(refuses(() => checkGenesis(genesis))).toBe(false);
  });

  test.each([
    { v: '2' },
    { administrators: [] },
    { signers: [] },
    { threshold: 1 },
    { note: '' },
    { signers: [{ ...signer(1), importKey: signer(1).id }, signer(2)] },
  ])('of another shape is refused (%#)', (change) => {
    expect(refuses(() => readGenesis({ ...plain, ...change }, hash))).toBe(true);
    expect(refuses(() => readGenesis(plain, hash))).toBe(false);
  });

  test('in which no kind of credential is named keeps its hash, and with passkeys that fit it is read', () => {
    expect(hash).toBe(genesisHashOf(JSON.parse(JSON.stringify(plain))));
    const passkeys = { rpId: 'quorate.example', origins: ['https://console.quorate.example'], userVerification: 'required' as const };
    const founded = Genesis.parse({ ...plain, passkeys, administrators: [{ ...administrator('one'), credentialKind: 'Fido2' }] });
    expect(readGenesis(founded, genesisHashOf(founded))).toEqual(founded);
  });

  test('has a roster hash of its signers, threshold and epoch alone', () => {
    const roster = rosterHashOf(genesis);
    expect(rosterHashOf(Genesis.parse({ ...plain, administrators: [administrator('three')] }))).toBe(roster);
    for (const change of [{ threshold: 4 }, { epoch: 1 }, { signers: plain.signers.slice(0, 4) }])
      expect(rosterHashOf(Genesis.parse({ ...plain, ...change }))).not.toBe(roster);
  });
});
