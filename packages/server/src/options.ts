/**
 * What a server is started with.
 *
 * @module
 */
import type { Transport } from '@quorate/link';
import type { Genesis } from '@quorate/wire';
import type { DatabaseOptions } from './db.ts';
import type { ServerKeys } from './keys.ts';
import type { ServerLimits } from './limits.ts';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';

/** For tests that stop a server between its durable steps. */
export interface ServerHooks {
  /** Called right after each durable write, with its name. What it throws ends the request there. */
  durable?(step: DurableStep): void;
}
export type DurableStep = 'act/pending' | 'act/certified' | 'key/stored' | 'signature/requested' | 'signature/stored' | 'export/requested' | 'export/piece';

export interface ServerOptions {
  readonly database: DatabaseOptions;
  readonly keys: ServerKeys;
  readonly genesis: Genesis;
  /** Hash of the genesis that this server serves, known from elsewhere than the genesis itself. */
  readonly genesisHash: string;
  readonly transport: Transport;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free port. @default 0 */
  readonly port?: number;
  /** Milliseconds. @default Date.now */
  readonly now?: () => number;
  readonly log?: Log;
  /** What counts and measures this server. @default nothing */
  readonly meter?: Meter;
  /** Those that are not given are as in `defaultLimits`. Counted in this process: several servers allow as many times as much. */
  readonly limits?: Partial<ServerLimits>;
  /** How many proxies stand in front; their `x-forwarded-for` says who called. Without any the header means nothing. @default 0 */
  readonly trustedProxies?: number;
  /** Work with signers whose secrets are the published test fixtures. Never outside tests. @default false */
  readonly testFixtures?: boolean;
  readonly hooks?: ServerHooks;
}
