/**
 * The file with a signer's key-encryption key.
 *
 * @module
 */
import { guarded } from './error.ts';
import { native } from './native.ts';

/**
 * Writes a fresh 32-byte key with mode 0600.
 *
 * @throws {MpcError} `key-file/exists`, `key-file/unwritable`
 */
export function createKeyFile(path: string): void {
  guarded(() => native().createKeyFile(path));
}
