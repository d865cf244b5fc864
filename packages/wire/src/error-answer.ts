/**
 * A refusal as it stands in an answer (contract §1.5). Stock clients read `message` only; `code` is what to switch on.
 *
 * @module
 */
import * as z from 'zod';
import { type RefusalCode, reasons } from './refusal.ts';

export const ErrorAnswer = z
  .object({
    error: z.object({
      /** Names this one answer in the server's log. */
      id: z.string(),
      status: z.int(),
      message: z.string(),
      code: z.enum(Object.keys(reasons) as [RefusalCode, ...RefusalCode[]]),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'Error' });
export type ErrorAnswer = z.infer<typeof ErrorAnswer>;
