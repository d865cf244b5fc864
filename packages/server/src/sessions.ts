/**
 * Bearers of people that count. Each is a row that every request of its holder looks up, so that a logout holds at once
 * for every server on this database.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { CredentialId, UserId } from '@quorate/wire';
import type { Db } from './db.ts';

export interface Session {
  readonly userId: UserId;
  /** What the user signed in with; `null` where the bearer was handed out by whoever runs the server. */
  readonly credId: CredentialId | null;
}

export interface Sessions {
  /** Its id. `expiresAt` in milliseconds; `within` a transaction where one is under way. */
  open(session: Session, expiresAt: number, within?: Db): Promise<string>;
  /** `null` for one that ended, expired, or never was. */
  live(id: string): Promise<Session | null>;
  end(id: string): Promise<void>;
  /** All of a user's, at this moment. */
  endAll(userId: UserId): Promise<void>;
  /** Forgets those that expired. */
  sweep(): Promise<void>;
}

export function createSessions({ db, now }: { readonly db: Db; readonly now: () => number }): Sessions {
  return {
    async open({ userId, credId }, expiresAt, within = db) {
      const id = randomBytes(16).toString('base64url');
      await within.insertInto('sessions').values({ id, user_id: userId, cred_id: credId, expires_at: expiresAt, ended_at: null }).execute();
      return id;
    },
    async live(id) {
      const row = await db
        .selectFrom('sessions')
        .select(['user_id', 'cred_id'])
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now())
        .executeTakeFirst();
      return row === undefined ? null : { userId: row.user_id, credId: row.cred_id };
    },
    async end(id) {
      await db.updateTable('sessions').set({ ended_at: now() }).where('id', '=', id).where('ended_at', 'is', null).execute();
    },
    async endAll(userId) {
      await db.updateTable('sessions').set({ ended_at: now() }).where('user_id', '=', userId).where('ended_at', 'is', null).execute();
    },
    async sweep() {
      await db.deleteFrom('sessions').where('expires_at', '<', now()).execute();
    },
  };
}
