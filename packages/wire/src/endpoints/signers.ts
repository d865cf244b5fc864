/**
 * The signers as clients see them (contract §6).
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { SignerId } from '../ids.ts';
import { allOperations } from '../operations.ts';
import { RotationBody, SignerKeys } from '../rotation.ts';
import { Certified } from './objects.ts';

export const listSigners = endpoint({
  name: 'signers.listSigners',
  method: 'GET',
  path: '/signers',
  about: 'Lists the signers with their present import keys. `rotations` (ours) counts how often a signer’s keys were rotated.',
  access: ['Signers:ListSigners'],
  reply: z.object({
    clusters: z.array(z.object({ clusterId: z.string(), signers: z.array(z.object({ signerId: SignerId, encryptionKey: z.string(), rotations: z.int() })) })),
  }),
});

export const rotateSignerKeys = signedEndpoint({
  name: 'signers.rotateKeys',
  method: 'PUT',
  path: '/signers/:signerId/keys',
  about: 'Gives a signer new identity, sealing and import keys under its unchanging id (not in Dfns). For who holds every operation.',
  access: allOperations,
  effect: 'act',
  params: z.object({ signerId: SignerId }),
  body: RotationBody,
  reply: z.object({ signerId: SignerId, ...SignerKeys.shape, rotations: z.int(), certified: Certified.optional() }),
  refusals: ['signer/unknown', 'rotation/key', 'rotation/proof', 'auth/caller-kind', 'authority/uncertified'],
});
