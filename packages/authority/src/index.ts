/** Acts, the reducer, permissions, and the verification of evidence and certificates. Pure. @module */
export * from './assertion.ts';
export * from './certificate.ts';
export * from './credential-key.ts';
export * from './keygen-plan.ts';
export * from './permissions.ts';
export * from './reduce.ts';
export * from './replay.ts';
export * from './state.ts';
export * from './verify-evidence.ts';
