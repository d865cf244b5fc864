/** The signer: one share of every key; decides, runs sessions, releases. @module */
export type { PublicIdentity } from '@quorate/mpc';
export { parseTrail, readKeptHeads, readTrailOfStore, type Trail, trailLines, type WriteTrailOptions } from './audit/trail.ts';
export { type AuditFault, type AuditFinding, type AuditReport, verifyAudit, type VerifyAuditOptions } from './audit/verify.ts';
export type { AuxProgress } from './aux-info.ts';
export { initSigner, makePrimes, makeSparePrimes, type PrimesOptions, primesIn } from './init.ts';
export type { Logger } from './log.ts';
export { type Mpc, realMpc } from './mpc.ts';
export { type PreparedRotation, prepareRotation, type RotationOptions } from './prepare-rotation.ts';
export { defaultSignerLimits, type SignerLimits } from './limits.ts';
export { clearDoubleAcknowledgement, clearFailedSessions, readConflicts, readFailedSessions } from './operator.ts';
export { type Signer, type SignerHooks, type SignerOptions, startSigner } from './signer.ts';
export type { Conflict, ConflictKind } from './store/conflicts.ts';
export type { Fault } from './store/faults.ts';
export type { DurableStep } from './store/transactions.ts';
export { openSignerMetrics } from './daemon/metrics.ts';
export { signerProgram } from './daemon/program.ts';
export type { DaemonOptions as SignerDaemonOptions } from './daemon/start.ts';
