/**
 * A server's database as it is after as many wallets as one likes: what the making of one wallet has left there, written
 * again under other names. For measuring. Challenges are not written: they go some minutes after they expire.
 *
 * @module
 */
import { deriveId } from '@quorate/wire';
import pg from 'pg';

/** All by which the rows of one wallet differ from those of another. */
export interface WalletNames {
  readonly keyId: string;
  readonly walletId: string;
  readonly challenge: string;
  readonly executionId: string;
  /** Hex. */
  readonly publicKey: string;
  readonly address: string;
}

/** What one statement writes. */
const AT_ONCE = 2_000;

const names = '("keyId" text, "walletId" text, challenge text, "executionId" text, "publicKey" text, address text, "logId" text)';
const from = `from jsonb_to_recordset($1) as copy ${names} cross join jsonb_to_record($2) as one ${names}`;
const statements = [
  `insert into keys (id, scheme, curve, public_key, owner_id, name, certificate, challenge, created_at, exported_at, birth)
   select copy."keyId", k.scheme, k.curve, copy."publicKey", k.owner_id, k.name,
     replace(replace(replace(replace(replace(k.certificate, one."keyId", copy."keyId"), one."walletId", copy."walletId"),
       one.challenge, copy.challenge), one."executionId", copy."executionId"), one."publicKey", copy."publicKey"),
     copy.challenge, k.created_at, null, k.birth
   ${from} join keys k on k.id = one."keyId"`,
  `insert into wallets (id, key_id, network, address, name, external_id, owner_id, created_at, request)
   select copy."walletId", copy."keyId", w.network, copy.address, w.name, null, w.owner_id, w.created_at, w.request
   ${from} join wallets w on w.id = one."walletId"`,
  `insert into action_log (id, time, user_id, token_id, method, path, entry)
   select copy."logId", a.time, a.user_id, a.token_id, a.method, a.path, a.entry
   ${from} join action_log a on a.id = one."logId"`,
];

/** With the id of its request in the log of actions. */
const logged = (wallet: WalletNames): object => ({ ...wallet, logId: deriveId('al', 0, wallet.challenge) });

/**
 * Writes the rows of key, wallet and action log for each of `copies`, and has the planner look at what is there now. Nothing of it is left to be written later.
 * The URL's user may ask for a checkpoint.
 * @param first - a wallet that was made there
 * @throws where it was not
 */
export async function copyWallet(url: string, first: WalletNames, copies: readonly WalletNames[]): Promise<void> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    await db.query('begin');
    for (let i = 0; i < copies.length; i += AT_ONCE) {
      const some = copies.slice(i, i + AT_ONCE);
      for (const statement of statements) {
        const { rowCount } = await db.query(statement, [JSON.stringify(some.map(logged)), JSON.stringify(logged(first))]);
        if (rowCount !== some.length) throw new Error('this wallet was not made here');
      }
    }
    await db.query('commit');
    await db.query('vacuum analyze');
    await db.query('checkpoint');
  } finally {
    await db.end();
  }
}
