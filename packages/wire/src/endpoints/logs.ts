/**
 * The server's log of user actions (contract §3.8): who asked what, and signed it.
 *
 * @module
 */
import * as z from 'zod';
import { endpoint } from '../endpoint.ts';
import { FactorKind, SignedAction } from '../evidence.ts';
import { ActionLogId, UserId } from '../ids.ts';
import { IsoDate } from './objects.ts';

/** A date, or date and time with its offset, as ISO 8601 writes them; milliseconds since 1970 once parsed. */
const Moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Date.parse(text))
  .pipe(z.int());

export const listAuditLogs = endpoint({
  name: 'auth.listAuditLogs',
  method: 'GET',
  path: '/auth/action/logs',
  about: 'The log of user actions as CSV in one JSON string, oldest first; of the last 30 days where no time is given.',
  access: ['Auth:Logs:Read'],
  query: z.object({ startTime: Moment.optional(), endTime: Moment.optional(), userId: UserId.optional() }),
  reply: z.string(),
});

export const getAuditLog = endpoint({
  name: 'auth.getAuditLog',
  method: 'GET',
  path: '/auth/action/logs/:id',
  about: 'One entry of the log of user actions, with everything that it takes to verify its signature again; without the request’s body.',
  access: ['Auth:Logs:Read'],
  params: z.object({ id: ActionLogId }),
  reply: z.object({
    id: ActionLogId,
    action: z.string(),
    /** Names the action; the token itself is never kept. */
    actionToken: z.string(),
    userId: UserId.nullable(),
    username: z.string().nullable(),
    datePerformed: IsoDate.nullable(),
    firstFactorCredential: z.object({
      id: z.string(),
      kind: FactorKind.nullable(),
      publicKey: z.string(),
      assertion: z.object({ authenticatorData: z.string().nullable(), clientData: z.string(), signature: z.string() }).nullable(),
    }),
    /** Ours: what was signed, so that the entry is verified without believing the server. */
    signed: SignedAction,
    payloadHash: z.string(),
  }),
  refusals: ['log/unknown'],
});
