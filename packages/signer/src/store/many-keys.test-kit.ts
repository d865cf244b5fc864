/**
 * A signer's store as it is after as many keys as one likes: what the making of one key has left there, written again
 * under other names. For measuring. The store cannot tell; only whoever opens a copied share, or verifies a copied
 * certificate, would see that it is the first key's.
 *
 * @module
 */
import { DatabaseSync } from 'node:sqlite';
import { EMPTY_HEAD, hashOfRow } from '../audit/rows.ts';

/** All by which the rows of one key differ from those of another. */
export interface KeyNames {
  readonly keyId: string;
  readonly walletId: string;
  readonly challenge: string;
  readonly executionId: string;
  /** Hex. */
  readonly publicKey: string;
}

interface KeyRow {
  readonly sealed_share: Uint8Array;
  readonly body: string;
  readonly birth: string | null;
  readonly signature: string;
  readonly certificate: string;
}

const names = ['keyId', 'walletId', 'challenge', 'executionId', 'publicKey'] as const;

/**
 * Writes the rows of key, execution id and audit trail for each of `copies`. The signer must not run.
 * @param path - of the store
 * @param first - a key that was made there
 * @throws where `first` has no certificate there
 */
export function copyKey(path: string, first: KeyNames, copies: readonly KeyNames[]): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  try {
    // It is all or nothing anyway, and is flushed at the end.
    db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;');
    const row = db
      .prepare('SELECT sealed_share, body, birth, signature, certificate FROM keys WHERE key_id = ? AND certificate IS NOT NULL')
      .get(first.keyId) as unknown as KeyRow | undefined;
    if (row === undefined) throw new Error('this key was not made here');
    const entries = db.prepare('SELECT time, event, detail FROM audit WHERE instr(detail, ?) > 0 ORDER BY number').all(first.keyId) as unknown as {
      time: number;
      event: string;
      detail: string;
    }[];
    let head = (db.prepare('SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1').get() ?? EMPTY_HEAD) as typeof EMPTY_HEAD;
    const execution = db.prepare('INSERT INTO executions (execution_id) VALUES (?)');
    const key = db.prepare(
      'INSERT INTO keys (key_id, challenge, execution_id, sealed_share, body, birth, signature, certificate) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    const audit = db.prepare('INSERT INTO audit (number, time, event, detail, hash) VALUES (?, ?, ?, ?, ?)');
    db.exec('BEGIN IMMEDIATE');
    for (const copy of copies) {
      const renamed = (text: string): string => names.reduce((renaming, name) => renaming.replaceAll(first[name], copy[name]), text);
      execution.run(copy.executionId);
      const { sealed_share: share, body, birth, signature, certificate } = row;
      key.run(copy.keyId, copy.challenge, copy.executionId, share, renamed(body), birth, signature, renamed(certificate));
      for (const { time, event, detail } of entries) {
        const entry = { number: head.number + 1, time, event, detail: renamed(detail) };
        head = { number: entry.number, hash: hashOfRow(head.hash, entry) };
        audit.run(entry.number, time, event, entry.detail, head.hash);
      }
    }
    db.exec('COMMIT; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);');
  } finally {
    db.close();
  }
}
