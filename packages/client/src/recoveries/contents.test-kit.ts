/**
 * What can lie in one signer's envelope, from the honest share to bytes that are no envelope: each kind with how it is
 * made and what opening it must show.
 *
 * @module
 */
import { b64, concat, formatExportShare, groups, hex, parseEncryptionKey, readScalar, sealShare, utf8, writeScalar } from '@quorate/wire';
import { fastArithmetic } from '../arithmetic.ts';
import type { TestKey } from '../network.test-kit.ts';
import { platformRandom, randomScalar } from '../random.ts';

/** One signer's envelope, and the point that it opens to where that is the form of one. */
export interface Content {
  /** As it stands in the answer: base64 unless the kind says otherwise. */
  readonly text: string;
  readonly ciphertext: Uint8Array;
  readonly share: Uint8Array | null;
}

/** What a reader must find: nothing wrong, no point at all, or a point that is not this signer's. */
export type Finding = 'good' | 'share/unreadable' | 'share/malformed' | 'share/curve' | 'share/index' | 'share/value';

export interface Making {
  readonly key: TestKey;
  /** Another key of the same roster. */
  readonly other: TestKey;
  readonly rank: number;
  /** Base64, as in the request. */
  readonly encryptionKey: string;
  /** Somebody else's. */
  readonly foreignKey: string;
}

export interface Kind {
  readonly finding: Finding;
  /** The point is another signer's: who does not know the roster cannot tell which of the two it belongs to. */
  readonly copy?: true;
  /** Errors of two such signers can cancel each other out: both then lie on a polynomial of the key. */
  readonly related?: true;
  make(making: Making): Promise<Content>;
}

const { order } = groups.secp256k1;
const at = (key: TestKey, rank: number): Uint8Array => key.shares[rank % key.shares.length] as Uint8Array;
const shifted = (share: Uint8Array, by: bigint): Uint8Array => {
  const value = (readScalar(share) + by + order) % order;
  // One in 2^256: a share may not be zero.
  return writeScalar(value === 0n ? 7n : value);
};

export async function sealed(plaintext: Uint8Array, encryptionKey: string, share: Uint8Array | null = null): Promise<Content> {
  const ciphertext = await sealShare({ plaintext, encryptionKey: parseEncryptionKey(encryptionKey), multiply: fastArithmetic.multiply });
  return { ciphertext, text: b64.encode(ciphertext), share };
}

export const shareText = (index: bigint, share: Uint8Array): Uint8Array => formatExportShare({ curve: 'secp256k1', index, share });
const honest = ({ key, rank }: Making): string => utf8.decode(shareText(BigInt(rank + 1), at(key, rank)));

const point = (finding: Finding, lie: (making: Making) => { readonly index?: bigint; readonly share?: Uint8Array }): Kind => ({
  finding,
  make(making) {
    const { index = BigInt(making.rank + 1), share = at(making.key, making.rank) } = lie(making);
    return sealed(shareText(index, share), making.encryptionKey, share);
  },
});

/** The honest text with something done to it. */
const text = (finding: Finding, change: (honest: string, making: Making) => string): Kind => ({
  finding,
  make: (making) => sealed(utf8.encode(change(honest(making), making)), making.encryptionKey, finding === 'good' ? at(making.key, making.rank) : null),
});

/** The honest envelope with something done to it. */
const envelope = (change: (ciphertext: Uint8Array) => Uint8Array): Kind => ({
  finding: 'share/unreadable',
  async make(making) {
    const ciphertext = change((await sealed(utf8.encode(honest(making)), making.encryptionKey)).ciphertext);
    return { ciphertext, text: b64.encode(ciphertext), share: null };
  },
});

const flipped = (bytes: Uint8Array, from: number, to: number): Uint8Array => {
  const [byte = 0, bit = 0] = platformRandom(2);
  const changed = bytes.slice();
  const position = from + (byte % (to - from));
  changed[position] = (changed[position] as number) ^ (1 << (bit % 8));
  return changed;
};
const ZERO = '0'.repeat(64);
const scalarOf = (member: 'index' | 'secret_share', value: string) => (honestText: string) => {
  const parsed = JSON.parse(honestText) as Record<string, { scalar: string }>;
  (parsed[member] as { scalar: string }).scalar = value;
  return JSON.stringify(parsed);
};
const without = (member: string) => (honestText: string) => {
  const { [member]: _, ...rest } = JSON.parse(honestText) as Record<string, unknown>;
  return JSON.stringify(rest);
};
const copied: Kind = {
  ...point('share/index', ({ key, rank }) => ({ index: BigInt(((rank + 1) % key.shares.length) + 1), share: at(key, rank + 1) })),
  copy: true,
};

export const contents = {
  good: point('good', () => ({})),
  'members in another order': text('good', (given) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(given) as object).reverse()))),
  'a further member': text('good', (given) => JSON.stringify({ ...(JSON.parse(given) as object), since: 1 })),

  'another value': point('share/value', () => ({ share: randomScalar('secp256k1', platformRandom) })),
  'one more': { ...point('share/value', ({ key, rank }) => ({ share: shifted(at(key, rank), 1n) })), related: true },
  'one less': { ...point('share/value', ({ key, rank }) => ({ share: shifted(at(key, rank), -1n) })), related: true },
  negated: point('share/value', ({ key, rank }) => ({ share: writeScalar(order - readScalar(at(key, rank))) })),
  'the next signer’s value': { ...point('share/value', ({ key, rank }) => ({ share: at(key, rank + 1) })), related: true },
  'another key’s share': point('share/value', ({ other, rank }) => ({ share: at(other, rank) })),
  'the key itself': { ...point('share/value', ({ key }) => ({ share: key.secret })), related: true },

  'the next index': point('share/index', ({ rank }) => ({ index: BigInt(rank + 2) })),
  'an index beyond the roster': point('share/index', ({ rank }) => ({ index: BigInt(rank + 101) })),
  'a huge index': point('share/index', () => ({ index: readScalar(randomScalar('secp256k1', platformRandom)) })),
  'the next signer’s share': copied,

  'index zero': text('share/malformed', scalarOf('index', ZERO)),
  'a share of zero': text('share/malformed', scalarOf('secret_share', ZERO)),
  'a share of the order': text('share/malformed', scalarOf('secret_share', hex.encode(writeScalar(order)))),
  'a share above the order': text('share/malformed', scalarOf('secret_share', 'f'.repeat(64))),
  'a short scalar': text('share/malformed', scalarOf('secret_share', '01')),
  'upper-case hex': text('share/malformed', (given) =>
    scalarOf('secret_share', `${(JSON.parse(given) as never)['secret_share']['scalar']}`.slice(1).concat('A'))(given),
  ),
  'no index': text('share/malformed', without('index')),
  'no share': text('share/malformed', without('secret_share')),
  'no version': text('share/malformed', without('version')),
  'version 2': text('share/malformed', (given) => JSON.stringify({ ...(JSON.parse(given) as object), version: 2 })),
  'a member twice': text('share/malformed', (given) => given.replace('{"version":1,', '{"version":1,"version":1,')),
  'two curves': text('share/malformed', (given) => given.replace('"secp256k1"', '"stark"')),
  'a cut text': text('share/malformed', (given) => given.slice(0, -7)),
  'a trailing byte': text('share/malformed', (given) => `${given}0`),
  'an empty text': text('share/malformed', () => ''),
  'null inside': text('share/malformed', () => 'null'),
  'another curve': {
    finding: 'share/curve',
    make: ({ rank, encryptionKey }) => sealed(formatExportShare({ curve: 'stark', index: BigInt(rank + 1), share: writeScalar(5n) }), encryptionKey),
  },

  'sealed to another key': { finding: 'share/unreadable', make: (making) => sealed(utf8.encode(honest(making)), making.foreignKey) },
  'a bit of the ciphertext': envelope((bytes) => flipped(bytes, 0, bytes.length - 49)),
  'a bit of the tag': envelope((bytes) => flipped(bytes, bytes.length - 49, bytes.length - 33)),
  'a bit of the point': envelope((bytes) => flipped(bytes, bytes.length - 33, bytes.length)),
  'an identity point': envelope((bytes) => concat(bytes.slice(0, -33), new Uint8Array(33))),
  'a point off the curve': envelope((bytes) => concat(bytes.slice(0, -33), Uint8Array.of(2, ...new Uint8Array(31), 5))),
  'cut short': envelope((bytes) => bytes.slice(1)),
  'a byte longer': envelope((bytes) => concat(bytes, Uint8Array.of(0))),
  'only a point': envelope((bytes) => bytes.slice(-33)),
  'no bytes': envelope(() => new Uint8Array(0)),
  'no base64': { finding: 'share/unreadable', make: async () => ({ ciphertext: new Uint8Array(0), text: '*** no base64 ***', share: null }) },
} as const satisfies Record<string, Kind>;
export type ContentName = keyof typeof contents;
