/** The signers of the roster. @module */
import { b64, formatEncryptionKey, listSigners, rosterHashOf } from '@quorate/wire';
import { route } from '../route.ts';

export const signerRoutes = [
  route(listSigners, (_, { genesis }) => ({
    clusters: [
      {
        clusterId: rosterHashOf(genesis),
        signers: genesis.signers.map(({ id, importKey }) => ({ signerId: id, encryptionKey: formatEncryptionKey(b64.decode(importKey)) })),
      },
    ],
  })),
];
