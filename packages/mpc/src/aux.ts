/**
 * Opened aux info of a roster: one per signer, shared by all its signings.
 *
 * @module
 */
import { MpcError } from './error.ts';
import { type Job, startJob } from './job.ts';
import type { NativeAux } from './native.ts';

export interface Aux {
  /**
   * Builds multi-exponentiation tables (about 3 MB) on a thread of the lowest priority and swaps
   * them in when they are ready. Does not keep the process alive.
   */
  prepareTables(): Job<void>;
  /** True once the tables are in. */
  readonly tables: boolean;
}

const behind = new WeakMap<Aux, NativeAux>();

export function wrapAux(native: NativeAux): Aux {
  const aux: Aux = {
    prepareTables: () =>
      startJob<void>(
        (onEnd) => native.prepareTables(onEnd),
        () => undefined,
      ),
    get tables() {
      return native.tables();
    },
  };
  behind.set(aux, native);
  return aux;
}

/** The addon's object behind aux info. */
export function nativeAux(aux: Aux): NativeAux {
  const native = behind.get(aux);
  if (native === undefined) throw new MpcError('bad-input', 'This aux info was not opened by a vault.');
  return native;
}
