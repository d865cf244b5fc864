/**
 * A thrown value as an answer: the envelope of contract §1.5, for everything and with nothing of ours in it.
 *
 * @module
 */
import { isRefusal, type Refusal, type RefusalCode, type RefusalDetail, reasons } from '@quorate/wire';
import { isUnavailable } from './database-unavailable.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: {
    readonly error: { readonly id: string; readonly status: number; readonly message: string; readonly code: RefusalCode; readonly details: RefusalDetail };
  };
}

/** `id` is the request's, so that a caller's report finds its line in the log. */
export function errorAnswer(thrown: unknown, id: string): ErrorAnswer {
  const code = codeOf(thrown);
  const { status } = reasons[code];
  const details = isRefusal(thrown) ? thrown.detail : {};
  return { status, body: { error: { id, status, message: messageOf(code, details), code, details } } };
}

/** Whether the fault is ours and its cause belongs into the log. */
export const isOurFault = (thrown: unknown): boolean => !isRefusal(thrown) && !isLinkError(thrown) && !isUnavailable(thrown);

function codeOf(thrown: unknown): RefusalCode {
  if (isRefusal(thrown)) return (thrown as Refusal).code;
  if (isUnavailable(thrown)) return 'database/unavailable';
  return isLinkError(thrown) ? 'signers/unavailable' : 'request/internal';
}

const isLinkError = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'LinkError';

/** The code's text, except where Dfns's own text names the caller (contract §1.5). */
function messageOf(code: RefusalCode, details: RefusalDetail): string {
  const { kind = 'User', userId, operation } = details;
  if (code === 'auth/forbidden' && typeof userId === 'string' && operation !== undefined) {
    return `${String(kind)} ${userId} is not authorized to perform operation (${String(operation)})`;
  }
  return reasons[code].text;
}
