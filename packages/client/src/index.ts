/** The SDK for browser and Node: guarded calls, checks of everything signers sign, export and import of keys. @module */
export * from './api-error.ts';
export * from './arithmetic.ts';
export * from './blame.ts';
export { challengeCheck, type ChallengeCheck, type ExpectedRequest, type Trust } from './check-challenge.ts';
export type { OnAction } from './checked-signer.ts';
export * from './connect.ts';
export * from './export-context.ts';
export * from './guard.ts';
export * from './head-memory.ts';
export * from './import-shares.ts';
export * from './key-signer.ts';
export type { Random } from './random.ts';
export * from './secret-key.ts';
export * from './supported-schemes.ts';
export type { Expectation } from './trusted-certificate.ts';
export * from './verify-certified.ts';
export * from './verify-wallet.ts';
