/**
 * What the addon was built from.
 *
 * @module
 */
import { native } from './native.ts';

export interface BuildInfo {
  /** Version of the addon. */
  readonly version: string;
  /** The code behind the protocol label `CGGMP21`. */
  readonly impl: 'cggmp24';
  /** Its version; signers of one session must agree on it. */
  readonly implVersion: string;
  /** `gmp` signs about two and a half times as fast. */
  readonly bigint: 'gmp' | 'num-bigint';
  /** True if this build accepts published secrets. Never start on it outside tests and benches. */
  readonly testFixtures: boolean;
}

export function buildInfo(): BuildInfo {
  const info = native().buildInfo();
  return {
    version: info.version,
    impl: 'cggmp24',
    implVersion: info.implVersion,
    bigint: info.bigint === 'gmp' ? 'gmp' : 'num-bigint',
    testFixtures: info.testFixtures,
  };
}
