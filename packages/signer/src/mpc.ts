/**
 * The protocols as this room sees them: `@quorate/mpc`, or something in front of it that a test or the demo puts there
 * to make a signer lie.
 *
 * @module
 */
import * as mpc from '@quorate/mpc';

export type Mpc = Pick<typeof mpc, 'buildInfo' | 'createKeyFile' | 'openVault' | 'soundEd25519Keys' | 'verifyEd25519Many'>;

export const realMpc: Mpc = {
  buildInfo: mpc.buildInfo,
  createKeyFile: mpc.createKeyFile,
  openVault: mpc.openVault,
  soundEd25519Keys: mpc.soundEd25519Keys,
  verifyEd25519Many: mpc.verifyEd25519Many,
};
