/** Wallets. @module */
import {
  createWallet,
  createWalletSignature,
  exportWallet,
  getWallet,
  getWalletExport,
  getWalletExportReceipt,
  getWalletSignature,
  listWalletSignatures,
  listWallets,
} from '@quorate/wire';
import { addWallet } from '../further-wallet.ts';
import { listSignatureRows, listWalletRows, ownerOf, signatureAt, walletAndKey, walletWithKey } from '../lookups.ts';
import { route, signedRoute } from '../route.ts';
import { walletSignatureView, walletView } from '../views.ts';

export const walletRoutes = [
  signedRoute(createWallet, async ({ state, evidence, body }, app) => {
    if (body.signingKey?.id !== undefined) return addWallet(state, evidence, body, app);
    const { key, wallet } = await app.keygen.make(state, evidence, body);
    if (wallet === null) throw new TypeError('the request made no wallet');
    return walletView(state, { ...key, ...wallet });
  }),
  route(listWallets, ({ state, query }, { db }) =>
    listWalletRows(db, query, ownerOf(state, query.owner ?? query.ownerId ?? query.ownerUsername), (row) => walletView(state, row)),
  ),
  route(getWallet, async ({ state, params }, { db }) => walletView(state, await walletWithKey(db, params.walletId))),

  signedRoute(createWalletSignature, async ({ state, evidence, params, body, caller }, { db, signing }) =>
    walletSignatureView(await signing.sign(state, { evidence, body, tokenId: caller.tokenId, ...(await walletAndKey(db, params.walletId)) })),
  ),
  route(listWalletSignatures, async ({ params, query }, { db }) => {
    const { id: walletId, key_id: keyId } = await walletWithKey(db, params.walletId);
    return { ...(await listSignatureRows(db, query, { walletId }, walletSignatureView)), keyId, walletId };
  }),
  route(getWalletSignature, async ({ params }, { db }) => {
    const { id: walletId } = await walletWithKey(db, params.walletId);
    return walletSignatureView(await signatureAt(db, { walletId }, params.signatureId));
  }),

  signedRoute(exportWallet, async ({ state, evidence, params, body }, { db, exports }) =>
    exports.run(state, evidence, body, (await walletAndKey(db, params.walletId)).key),
  ),
  route(getWalletExport, async ({ params, caller }, { db, exports }) => exports.last(caller.user.id, (await walletAndKey(db, params.walletId)).key)),
  route(getWalletExportReceipt, async ({ params, query, caller }, { db, exports, authority }) =>
    exports.receipt(caller.user.id, (await walletAndKey(db, params.walletId)).key, authority.chain, query.full === 'true'),
  ),
];
