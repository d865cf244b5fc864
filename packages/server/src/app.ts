/**
 * What every route can reach.
 *
 * @module
 */
import type { Genesis } from '@quorate/wire';
import type { Authority } from './authority.ts';
import type { Db } from './db.ts';
import type { Exports } from './exports.ts';
import type { FollowActs } from './follow-acts.ts';
import type { Keygen } from './keygen.ts';
import type { Limits } from './limits.ts';
import type { Log } from './log.ts';
import type { Logins } from './login.ts';
import type { Meter } from './meter.ts';
import type { RegistrationCodes } from './registration-codes.ts';
import type { Registrations } from './registrations.ts';
import type { Sessions } from './sessions.ts';
import type { Signers } from './signers.ts';
import type { Signing } from './signing.ts';
import type { Tokens } from './tokens.ts';
import type { UserActions } from './user-actions.ts';

export interface App {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly now: () => number;
  readonly log: Log;
  readonly meter: Meter;
  readonly db: Db;
  readonly limits: Limits;
  /** How many proxies stand in front and say who called them. */
  readonly trustedProxies: number;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly codes: RegistrationCodes;
  readonly registrations: Registrations;
  readonly actions: UserActions;
  readonly authority: Authority;
  readonly follow: FollowActs;
  readonly signers: Signers;
  readonly keygen: Keygen;
  readonly signing: Signing;
  readonly exports: Exports;
}
