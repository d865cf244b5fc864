/**
 * Spent marks: a challenge is tied to one effect for as long as anyone could offer it again (docs/contract.md, user
 * actions).
 *
 * @module
 */
import { type Counted, count } from './counters.ts';
import type { Database } from './database.ts';
import { StoreRefusal } from './refuse.ts';

export interface Mark {
  readonly challenge: string;
  /** Fingerprint of what the evidence does: key, digest, ids. */
  readonly effect: string;
  /** The statement's, in milliseconds. */
  readonly expiresAt: number;
  readonly now: number;
  /** Of the passkey that signed; none for a key credential. */
  readonly counted?: Counted | null;
}

/** Sessions that one piece of evidence may start. */
export const MAX_ATTEMPTS = 3;
/** How long a mark outlives its statement, in milliseconds. */
export const MARK_OUTLIVES_MS = 600_000;

/**
 * Ties the challenge to the effect and counts a session of it.
 * @throws {StoreRefusal} `evidence/spent` for another effect or a fourth session, `action/expired` where marks of that age are gone
 */
export function spendOnSession(db: Database, mark: Mark): void {
  prune(db, mark.now);
  const known = find(db, mark.challenge);
  if (known === undefined) {
    refusePruned(db, mark);
    insert(db, mark, 1);
    return;
  }
  if (known.effect !== mark.effect) throw new StoreRefusal('evidence/spent');
  if (known.attempts >= MAX_ATTEMPTS) throw new StoreRefusal('evidence/spent', { attempts: known.attempts });
  db.run('UPDATE spent SET attempts = attempts + 1 WHERE challenge = ?', mark.challenge);
}

/**
 * Ties the challenge to the effect; any number of times to the same. `proven` is for an effect that a quorum of signers
 * vouches for: it is recorded at any age.
 * @throws {StoreRefusal} as {@link spendOnSession}
 */
export function spendOnce(db: Database, mark: Mark, age: 'fresh' | 'proven'): void {
  prune(db, mark.now);
  const known = find(db, mark.challenge);
  if (known !== undefined) {
    if (known.effect !== mark.effect) throw new StoreRefusal('evidence/spent');
    return;
  }
  if (age === 'fresh') refusePruned(db, mark);
  insert(db, mark, 0);
}

/** The highest `expiresAt` whose mark was ever pruned, milliseconds; 0 at first. */
export const prunedUpTo = (db: Database): number => Number(db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'pruned up to'")?.value ?? 0);

const find = (db: Database, challenge: string): { effect: string; attempts: number } | undefined =>
  db.get<{ effect: string; attempts: number }>('SELECT effect, attempts FROM spent WHERE challenge = ?', challenge);

function insert(db: Database, mark: Mark, attempts: number): void {
  db.run('INSERT INTO spent (challenge, effect, attempts, expires_at) VALUES (?, ?, ?, ?)', mark.challenge, mark.effect, attempts, mark.expiresAt);
  if (mark.counted) count(db, mark.counted, mark.challenge, mark.now);
}

/** A mark that is gone could have been this one, whatever the clock says now. */
function refusePruned(db: Database, mark: Mark): void {
  if (mark.expiresAt <= prunedUpTo(db)) throw new StoreRefusal('action/expired');
}

function prune(db: Database, now: number): void {
  const before = now - MARK_OUTLIVES_MS;
  const highest = db.get<{ highest: number | null }>('SELECT max(expires_at) AS highest FROM spent WHERE expires_at < ?', before)?.highest ?? null;
  if (highest === null) return;
  db.run('DELETE FROM spent WHERE expires_at < ?', before);
  const kept = Math.max(highest, prunedUpTo(db));
  db.run("INSERT INTO settings (name, value) VALUES ('pruned up to', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", String(kept));
}
