/**
 * Many Ed25519 signatures at once, in Rust on the thread pool: about half of what WebCrypto takes for each, and no
 * promise for each. Accepts exactly the signatures that WebCrypto accepts in Node.
 *
 * @module
 */
import { guardedAsync } from './error.ts';
import { native } from './native.ts';

export interface SignatureCheck {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Signatures in one task: several tasks fill the pool, and none holds a thread for more than some milliseconds. */
const BATCH = 64;
const KEY = 32;
const SIGNATURE = 64;
const LENGTH = 4;

/** Whether each of these is good, in their order. A key or signature of another length is simply not valid. */
export async function verifyEd25519Many(checks: readonly SignatureCheck[]): Promise<boolean[]> {
  const good = checks.map(() => false);
  const whole = checks.flatMap(({ publicKey, signature }, i) => (publicKey.length === KEY && signature.length === SIGNATURE ? [i] : []));
  const batches = Array.from({ length: Math.ceil(whole.length / BATCH) }, (_, i) => whole.slice(i * BATCH, (i + 1) * BATCH));
  await Promise.all(
    batches.map(async (batch) => {
      const answers = await guardedAsync(() => native().verifyEd25519(pack(batch.map((i) => checks[i] as SignatureCheck))));
      for (const [k, i] of batch.entries()) good[i] = answers[k] === 1;
    }),
  );
  return good;
}

/**
 * Whether each of these keys (32 bytes) is the one encoding of a point of the prime-order group, and not the identity:
 * what a credential's key must be.
 */
export async function soundEd25519Keys(keys: readonly Uint8Array[]): Promise<boolean[]> {
  const sound = keys.map(() => false);
  const whole = keys.flatMap((key, i) => (key.length === KEY ? [i] : []));
  const batches = Array.from({ length: Math.ceil(whole.length / BATCH) }, (_, i) => whole.slice(i * BATCH, (i + 1) * BATCH));
  await Promise.all(
    batches.map(async (batch) => {
      const packed = new Uint8Array(KEY * batch.length);
      for (const [k, i] of batch.entries()) packed.set(keys[i] as Uint8Array, k * KEY);
      const answers = await guardedAsync(() => native().soundEd25519Keys(packed));
      for (const [k, i] of batch.entries()) sound[i] = answers[k] === 1;
    }),
  );
  return sound;
}

/** Key, signature, length of the message (u32, little-endian), message; one after the other. */
function pack(checks: readonly SignatureCheck[]): Uint8Array {
  const packed = new Uint8Array(checks.reduce((sum, { message }) => sum + KEY + SIGNATURE + LENGTH + message.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { publicKey, signature, message } of checks) {
    packed.set(publicKey, at);
    packed.set(signature, at + KEY);
    view.setUint32(at + KEY + SIGNATURE, message.length, true);
    packed.set(message, at + KEY + SIGNATURE + LENGTH);
    at += KEY + SIGNATURE + LENGTH + message.length;
  }
  return packed;
}
