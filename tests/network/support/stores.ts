/**
 * What the five signers' stores hold, read from their files while they run.
 *
 * @module
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { World } from './world.ts';

function inStore<T>(world: World, number: number, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(world.made.signer(number), 'signer.db'), { readOnly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** How many signers have retired this key. */
export const tombstonesOf = (world: World, keyId: string): number =>
  world.signers.filter(({ number }) => inStore(world, number, (db) => db.prepare('SELECT 1 FROM tombstones WHERE key_id = ?').get(keyId)) !== undefined).length;

/** The number of the last certified act that each signer holds, in their order. */
export const headsOf = (world: World): number[] =>
  world.signers.map(({ number }) =>
    inStore(world, number, (db) => (db.prepare('SELECT coalesce(max(number), 0) AS number FROM acts').get() as { number: number }).number),
  );
