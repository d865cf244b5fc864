import { verifyEd25519 } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeEnvelope, type Envelope, envelopeOf, frameOf, headerBytes } from './envelope.ts';
import { generatePartyKeys, keyParty, publicPartyOf } from './key-party.ts';

const numRuns = process.env.SLOW === '1' ? 2000 : 20;
const keys = generatePartyKeys();
const party = keyParty(keys);
const { identityKey } = publicPartyOf(keys, 'server');
const sign = (message: Uint8Array): Uint8Array => party.sign(message);

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Array.from(array, (byte) => byte.toString(16).padStart(2, '0')).join(''));
const name = fc.stringMatching(/^[!-~]{1,128}$/);
const time = fc.maxSafeNat();
const envelopes: fc.Arbitrary<Envelope> = fc.record({
  network: name,
  from: name,
  to: name,
  kind: name,
  id: hexOf(16),
  re: fc.oneof(fc.constant(''), hexOf(16)),
  session: fc.oneof(fc.constant(''), name),
  seq: time,
  sentAt: time,
  deadline: time,
  body: fc.uint8Array({ maxLength: 600 }),
});

const read = (bytes: Uint8Array): Envelope | null => {
  const frame = frameOf(bytes);
  return frame === null ? null : envelopeOf(frame);
};

/** Whether a receiver would take these bytes for a message of the holder of `identityKey`. */
async function isAuthentic(bytes: Uint8Array): Promise<boolean> {
  const frame = frameOf(bytes);
  return frame !== null && (await verifyEd25519(identityKey, frame.signed, frame.signature));
}

describe('envelope', () => {
  test('what is encoded is read back, and the signature verifies', async () => {
    await fc.assert(
      fc.asyncProperty(envelopes, async (envelope) => {
        const bytes = encodeEnvelope(envelope, sign);
        expect(read(bytes)).toEqual(envelope);
        expect(await isAuthentic(bytes)).toBe(true);
      }),
      { numRuns },
    );
  });

  test('any single flipped bit is refused', async () => {
    await fc.assert(
      fc.asyncProperty(envelopes, fc.nat(), fc.nat(7), async (envelope, at, bit) => {
        const bytes = encodeEnvelope(envelope, sign);
        const changed = bytes.slice();
        const index = at % bytes.length;
        changed[index] = (changed[index] as number) ^ (1 << bit);
        expect(await isAuthentic(changed)).toBe(false);
        expect(await isAuthentic(bytes)).toBe(true);
      }),
      { numRuns: numRuns * 5 },
    );
  });

  test('every byte of one envelope counts', async () => {
    const [envelope] = fc.sample(envelopes, { numRuns: 1, seed: 7 }) as [Envelope];
    const bytes = encodeEnvelope({ ...envelope, body: new Uint8Array(20) }, sign);
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] = (changed[i] as number) ^ 0x01;
      expect(await isAuthentic(changed)).toBe(false);
    }
    expect(await isAuthentic(bytes)).toBe(true);
  });

  test('cut and lengthened bytes are no envelope, or no longer authentic', async () => {
    await fc.assert(
      fc.asyncProperty(envelopes, fc.nat(), async (envelope, at) => {
        const bytes = encodeEnvelope(envelope, sign);
        expect(await isAuthentic(bytes.subarray(0, at % bytes.length))).toBe(false);
        expect(await isAuthentic(new Uint8Array([...bytes, 0]))).toBe(false);
      }),
      { numRuns },
    );
    expect(frameOf(new Uint8Array(0))).toBeNull();
    expect(frameOf(new Uint8Array(64))).toBeNull();
  });

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const frame = frameOf(bytes);
        if (frame !== null) envelopeOf(frame);
      }),
      { numRuns },
    );
  });

  test('two headers that differ in one field never bind a sealed body to the same bytes', () => {
    fc.assert(
      fc.property(envelopes, envelopes, (a, b) => {
        for (const field of ['network', 'from', 'to', 'kind', 'id', 're', 'session', 'seq', 'sentAt', 'deadline'] as const) {
          const other = { ...a, [field]: b[field] };
          if (other[field] !== a[field]) expect(headerBytes(other)).not.toEqual(headerBytes(a));
        }
        expect(headerBytes({ ...a })).toEqual(headerBytes(a));
      }),
      { numRuns },
    );
  });

  test.each([
    ['a number with a leading zero', { seq: '01' }],
    ['a negative number', { seq: '-1' }],
    ['a number past the safe integers', { sentAt: '9007199254740993' }],
    ['a space in a name', { session: 'a b' }],
    ['an overlong name', { session: 'x'.repeat(129) }],
  ])('%s is malformed', (_about, change) => {
    const good: Envelope = {
      network: 'n',
      from: 'f',
      to: 't',
      kind: 'k',
      id: '00'.repeat(16),
      re: '',
      session: 's',
      seq: 1,
      sentAt: 2,
      deadline: 3,
      body: new Uint8Array(),
    };
    expect(read(encodeEnvelope({ ...good, ...change } as unknown as Envelope, sign))).toBeNull();
    expect(read(encodeEnvelope(good, sign))).toEqual(good);
  });
});
