/**
 * A signer's protocols: what the Rust crate quorate-mpc does, as typed calls.
 *
 * Plaintext shares, primes, nonces and the key-encryption key stay in Rust memory. What comes out
 * is sealed blobs, ciphertexts, signatures and public data.
 *
 * @module
 */
export type { Aux } from './aux.ts';
export { backupHeader, createRecoveryKey, type OpenedBackup, openBackup, publicRecoveryKey, writeBackup } from './backup.ts';
export { type BuildInfo, buildInfo } from './build-info.ts';
export type { SealContext } from './context.ts';
export { MpcError } from './error.ts';
export type { Identity, PublicIdentity } from './identity.ts';
export type { Job } from './job.ts';
export { createKeyFile } from './key-file.ts';
export type {
  AuxResult,
  DkgResult,
  Session,
  SessionEvent,
  SessionFailure,
  SessionSpec,
  SignResult,
} from './session.ts';
export { openVault, type Released, type Vault } from './vault.ts';
export { type SignatureCheck, soundEd25519Keys, verifyEd25519Many } from './verify.ts';
