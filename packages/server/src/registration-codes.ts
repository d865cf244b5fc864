/**
 * One-time registration codes (contract §3.3): 80 bits, stored as a hash, shown once to the administrator who made the
 * user, and void after a week, after use, after too many wrong guesses, or when a newer one is made.
 *
 * @module
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Refusal, type UserId } from '@quorate/wire';
import type { Db } from './db.ts';

const DAY_MS = 86_400_000;
export const CODE_LIFETIME_MS = 7 * DAY_MS;
/** Wrong guesses that a code survives. */
export const MAX_ATTEMPTS = 20;
/** Without letters that are taken for others; 32 of them, so each is five bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const NOBODY = hash('sha256', randomBytes(16).toString('hex'));

export interface NewCode {
  /** Four groups of four. */
  readonly code: string;
  /** Milliseconds. */
  readonly expiresAt: number;
}

export interface RegistrationCodes {
  /** Voids the user's older ones. */
  renew(userId: UserId): Promise<NewCode>;
  /**
   * The id of the user's code, if this is it. `null` for a user who cannot register: it takes as long to refuse.
   * @throws {Refusal} `registration/code-invalid`, `registration/code-expired`
   */
  check(userId: UserId | null, given: string): Promise<string>;
  /** Uses the code up, within the transaction of what it was used for. @throws {Refusal} `registration/code-invalid` */
  use(userId: UserId, id: string, within: Db): Promise<void>;
  forget(userId: UserId): Promise<void>;
  sweep(): Promise<void>;
}

const hashOf = (code: string): string => hash('sha256', `quorate/registration-code/v1\0${code}`);
/** As people type it. */
const plain = (given: string): string => given.toUpperCase().replace(/[\s-]/g, '');

export function createRegistrationCodes({ db, now }: { readonly db: Db; readonly now: () => number }): RegistrationCodes {
  return {
    async renew(userId) {
      const text = Array.from(randomBytes(16), (byte) => ALPHABET[byte & 31]).join('');
      const row = { id: randomBytes(16).toString('base64url'), code_hash: hashOf(text), expires_at: now() + CODE_LIFETIME_MS, attempts: 0, used_at: null };
      await db
        .insertInto('registration_codes')
        .values({ user_id: userId, ...row })
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
        .execute();
      return { code: text.replace(/(.{4})(?=.)/g, '$1-'), expiresAt: row.expires_at };
    },

    async check(userId, given) {
      // Counted before it is compared, so that guesses at the same moment count too.
      const row = await db
        .updateTable('registration_codes')
        .set(({ eb }) => ({ attempts: eb('attempts', '+', 1) }))
        .where('user_id', '=', userId ?? ('' as UserId))
        .where('attempts', '<', MAX_ATTEMPTS)
        .where('used_at', 'is', null)
        .returning(['id', 'code_hash', 'expires_at'])
        .executeTakeFirst();
      const matches = timingSafeEqual(Buffer.from(hashOf(plain(given))), Buffer.from(row?.code_hash ?? NOBODY));
      if (row === undefined || !matches) throw new Refusal('registration/code-invalid');
      await db
        .updateTable('registration_codes')
        .set(({ eb }) => ({ attempts: eb('attempts', '-', 1) }))
        .where('id', '=', row.id)
        .execute();
      if (row.expires_at <= now()) throw new Refusal('registration/code-expired');
      return row.id;
    },

    async use(userId, id, within) {
      const { numUpdatedRows } = await within
        .updateTable('registration_codes')
        .set({ used_at: now() })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .where('used_at', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new Refusal('registration/code-invalid');
    },

    async forget(userId) {
      await db.deleteFrom('registration_codes').where('user_id', '=', userId).execute();
    },

    async sweep() {
      await db
        .deleteFrom('registration_codes')
        .where('expires_at', '<', now() - CODE_LIFETIME_MS)
        .execute();
    },
  };
}
