/** A whole Quorate in one process: the server and its signers, with everything they keep in one folder. @module */
export type { AdminFile } from './admin.ts';
export { startDevnet, type Devnet, type DevnetOptions, type LinkedNetwork } from './devnet.ts';
export { layoutOf, type Layout } from './layout.ts';
export { lyingMpc } from './liar.ts';
export type { OnProgress, Stage } from './progress.ts';
export type { SignerGroup } from './signer-group.ts';
export { CannotStart } from './cannot-start.ts';
