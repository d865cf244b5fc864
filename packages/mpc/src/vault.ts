/**
 * The vault: a signer's key-encryption key in Rust memory, and everything that needs it.
 *
 * @module
 */
import { type Aux, nativeAux, wrapAux } from './aux.ts';
import type { SealContext } from './context.ts';
import { guarded, guardedAsync } from './error.ts';
import { type Identity, nativeIdentity, type PublicIdentity, wrapIdentity } from './identity.ts';
import { type Job, startJob } from './job.ts';
import { type NativeVault, native } from './native.ts';
import {
  type AuxResult,
  type DkgResult,
  nativeSpec,
  results,
  type Session,
  type SessionEvent,
  type SessionSpec,
  type SignResult,
  tagged,
  wrapSession,
} from './session.ts';

/** A share on its way to its owner. */
export interface Released {
  /** Envelope of contract §9.2 around the JSON of §9.3, 281 bytes. */
  readonly encryptedKeyShare: Uint8Array;
  /** Compressed, 33 bytes. */
  readonly publicShare: Uint8Array;
  /** Compressed, 33 bytes each, in the order of key generation. */
  readonly publicShares: Uint8Array[];
  /** From 1. */
  readonly index: number;
}

/** Blobs that a vault seals open in the same vault and context only: else `blob/unreadable`. */
export interface Vault {
  createIdentity(): { readonly sealed: Uint8Array; readonly publicIdentity: PublicIdentity };
  openIdentity(sealed: Uint8Array): Identity;
  /**
   * Searches four 1536-bit safe primes on all cores, or on `threads` of them. `onProgress` gets
   * the expected share of the work that is done, 0 to 1. Keeps the process alive.
   */
  generatePrimes(context: SealContext, options?: { readonly threads?: number; readonly onProgress?: (done: number) => void }): Job<Uint8Array>;
  openAux(sealed: Uint8Array, context: SealContext): Promise<Aux>;
  /**
   * Encrypts a share to its owner's one-time key (34 bytes, contract §9.1). Whether that is allowed
   * is the caller's decision.
   *
   * @throws {MpcError} `encryption-key/length`, `encryption-key/version`, `encryption-key/point`,
   * `blob/unreadable`, `share/mismatch`
   */
  release(input: { readonly sealedShare: Uint8Array; readonly context: SealContext; readonly encryptionKey: Uint8Array }): Promise<Released>;
  /**
   * Whether a sealed share opens here and is the one that its key's certificate speaks of: its scalar times the generator
   * is the public share of this rank, from 0. Keys are compressed, 33 bytes.
   *
   * @throws {MpcError} `blob/unreadable`, `blob/malformed`, `blob/invalid`, `share/mismatch`
   */
  checkShare(input: {
    readonly sealedShare: Uint8Array;
    readonly context: SealContext;
    readonly rank: number;
    readonly publicKey: Uint8Array;
    readonly publicShares: readonly Uint8Array[];
  }): Promise<void>;
  /** Whether sealed primes open here and are what they must be. @throws {MpcError} as {@link Vault.checkShare}, `primes/invalid`, `fixture/refused` */
  checkPrimes(sealed: Uint8Array, context: SealContext): Promise<void>;
  /** Published primes of fixture signer `index`, from 0. @throws {MpcError} `fixture/absent` in a release build */
  sealFixturePrimes(index: number, context: SealContext): Uint8Array;
  /** Published aux info of fixture signer `index`, from 0. @throws {MpcError} `fixture/absent` in a release build */
  sealFixtureAux(index: number, context: SealContext): Uint8Array;
  /** Makes aux info from sealed primes; `context` is the result's. */
  startAux(
    spec: SessionSpec & {
      readonly primes: Uint8Array;
      readonly primesContext: SealContext;
      readonly context: SealContext;
    },
    onEvent: (event: SessionEvent<AuxResult>) => void,
  ): Session;
  /** Makes a key, of which `threshold` signers will be needed to sign. */
  startDkg(spec: SessionSpec & { readonly threshold: number; readonly context: SealContext }, onEvent: (event: SessionEvent<DkgResult>) => void): Session;
  /** Signs a 32-byte digest; exactly the threshold's number of parties take part. */
  startSign(
    spec: SessionSpec & {
      readonly sealedShare: Uint8Array;
      readonly context: SealContext;
      readonly aux: Aux;
      readonly digest: Uint8Array;
    },
    onEvent: (event: SessionEvent<SignResult>) => void,
  ): Session;
}

/**
 * Reads the key-encryption key into Rust memory.
 *
 * @throws {MpcError} `key-file/unreadable`, `key-file/mode` if others may read it, `key-file/length`
 */
export function openVault(keyFile: string): Vault {
  return wrapVault(guarded(() => native().openVault(keyFile)));
}

export const wrapVault = (vault: NativeVault): Vault => ({ ...storage(vault), ...sessions(vault) });

type Sessions = 'startAux' | 'startDkg' | 'startSign';

function storage(vault: NativeVault): Omit<Vault, Sessions> {
  return {
    createIdentity: () => guarded(() => vault.createIdentity()),
    openIdentity: (sealed) => wrapIdentity(guarded(() => vault.openIdentity(sealed))),
    generatePrimes: (context, { threads, onProgress } = {}) =>
      startJob(
        (onEnd) => vault.generatePrimes(context, threads, (done) => onProgress?.(done), onEnd),
        (end) => end.bytes ?? new Uint8Array(),
      ),
    openAux: async (sealed, context) => wrapAux(await guardedAsync(() => vault.openAux(sealed, context))),
    release: ({ sealedShare, context, encryptionKey }) => guardedAsync(() => vault.release(sealedShare, context, encryptionKey)),
    checkShare: ({ sealedShare, context, rank, publicKey, publicShares }) =>
      guardedAsync(() => vault.checkShare(sealedShare, context, rank, publicKey, publicShares)),
    checkPrimes: (sealed, context) => guardedAsync(() => vault.checkPrimes(sealed, context)),
    sealFixturePrimes: (index, context) => guarded(() => vault.sealFixturePrimes(index, context)),
    sealFixtureAux: (index, context) => guarded(() => vault.sealFixtureAux(index, context)),
  };
}

function sessions(vault: NativeVault): Pick<Vault, Sessions> {
  return {
    startAux: (spec, onEvent) =>
      wrapSession(
        guarded(() =>
          vault.startAux(nativeIdentity(spec.identity), nativeSpec(spec), spec.primes, spec.primesContext, spec.context, tagged(onEvent, results.aux)),
        ),
      ),
    startDkg: (spec, onEvent) =>
      wrapSession(guarded(() => vault.startDkg(nativeIdentity(spec.identity), nativeSpec(spec), spec.threshold, spec.context, tagged(onEvent, results.dkg)))),
    startSign: (spec, onEvent) =>
      wrapSession(
        guarded(() =>
          vault.startSign(
            nativeIdentity(spec.identity),
            nativeSpec(spec),
            spec.sealedShare,
            spec.context,
            nativeAux(spec.aux),
            spec.digest,
            tagged(onEvent, results.sign),
          ),
        ),
      ),
  };
}
