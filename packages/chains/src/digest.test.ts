import { hex, isRefusal, SignatureBody } from '@quorate/wire';
import fc from 'fast-check';
import { hashMessage } from 'viem';
import { describe, expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { type Network, networkOf } from './networks.ts';

const network = (name: string) => networkOf(name) as Network;
const body = (value: unknown): SignatureBody => SignatureBody.parse(value);
const message = (text: string) => hex.encode(new TextEncoder().encode(text));
const some = '1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a hash', () => {
  const hash = 'AB'.repeat(32);

  test.each(['Ethereum', 'Bitcoin', 'KeyECDSA', null])('is signed as it is on %s, with or without 0x', (name) => {
    const on = name === null ? null : network(name);
    expect(digestOf(on, body({ kind: 'Hash', hash }))).toEqual(new Uint8Array(32).fill(0xab));
    expect(digestOf(on, body({ kind: 'Hash', hash: `0x${hash}` }))).toEqual(new Uint8Array(32).fill(0xab));
  });

  test.each([0, 1, 31, 33, 64])('of %i bytes is refused', (bytes) => {
    expect(codeOf(() => digestOf(network('Ethereum'), body({ kind: 'Hash', hash: '11'.repeat(bytes) })))).toBe('signature/hash-length');
    expect(codeOf(() => digestOf(network('Ethereum'), body({ kind: 'Hash', hash })))).toBe('accepted');
  });

  test('to be signed with a taproot tweak is refused', () => {
    expect(codeOf(() => digestOf(null, body({ kind: 'Hash', hash, taprootMerkleRoot: '' })))).toBe('signature/kind-unsupported');
    expect(codeOf(() => digestOf(null, body({ kind: 'Hash', hash })))).toBe('accepted');
  });
});

describe('a message', () => {
  test.each([
    ['Some data', some],
    ['Hello World', 'a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2'],
  ])('%j has its published EIP-191 hash', (text, digest) => {
    expect(hex.encode(digestOf(network('Ethereum'), body({ kind: 'Message', message: message(text) })))).toBe(digest);
  });

  test('of any bytes is hashed as viem hashes raw bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, prefixed) => {
        const text = `${prefixed ? '0x' : ''}${hex.encode(bytes)}`;
        const digest = digestOf(network('Base'), body({ kind: 'Message', message: text }));
        expect(`0x${hex.encode(digest)}`).toBe(hashMessage({ raw: bytes }));
      }),
    );
  });

  test.each([{ network: 'Polygon' }, { blockchainKind: 'Evm' }, { network: 'Polygon', blockchainKind: 'Evm' }])('is signed by a key for %j', (meant) => {
    expect(hex.encode(digestOf(null, body({ kind: 'Message', message: message('Some data'), ...meant })))).toBe(some);
  });

  test.each([
    { on: 'Bitcoin', meant: {}, code: 'signature/kind-unsupported' },
    { on: 'KeyECDSA', meant: {}, code: 'signature/kind-unsupported' },
    { on: 'KeyECDSA', meant: { blockchainKind: 'Evm' }, code: 'signature/kind-unsupported' },
    { on: null, meant: {}, code: 'signature/kind-unsupported' },
    { on: null, meant: { network: 'Bitcoin' }, code: 'signature/kind-unsupported' },
    { on: null, meant: { blockchainKind: 'Bitcoin' }, code: 'signature/kind-unsupported' },
    { on: null, meant: { network: 'Polygon', blockchainKind: 'Bitcoin' }, code: 'signature/kind-unsupported' },
    { on: 'Ethereum', meant: { network: 'Polygon' }, code: 'signature/kind-unsupported' },
    { on: null, meant: { network: 'Solana' }, code: 'request/unsupported' },
    { on: null, meant: { blockchainKind: 'Solana' }, code: 'request/unsupported' },
    { on: null, meant: { blockchainKind: '__proto__' }, code: 'request/unsupported' },
  ])('on $on for $meant is refused as $code', ({ on, meant, code }) => {
    const ask = { kind: 'Message', message: message('Some data') };
    expect(codeOf(() => digestOf(on === null ? null : network(on), body({ ...ask, ...meant })))).toBe(code);
    expect(codeOf(() => digestOf(network('Ethereum'), body(ask)))).toBe('accepted');
  });
});
