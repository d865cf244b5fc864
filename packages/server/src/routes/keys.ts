/** Keys. @module */
import {
  createKey,
  createKeySignature,
  exportKey,
  getKey,
  getKeyExport,
  getKeyExportReceipt,
  getKeySignature,
  listKeySignatures,
  listKeys,
} from '@quorate/wire';
import { keyById, listKeyRows, listSignatureRows, ownerOf, signatureAt } from '../lookups.ts';
import { route, signedRoute } from '../route.ts';
import { keyView, signatureView } from '../views.ts';

export const keyRoutes = [
  signedRoute(createKey, async ({ state, evidence, body }, { keygen }) => keyView(state, (await keygen.make(state, evidence, body)).key)),
  route(listKeys, ({ state, query }, { db }) => listKeyRows(db, query, ownerOf(state, query.owner), (row) => keyView(state, row))),
  route(getKey, async ({ state, params }, { db, genesis }) => {
    const key = await keyById(db, params.keyId);
    const wallets = await db.selectFrom('wallets').select(['id', 'network']).where('key_id', '=', key.id).orderBy('seq').execute();
    return { ...keyView(state, key), wallets, store: { id: genesis.orgId, kind: 'Mpc' as const, keyId: key.id } };
  }),

  signedRoute(createKeySignature, async ({ state, evidence, params, body, caller }, { db, signing }) =>
    signatureView(await signing.sign(state, { evidence, body, tokenId: caller.tokenId, key: await keyById(db, params.keyId), wallet: null })),
  ),
  route(listKeySignatures, async ({ params, query }, { db }) => {
    const { id: keyId } = await keyById(db, params.keyId);
    return { ...(await listSignatureRows(db, query, { keyId }, signatureView)), keyId };
  }),
  route(getKeySignature, async ({ params }, { db }) => {
    const { id: keyId } = await keyById(db, params.keyId);
    return signatureView(await signatureAt(db, { keyId }, params.signatureId));
  }),

  signedRoute(exportKey, async ({ state, evidence, params, body }, { db, exports }) => exports.run(state, evidence, body, await keyById(db, params.keyId))),
  route(getKeyExport, async ({ params, caller }, { db, exports }) => exports.last(caller.user.id, await keyById(db, params.keyId))),
  route(getKeyExportReceipt, async ({ params, query, caller }, { db, exports, authority }) =>
    exports.receipt(caller.user.id, await keyById(db, params.keyId), authority.chain, query.full === 'true'),
  ),
];
