/**
 * What every route can reach.
 *
 * @module
 */
import type { Genesis } from '@quorate/wire';
import type { Authority } from './authority.ts';
import type { Db } from './db.ts';
import type { Exports } from './exports.ts';
import type { Keygen } from './keygen.ts';
import type { Limits } from './limits.ts';
import type { Log } from './log.ts';
import type { Signers } from './signers.ts';
import type { Signing } from './signing.ts';
import type { Tokens } from './tokens.ts';
import type { UserActions } from './user-actions.ts';

export interface App {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly now: () => number;
  readonly log: Log;
  readonly db: Db;
  readonly limits: Limits;
  /** How many proxies stand in front and say who called them. */
  readonly trustedProxies: number;
  readonly tokens: Tokens;
  readonly actions: UserActions;
  readonly authority: Authority;
  readonly signers: Signers;
  readonly keygen: Keygen;
  readonly signing: Signing;
  readonly exports: Exports;
}
