/** The signers of the roster. @module */
import { keysOf, rotationsOf } from '@quorate/authority';
import { b64, formatEncryptionKey, listSigners, Refusal, rosterHashOf, rotateSignerKeys } from '@quorate/wire';
import { route, signedRoute } from '../route.ts';

export const signerRoutes = [
  route(listSigners, ({ state }, { genesis }) => ({
    clusters: [
      {
        clusterId: rosterHashOf(genesis),
        signers: genesis.signers.map(({ id, importKey }) => ({
          signerId: id,
          encryptionKey: formatEncryptionKey(b64.decode(keysOf(state, id)?.importKey ?? importKey)),
          rotations: rotationsOf(state, id),
        })),
      },
    ],
  })),
  signedRoute(rotateSignerKeys, async ({ evidence, params: { signerId } }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    const keys = keysOf(state, signerId);
    if (keys === null) throw new Refusal('signer/unknown');
    const { identityKey, sealingKey, importKey } = keys;
    return { signerId, identityKey, sealingKey, importKey, rotations: rotationsOf(state, signerId), certified };
  }),
];
