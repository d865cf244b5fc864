/**
 * Cryptography for thousands of acts at once. Who has faster code than WebCrypto gives it to `applyRecords`; a yes of it
 * is believed, a no is looked at again by the code that everybody runs.
 *
 * @module
 */
import { b64, type Evidence, verifyEd25519 } from '@quorate/wire';
import { rememberSound } from './credential-key.ts';

export interface Ed25519Check {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export interface Bulk {
  /** Whether each is a signature that `verifyEd25519` of `@quorate/wire` accepts, in their order. */
  verify(checks: readonly Ed25519Check[]): Promise<readonly boolean[]>;
  /** Whether each of these Ed25519 keys, 32 bytes, is one that `parseCredentialKey` accepts. */
  soundKeys(keys: readonly Uint8Array[]): Promise<readonly boolean[]>;
}

/** WebCrypto, one by one; keys are left to the rule that needs them. */
export const webCrypto: Bulk = {
  verify: (checks) => Promise.all(checks.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature))),
  soundKeys: (keys) => Promise.resolve(keys.map(() => false)),
};

/** The SPKI of an Ed25519 key in base64: what comes before the key is the same in all. */
const ED25519_SPKI = /MCowBQYDK2VwAyEA([A-Za-z0-9+/]{43}=)/g;

/** Has the new keys in these payloads checked before the reducer comes to them. */
export async function checkKeysAhead(evidence: readonly Evidence[], { soundKeys }: Bulk): Promise<void> {
  const keys: Uint8Array[] = [];
  for (const { payload } of evidence) {
    for (const [, key = ''] of payload.matchAll(ED25519_SPKI)) {
      try {
        keys.push(b64.decode(key));
      } catch {
        // No base64 after all: it is refused in its turn.
      }
    }
  }
  if (keys.length === 0) return;
  const good = await soundKeys(keys);
  rememberSound(keys.filter((_, i) => good[i]));
}
