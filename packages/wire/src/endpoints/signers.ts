/**
 * The signers as clients see them (contract §6).
 *
 * @module
 */
import * as z from 'zod';
import { endpoint } from '../endpoint.ts';
import { SignerId } from '../ids.ts';

export const listSigners = endpoint({
  name: 'signers.listSigners',
  method: 'GET',
  path: '/signers',
  about: 'Lists the signers with their import keys.',
  access: ['Signers:ListSigners'],
  reply: z.object({ clusters: z.array(z.object({ clusterId: z.string(), signers: z.array(z.object({ signerId: SignerId, encryptionKey: z.string() })) })) }),
});
