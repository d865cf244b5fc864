/**
 * Counters of passkeys: the highest that this signer has seen of each. One that does not go up may mean that there are
 * two of an authenticator. That is written down and stops nothing: an assertion that holds was made with the key.
 *
 * @module
 */
import { appendAudit } from './audit.ts';
import type { Database } from './database.ts';

/** What a passkey's authenticator counted when it signed. */
export interface Counted {
  readonly credId: string;
  readonly counter: number;
}

const WARNING = 'passkey counter ran backwards';

/** Keeps the counter of a challenge that was not met before; 0 is for authenticators that do not count. */
export function count(db: Database, { credId, counter }: Counted, challenge: string, time: number): void {
  const highest = highestOf(db, credId);
  if (counter <= highest && highest > 0) appendAudit(db, { time, event: WARNING, detail: { credId, counter, highest, challenge } });
  raise(db, { credId, counter });
}

/** Keeps the counter of what others have decided on, in whatever order that comes. */
export function raise(db: Database, { credId, counter }: Counted): void {
  if (counter <= highestOf(db, credId)) return;
  db.run('INSERT INTO counters (cred_id, highest) VALUES (?, ?) ON CONFLICT (cred_id) DO UPDATE SET highest = excluded.highest', credId, counter);
}

const highestOf = (db: Database, credId: string): number => db.get<{ highest: number }>('SELECT highest FROM counters WHERE cred_id = ?', credId)?.highest ?? 0;
