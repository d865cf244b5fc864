/** Acts, the reducer, permissions, and the verification of evidence and certificates. Pure. @module */
export { accountOf, type AccountKind } from './account-rules.ts';
export * from './administrators.ts';
export * from './assemble-receipt.ts';
export * from './assertion.ts';
export * from './attestation.ts';
export * from './caller-kind.ts';
export * from './certificate.ts';
export * from './credential-key.ts';
export { ownCredential } from './credential-rules.ts';
export * from './export-request.ts';
export * from './keygen-plan.ts';
export * from './permissions.ts';
export * from './reduce.ts';
export * from './replay.ts';
export * from './state.ts';
export { ownToken } from './token-rules.ts';
export * from './verify-evidence.ts';
