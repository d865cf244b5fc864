import { b64, hex, verifyEd25519 } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hpkeOpener, hpkeSeal } from './hpke.ts';
import { exportPartyKeys, generatePartyKeys, importPartyKeys, keyParty, type PartyKeysJson, publicPartyOf } from './key-party.ts';

const numRuns = process.env.SLOW === '1' ? 2000 : 20;
const bytes = (max: number) => fc.uint8Array({ maxLength: max });

/** Sealed by the signers' implementation (Rust crate hpke 0.12.0) to keys made for this test. */
const fromRust = [
  {
    privateKey: '4ac18cb8dc61465f9a8ecbef02a34c14b733a0d30a879b7ff864d65a341cf8a0',
    publicKey: '9768d496b7b8ec2c801d7ce26a8de001096bed8c7ee4c1a6e31072e05da82221',
    info: '71756f72617465',
    aad: '686561646572',
    plaintext: '61207365616c656420626f6479',
    sealed: 'f19ee5cdb2d14b7bbf912a2d2a12c82ce9ded489bd59df378f39a88c2ccf7c47be04b16cafc7346363e28beb6c6f59ba39ea679ea5677408f760e1394f',
  },
  {
    privateKey: 'c0b6eb46b688ef8e8d45a72d529eaf70f8ee0ab43bab21d35ae71dd8c64db2a2',
    publicKey: '7e9dc1bff226d9781c3bcf2ffeb153a2da9fffb8f43f8cb4896aa82e2878720d',
    info: '71756f72617465',
    aad: '',
    plaintext: '',
    sealed: '38a775e716a44468821673e20585ae476cf2e8c9aeba42222c87bd986180170aca1c612cec0e6d1bbaf04417c8c2983b',
  },
];

describe('a party with its keys in JavaScript', () => {
  const keys = generatePartyKeys();
  const party = keyParty(keys);
  const remote = publicPartyOf(keys, 'server');

  test('its id is its identity key, and its signatures verify with that key only', async () => {
    const message = new Uint8Array([1, 2, 3]);
    expect(party.id).toBe(b64.encode(remote.identityKey));
    expect(party.id).toBe(remote.id);
    expect(await verifyEd25519(remote.identityKey, message, party.sign(message))).toBe(true);
    expect(await verifyEd25519(publicPartyOf(generatePartyKeys(), 'server').identityKey, message, party.sign(message))).toBe(false);
  });

  test('what is sealed opens, and with any other info, associated data, byte or key it does not', async () => {
    const stranger = keyParty(generatePartyKeys());
    await fc.assert(
      fc.asyncProperty(bytes(40), bytes(80), bytes(300), fc.nat(), async (info, aad, plaintext, at) => {
        const sealed = await party.seal(remote.sealingKey, info, aad, plaintext);
        expect(sealed.length).toBe(plaintext.length + 48);
        const changed = sealed.slice();
        changed[at % sealed.length] = (changed[at % sealed.length] as number) ^ 0x10;
        await expect(party.open(info, aad, changed)).rejects.toThrow();
        await expect(party.open(new Uint8Array([...info, 0]), aad, sealed)).rejects.toThrow();
        await expect(party.open(info, new Uint8Array([...aad, 0]), sealed)).rejects.toThrow();
        await expect(stranger.open(info, aad, sealed)).rejects.toThrow();
        expect(await party.open(info, aad, sealed)).toEqual(plaintext);
      }),
      { numRuns },
    );
  });

  test('a sealed message that is too short does not open', async () => {
    for (const length of [0, 31, 32, 47]) await expect(party.open(new Uint8Array(), new Uint8Array(), new Uint8Array(length))).rejects.toThrow();
  });

  test('keys of small order and of wrong length are not sealed to', async () => {
    const seal = (to: Uint8Array) => hpkeSeal(to, new Uint8Array(), new Uint8Array(), new Uint8Array(4));
    await expect(seal(new Uint8Array(32))).rejects.toThrow();
    await expect(seal(new Uint8Array(32).fill(1, 0, 1))).rejects.toThrow();
    await expect(seal(new Uint8Array(31))).rejects.toThrow();
    expect((await seal(remote.sealingKey)).length).toBe(52);
  });

  test.each(fromRust)('what a signer seals opens here', async ({ privateKey, publicKey, info, aad, plaintext, sealed }) => {
    const open = hpkeOpener(hex.decode(privateKey), hex.decode(publicKey));
    expect(hex.encode(await open(hex.decode(info), hex.decode(aad), hex.decode(sealed)))).toBe(plaintext);
  });

  test('keys survive JSON, and a party can be made from JSON at once', async () => {
    const json = JSON.parse(JSON.stringify(exportPartyKeys(keys))) as PartyKeysJson;
    expect(publicPartyOf(importPartyKeys(json), 'server')).toEqual(remote);
    const again = keyParty(json);
    const nothing = new Uint8Array();
    expect(again.id).toBe(party.id);
    expect(await again.open(nothing, nothing, await party.seal(remote.sealingKey, nothing, nothing, new Uint8Array([9])))).toEqual(new Uint8Array([9]));
  });

  test('malformed and swapped keys are refused without a word of their content', () => {
    const json = exportPartyKeys(keys);
    for (const bad of [
      { ...json, identity: json.sealing },
      { ...json, sealing: json.identity },
      { ...json, identity: 'secret words' },
      { identity: json.identity } as PartyKeysJson,
    ]) {
      expect(() => importPartyKeys(bad)).toThrow(/must be an (ed25519|x25519) private key/);
      expect(() => importPartyKeys(bad)).not.toThrow(/secret words|PRIVATE KEY/);
    }
    expect(importPartyKeys(json)).toBeDefined();
  });

  test('the private keys do not show in JSON', () => {
    expect(JSON.stringify(keys)).toBe('{"identity":{},"sealing":{}}');
  });
});
