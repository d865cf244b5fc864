/**
 * Loads the addon. Its types are written by hand: they are the shell's, and nobody else's.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { SealContext } from './context.ts';
import { MpcError } from './error.ts';

export interface NativePublicIdentity {
  readonly identityKey: Uint8Array;
  readonly sealingKey: Uint8Array;
  readonly importKey: Uint8Array;
}

export interface NativeIdentity {
  publicIdentity(): NativePublicIdentity;
  sign(message: Uint8Array): Uint8Array;
  seal(to: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  open(info: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

export interface NativeEnd {
  readonly bytes?: Uint8Array;
  readonly code?: string;
  readonly text?: string;
}

export interface NativeJob {
  cancel(): void;
}

export interface NativeAux {
  tables(): boolean;
  prepareTables(onEnd: (end: NativeEnd) => void): NativeJob;
}

export interface NativeSpec {
  readonly executionId: Uint8Array;
  readonly parties: readonly { readonly index: number; readonly sealingKey: Uint8Array }[];
  readonly me: number;
  readonly deadline: number;
}

export interface NativeEvent {
  readonly kind: 'message' | 'done' | 'failed';
  readonly to?: number;
  readonly seq?: number;
  readonly body?: Uint8Array;
  readonly sealed?: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly publicShares?: readonly Uint8Array[];
  readonly r?: Uint8Array;
  readonly s?: Uint8Array;
  readonly recid?: number;
  readonly code?: string;
  readonly culprits?: readonly number[];
  readonly detail?: string;
}

export interface NativeSession {
  push(from: number, seq: number, broadcast: boolean, body: Uint8Array): void;
  cancel(): void;
}

export interface NativeReleased {
  readonly encryptedKeyShare: Uint8Array;
  readonly publicShare: Uint8Array;
  readonly publicShares: Uint8Array[];
  readonly index: number;
}

type OnEvent = (event: NativeEvent) => void;

export interface NativeVault {
  createIdentity(): { readonly sealed: Uint8Array; readonly publicIdentity: NativePublicIdentity };
  openIdentity(sealed: Uint8Array): NativeIdentity;
  generatePrimes(context: SealContext, threads: number | undefined, onProgress: (done: number) => void, onEnd: (end: NativeEnd) => void): NativeJob;
  openAux(sealed: Uint8Array, context: SealContext): Promise<NativeAux>;
  release(sealedShare: Uint8Array, context: SealContext, encryptionKey: Uint8Array): Promise<NativeReleased>;
  checkShare(sealed: Uint8Array, context: SealContext, rank: number, publicKey: Uint8Array, publicShares: readonly Uint8Array[]): Promise<void>;
  checkPrimes(sealed: Uint8Array, context: SealContext): Promise<void>;
  sealFixturePrimes(index: number, context: SealContext): Uint8Array;
  sealFixtureAux(index: number, context: SealContext): Uint8Array;
  startAux(identity: NativeIdentity, spec: NativeSpec, primes: Uint8Array, primesContext: SealContext, context: SealContext, onEvent: OnEvent): NativeSession;
  startDkg(identity: NativeIdentity, spec: NativeSpec, threshold: number, context: SealContext, onEvent: OnEvent): NativeSession;
  startSign(
    identity: NativeIdentity,
    spec: NativeSpec,
    sealedShare: Uint8Array,
    context: SealContext,
    aux: NativeAux,
    digest: Uint8Array,
    onEvent: OnEvent,
  ): NativeSession;
}

export interface NativeBackup {
  header(): Uint8Array;
  vault(): NativeVault;
  writeKeyFile(path: string): void;
}

export interface Native {
  buildInfo(): {
    readonly version: string;
    readonly implVersion: string;
    readonly bigint: string;
    readonly testFixtures: boolean;
  };
  createKeyFile(path: string): void;
  openVault(path: string): NativeVault;
  verifyEd25519(packed: Uint8Array): Promise<Uint8Array>;
  soundEd25519Keys(keys: Uint8Array): Promise<Uint8Array>;
  createRecoveryKey(path: string): Uint8Array;
  publicRecoveryKey(path: string): Uint8Array;
  writeBackup(to: Uint8Array, header: Uint8Array, parts: readonly { readonly name: string; readonly path: string }[], out: string): Promise<void>;
  backupHeader(path: string): Uint8Array;
  openBackup(key: string, from: string, folder: string, names: readonly string[]): Promise<NativeBackup>;
}

let loaded: Native | undefined;

/** The addon that `QUORATE_ADDON` names: `test` for the one with test fixtures, else the release build. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const wantsTest = process.env['QUORATE_ADDON'] === 'test';
  const name = wantsTest ? 'quorate-mpc.test.node' : 'quorate-mpc.node';
  // Both src/ and dist/ lie beside native/.
  const file = join(import.meta.dirname, '..', 'native', name);
  if (!existsSync(file)) {
    throw new MpcError('addon/absent', `The addon native/${name} is not built. Run: npm run build`);
  }
  try {
    return createRequire(import.meta.url)(file) as Native;
  } catch (cause) {
    const text = `The addon native/${name} does not load here. Run: npm run build`;
    throw new MpcError('addon/unloadable', text, { cause });
  }
}
