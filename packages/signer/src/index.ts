/** The signer: one share of every key; decides, runs sessions, releases. @module */
export type { PublicIdentity } from '@quorate/mpc';
export type { AuxProgress } from './aux-info.ts';
export { initSigner, makePrimes, type PrimesOptions } from './init.ts';
export type { Logger } from './log.ts';
export { type Mpc, realMpc } from './mpc.ts';
export { type Signer, type SignerHooks, type SignerOptions, startSigner } from './signer.ts';
export type { DurableStep } from './store/transactions.ts';
