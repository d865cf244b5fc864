/** Any corruption of any signers' parts: the key or a refusal, never another key; and exactly the corrupted are named. */
import { b64, formatExportShare, hex, utf8, writeScalar } from '@quorate/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BlameReason } from './blame.ts';
import { createExportContext } from './export-context.ts';
import { answerOf, newKey, newNetwork, type Part, plain, releasePart, type TestKey, type TestNetwork, type TestSigner } from './network.test-kit.ts';
import { platformRandom, randomScalar } from './random.ts';

const numRuns = process.env['SLOW'] === '1' ? 2_000 : 20;

interface Corruption {
  readonly reason: BlameReason | null;
  readonly proven: boolean;
  /** Whether its share still proves itself. */
  readonly usable: boolean;
  make(network: TestNetwork, key: TestKey, request: Parameters<typeof releasePart>[2], rank: number): Promise<Part | null>;
}

const resigned = (network: TestNetwork, rank: number, part: Part, change: object): Part => {
  const signer = network.signers[rank] as TestSigner;
  return { ...part, release: signer.sign('release', { ...(part.release as NonNullable<Part['release']>).body, ...change }) };
};
// Errors are independent of each other: equal ones can cancel out, and then the wrong shares do make the right key.
const wrongShare = (): Uint8Array => randomScalar('secp256k1', platformRandom);

const corruptions = {
  'nothing wrong': { reason: null, proven: false, usable: true, make: releasePart },
  away: { reason: null, proven: false, usable: false, make: async () => null },
  'another value': {
    reason: 'share/value',
    proven: true,
    usable: false,
    make: (network, key, request, rank) =>
      releasePart(network, key, request, rank, () => formatExportShare({ curve: 'secp256k1', index: BigInt(rank + 1), share: wrongShare() })),
  },
  'another index': {
    reason: 'share/index',
    proven: true,
    usable: false,
    make: (network, key, request, rank) =>
      releasePart(network, key, request, rank, () => formatExportShare({ curve: 'secp256k1', index: BigInt(rank + 2), share: key.shares[rank] as Uint8Array })),
  },
  'another curve': {
    reason: 'share/curve',
    proven: true,
    usable: false,
    make: (network, key, request, rank) =>
      releasePart(network, key, request, rank, () => formatExportShare({ curve: 'stark', index: BigInt(rank + 1), share: writeScalar(5n) })),
  },
  'no share inside': {
    reason: 'share/malformed',
    proven: true,
    usable: false,
    make: (network, key, request, rank) => releasePart(network, key, request, rank, () => utf8.encode('{"version":1}')),
  },
  'a flipped bit on the way': {
    reason: 'share/unreadable',
    proven: false,
    usable: false,
    make: async (...given) => {
      const part = await releasePart(...given);
      const ciphertext = part.ciphertext.slice();
      ciphertext[platformRandom(1)[0] as number] = (ciphertext[platformRandom(1)[0] as number] as number) ^ 1;
      return { ...part, ciphertext: equalBytes(ciphertext, part.ciphertext) ? ciphertext.map((byte) => byte ^ 1) : ciphertext };
    },
  },
  'a release signed by nobody': {
    reason: 'release/signature',
    proven: false,
    usable: true,
    make: async (...given) => {
      const part = await releasePart(...given);
      return { ...part, release: { ...(part.release as NonNullable<Part['release']>), signature: b64.encode(platformRandom(64)) } };
    },
  },
  'a release of another key': {
    reason: 'release/key',
    proven: false,
    usable: true,
    make: async (network, key, request, rank) =>
      resigned(network, rank, await releasePart(network, key, request, rank), { keyId: newKey(network).certificate.body.keyId }),
  },
  'a release to another reader': {
    reason: 'release/encryption-key',
    proven: false,
    usable: true,
    make: async (network, key, request, rank) =>
      resigned(network, rank, await releasePart(network, key, request, rank), { encryptionKey: createExportContext().request().encryptionKey }),
  },
  'a release of another ciphertext': {
    reason: 'release/ciphertext',
    proven: false,
    usable: true,
    make: async (network, key, request, rank) =>
      resigned(network, rank, await releasePart(network, key, request, rank), { ciphertextHash: hex.encode(platformRandom(32)) }),
  },
  'a release with other public shares': {
    reason: 'release/public-shares',
    proven: true,
    usable: true,
    make: async (network, key, request, rank) =>
      resigned(network, rank, await releasePart(network, key, request, rank), { publicShares: [...key.certificate.body.publicShares].reverse() }),
  },
  'no release': { reason: 'release/missing', proven: false, usable: true, make: async (...given) => ({ ...(await releasePart(...given)), release: null }) },
} as const satisfies Record<string, Corruption>;
const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);

const networks = new Map<string, TestNetwork>();
function networkOf(n: number, threshold: number): TestNetwork {
  const name = `${threshold} of ${n}`;
  const known = networks.get(name) ?? newNetwork({ n, threshold });
  networks.set(name, known);
  return known;
}

/** n, a majority t of it, and what is wrong with each signer; half of them are honest, so that both outcomes are common. */
const scene = (kinds: readonly (keyof typeof corruptions)[]) =>
  fc.integer({ min: 2, max: 7 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      threshold: fc.integer({ min: Math.max(2, Math.floor(n / 2) + 1), max: n }),
      wrong: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant('nothing wrong' as const) }, { weight: 1, arbitrary: fc.constantFrom(...kinds) }), {
        minLength: n,
        maxLength: n,
      }),
    }),
  );

async function play({ n, threshold, wrong }: { n: number; threshold: number; wrong: readonly (keyof typeof corruptions)[] }) {
  const network = networkOf(n, threshold);
  const key = newKey(network);
  const context = createExportContext();
  const parts = await Promise.all(wrong.map((kind, rank) => (corruptions[kind] as Corruption).make(network, key, context.request(), rank)));
  // A release that is missing everywhere is a plain answer; here one statement of a stranger keeps it from being one.
  const answer = answerOf(
    network,
    key,
    parts.filter((part) => part !== null),
  );
  const expected = wrong.flatMap((kind, rank) => {
    const { reason, proven } = corruptions[kind];
    return reason === null ? [] : [{ signerId: network.signers[rank]?.id as string, reason, proven }];
  });
  const good = wrong.filter((kind) => corruptions[kind].usable).length;
  return { network, key, context, answer, expected, good };
}

test('with certificate and releases', async () => {
  await fc.assert(
    fc.asyncProperty(scene(Object.keys(corruptions) as (keyof typeof corruptions)[]), async (given) => {
      const { network, key, context, answer, expected, good } = await play(given);
      if (answer.encryptedKeyShares.length === 0) return;
      answer.releases?.push({ signerId: 'a stranger' });
      const recovery = context.recover(answer, { expectedPublicKey: key.publicKey, genesis: network.genesis });
      if (good < given.threshold) {
        await expect(recovery).rejects.toMatchObject({
          code: 'share/too-few',
          detail: { good, needed: given.threshold, blamed: Object.fromEntries(expected.map(({ signerId, reason }) => [signerId, reason])) },
        });
        return;
      }
      const { secret, report } = await recovery;
      expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
      expect(report.blamed).toEqual(expected);
      expect(report.used).toHaveLength(given.threshold);
    }),
    { numRuns },
  );
});

test('with nothing but the shares, as Dfns gives them', async () => {
  const visible = ['another value', 'no share inside', 'a flipped bit on the way', 'another curve', 'away'] as const;
  await fc.assert(
    fc.asyncProperty(scene(visible), fc.integer({ min: 2, max: 9 }), async (given, stated) => {
      const { key, context, answer, expected, good } = await play(given);
      if (answer.encryptedKeyShares.length === 0) return;
      // The threshold is only the server's word.
      const recovery = context.recover({ ...plain(answer), minSigners: stated }, { expectedPublicKey: key.publicKey });
      if (good < given.threshold) {
        await expect(recovery).rejects.toMatchObject({ code: expect.stringMatching(/^share\/(too-few|wrong-key)$/) });
        return;
      }
      const { secret, report } = await recovery;
      expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
      expect(report.blamed.map(({ signerId }) => signerId).sort()).toEqual(expected.map(({ signerId }) => signerId).sort());
    }),
    { numRuns },
  );
});

test('any t of n, in any order, yield the key; t − 1 never do', async () => {
  await fc.assert(
    fc.asyncProperty(scene(['nothing wrong']), fc.infiniteStream(fc.integer({ min: 0, max: 1_000_000 })), async (given, dice) => {
      const { network, key, context, answer } = await play(given);
      const shuffled = answer.encryptedKeyShares.map((share) => ({ share, at: dice.next().value })).sort((a, b) => a.at - b.at);
      const some = shuffled.slice(0, given.threshold).map(({ share }) => share);
      for (const sent of [answer, plain(answer)]) {
        const expectation = { expectedPublicKey: key.publicKey, genesis: network.genesis };
        const { secret } = await context.recover({ ...sent, encryptedKeyShares: some }, expectation);
        expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
        const fewer = context.recover({ ...sent, encryptedKeyShares: some.slice(1) }, expectation);
        await expect(fewer).rejects.toMatchObject({ code: 'share/too-few' });
      }
    }),
    { numRuns },
  );
});
