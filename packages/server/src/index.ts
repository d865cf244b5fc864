/** The HTTP API and what orchestrates the signers behind it. @module */
export type { DatabaseOptions } from './db.ts';
export { createServerKeys, type ServerKeys, serverParty } from './keys.ts';
export { defaultLimits, type Limit, type ServerLimits } from './limits.ts';
export type { Log } from './log.ts';
export type { DurableStep, ServerHooks, ServerOptions } from './options.ts';
export { defaultPool, type PoolOptions } from './postgres.ts';
export { type Server, startServer } from './server.ts';
export { openServerMetrics } from './daemon/metrics.ts';
export { serverProgram } from './daemon/program.ts';
export type { DaemonOptions as ServerDaemonOptions } from './daemon/start.ts';
