/**
 * A signer that lies about its share: for showing and testing that it is named.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Vault } from '@quorate/mpc';
import { formatExportShare, parseEncryptionKey, sealShare, b64 } from '@quorate/wire';

/**
 * The facade with one change: while `lies()` is true, `release` seals a well-formed share that is not the signer's, to
 * the right key and of the right length.
 */
export function lyingMpc<Mpc extends { openVault(keyFile: string): Vault }>(mpc: Mpc, lies: () => boolean): Mpc {
  return {
    ...mpc,
    openVault(keyFile: string): Vault {
      const vault = mpc.openVault(keyFile);
      return {
        ...vault,
        async release(input) {
          const honest = await vault.release(input);
          if (!lies()) return honest;
          const plaintext = formatExportShare({ curve: 'secp256k1', index: BigInt(honest.index), share: anyScalar() });
          const encryptionKey = parseEncryptionKey(b64.encode(input.encryptionKey));
          return { ...honest, encryptedKeyShare: await sealShare({ plaintext, encryptionKey }) };
        },
      };
    },
  };
}

/** Below the order of the curve, whose first four bytes are ff, and not zero. */
function anyScalar(): Uint8Array {
  const scalar = new Uint8Array(randomBytes(32));
  scalar[0] = 1;
  return scalar;
}
