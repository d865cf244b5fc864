/** What later changes wallets and keys. The server refuses up front what signers would not obey. @module */
import { type AuthorityState, keyStanding, requireDelegatee, tagsOf } from '@quorate/authority';
import {
  delegateKey,
  delegateWallet,
  deleteKey,
  type KeyId,
  MAX_TAGS,
  Refusal,
  renounceKeyExport,
  tagWallet,
  untagWallet,
  updateKey,
  updateWallet,
  type UserId,
} from '@quorate/wire';
import { certifiedKeyOf } from '../certified-key.ts';
import { keyById, walletWithKey } from '../lookups.ts';
import { signedRoute } from '../route.ts';
import type { KeyRow } from '../schema.ts';
import { birthTagsOf, keyView, walletView } from '../views.ts';

type Stored = Pick<KeyRow, 'certificate' | 'birth'>;

/** @throws {Refusal} `key/archived` */
function requireUnarchived(state: AuthorityState, key: Stored): void {
  const certified = certifiedKeyOf(key);
  if (keyStanding(state, certified).archivedAt !== null) throw new Refusal('key/archived', { keyId: certified.keyId });
}

/** @throws {Refusal} `key/archived`, `key/not-delegable`, `key/delegated`, `key/delegatee` */
function requireDelegable(state: AuthorityState, key: Stored, to: UserId): void {
  requireUnarchived(state, key);
  const certified = certifiedKeyOf(key);
  const { keyId } = certified;
  if (keyStanding(state, certified).delegatedTo !== null) throw new Refusal('key/delegated', { keyId });
  if (certified.birth.delegation === 'none') throw new Refusal('key/not-delegable', { keyId });
  requireDelegatee(state, to);
}

/** Makes the act and shows the key as it has become. */
const changingKey = (endpoint: typeof deleteKey | typeof renounceKeyExport) =>
  signedRoute(endpoint, async ({ state, evidence, params }, { db, authority }) => {
    const key = await keyById(db, params.keyId as KeyId);
    requireUnarchived(state, key);
    const acted = await authority.act(evidence);
    return { ...keyView(acted.state, key), certified: acted.certified };
  });

export const walletActRoutes = [
  signedRoute(updateWallet, async ({ state, params, body }, { db }) => {
    await walletWithKey(db, params.walletId);
    const { name, externalId } = body;
    const changes = { ...(name === undefined ? {} : { name }), ...(externalId === undefined ? {} : { external_id: externalId }) };
    if (Object.keys(changes).length > 0) await db.updateTable('wallets').set(changes).where('id', '=', params.walletId).execute();
    return walletView(state, await walletWithKey(db, params.walletId));
  }),
  signedRoute(updateKey, async ({ state, params, body }, { db }) => {
    await keyById(db, params.keyId);
    await db.updateTable('keys').set({ name: body.name }).where('id', '=', params.keyId).execute();
    return keyView(state, await keyById(db, params.keyId));
  }),

  signedRoute(tagWallet, async ({ state, evidence, params, body }, { db, authority }) => {
    const row = await walletWithKey(db, params.walletId);
    requireUnarchived(state, row);
    if (new Set([...tagsOf(state, row.id, birthTagsOf(row)), ...body.tags]).size > MAX_TAGS) throw new Refusal('wallet/too-many-tags');
    return { certified: (await authority.act(evidence)).certified };
  }),
  signedRoute(untagWallet, async ({ state, evidence, params }, { db, authority }) => {
    requireUnarchived(state, await walletWithKey(db, params.walletId));
    return { certified: (await authority.act(evidence)).certified };
  }),

  signedRoute(delegateWallet, async ({ state, evidence, params, body }, { db, authority }) => {
    requireDelegable(state, await walletWithKey(db, params.walletId), body.userId);
    return { walletId: params.walletId, status: 'Delegated' as const, certified: (await authority.act(evidence)).certified };
  }),
  signedRoute(delegateKey, async ({ state, evidence, params, body }, { db, authority }) => {
    requireDelegable(state, await keyById(db, params.keyId), body.delegateTo);
    return { keyId: params.keyId, status: 'Delegated' as const, certified: (await authority.act(evidence)).certified };
  }),
  changingKey(deleteKey),
  changingKey(renounceKeyExport),
];
