/**
 * Keys, wallets and signature requests by id or in pages.
 *
 * @module
 */
import type { AuthorityState } from '@quorate/authority';
import { type KeyId, Refusal, type SignatureId, UserId, type WalletId } from '@quorate/wire';
import type { SelectQueryBuilder } from 'kysely';
import type { Db } from './db.ts';
import { DEFAULT_LIMIT, type Page, type PageQuery, pageOf, placeAfter } from './pages.ts';
import type { KeyRow, SignatureRow, Tables, WalletRow } from './schema.ts';
import type { WalletWithKey } from './views.ts';

const walletColumns = [
  'wallets.seq',
  'wallets.id',
  'wallets.key_id',
  'wallets.network',
  'wallets.address',
  'wallets.name',
  'wallets.external_id',
  'wallets.owner_id',
  'wallets.created_at',
  'wallets.request',
] as const;
const keyColumns = ['keys.scheme', 'keys.curve', 'keys.public_key', 'keys.certificate', 'keys.exported_at', 'keys.birth'] as const;

/** @throws {Refusal} `wallet/unknown` */
export async function walletWithKey(db: Db, id: WalletId): Promise<WalletWithKey> {
  const row = await db
    .selectFrom('wallets')
    .innerJoin('keys', 'keys.id', 'wallets.key_id')
    .select(walletColumns)
    .select(keyColumns)
    .where('wallets.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Refusal('wallet/unknown', { walletId: id });
  return row;
}

/** A wallet and its whole key. @throws {Refusal} `wallet/unknown` */
export async function walletAndKey(db: Db, id: WalletId): Promise<{ readonly wallet: WalletRow; readonly key: KeyRow }> {
  const wallet = await db.selectFrom('wallets').selectAll().where('id', '=', id).executeTakeFirst();
  if (wallet === undefined) throw new Refusal('wallet/unknown', { walletId: id });
  return { wallet, key: await keyById(db, wallet.key_id) };
}

/** @throws {Refusal} `key/unknown` */
export async function keyById(db: Db, id: KeyId): Promise<KeyRow> {
  const row = await db.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new Refusal('key/unknown', { keyId: id });
  return row;
}

/** Who owns the wallets or keys to list: an id or a name of a user; `null` for one that nobody has. */
export type Owner = UserId | null | undefined;

export function ownerOf(state: AuthorityState, given: string | undefined): Owner {
  if (given === undefined) return undefined;
  const id = UserId.safeParse(given);
  return id.success ? id.data : (state.userNames.get(given) ?? null);
}

export async function listWalletRows<T>(db: Db, query: PageQuery, owner: Owner, show: (row: WalletWithKey) => T): Promise<Page<T>> {
  if (owner === null) return { items: [] };
  const limit = query.limit ?? DEFAULT_LIMIT;
  let rows = db
    .selectFrom('wallets')
    .innerJoin('keys', 'keys.id', 'wallets.key_id')
    .select(walletColumns)
    .select(keyColumns)
    .where('wallets.seq', '>', placeAfter('wallets', query));
  if (owner !== undefined) rows = rows.where('wallets.owner_id', '=', owner);
  return pageOf(
    'wallets',
    await rows
      .orderBy('wallets.seq')
      .limit(limit + 1)
      .execute(),
    limit,
    ({ seq }) => seq,
    show,
  );
}

export async function listKeyRows<T>(db: Db, query: PageQuery, owner: Owner, show: (row: KeyRow) => T): Promise<Page<T>> {
  if (owner === null) return { items: [] };
  const limit = query.limit ?? DEFAULT_LIMIT;
  let rows = db.selectFrom('keys').selectAll().where('seq', '>', placeAfter('keys', query));
  if (owner !== undefined) rows = rows.where('owner_id', '=', owner);
  return pageOf(
    'keys',
    await rows
      .orderBy('seq')
      .limit(limit + 1)
      .execute(),
    limit,
    ({ seq }) => seq,
    show,
  );
}

/** Where a signature request was made: at a wallet, or at a key. */
export type Place = { readonly walletId: WalletId } | { readonly keyId: KeyId };

const at = (place: Place) => (rows: SelectQueryBuilder<Tables, 'signatures', object>) =>
  'walletId' in place ? rows.where('wallet_id', '=', place.walletId) : rows.where('key_id', '=', place.keyId);

export async function listSignatureRows<T>(db: Db, query: PageQuery, place: Place, show: (row: SignatureRow) => T): Promise<Page<T>> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const rows = db.selectFrom('signatures').$call(at(place)).selectAll().where('seq', '>', placeAfter('signatures', query));
  return pageOf(
    'signatures',
    await rows
      .orderBy('seq')
      .limit(limit + 1)
      .execute(),
    limit,
    ({ seq }) => seq,
    show,
  );
}

/** @throws {Refusal} `signature/unknown` */
export async function signatureAt(db: Db, place: Place, id: SignatureId): Promise<SignatureRow> {
  const row = await db.selectFrom('signatures').$call(at(place)).selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new Refusal('signature/unknown', { signatureId: id });
  return row;
}
