/**
 * The protocols as this room sees them: `@quorate/mpc`, or something in front of it that a test or the demo puts there
 * to make a signer lie.
 *
 * @module
 */
import * as mpc from '@quorate/mpc';

export type Mpc = Pick<typeof mpc, 'buildInfo' | 'createKeyFile' | 'openVault'>;

export const realMpc: Mpc = { buildInfo: mpc.buildInfo, createKeyFile: mpc.createKeyFile, openVault: mpc.openVault };
