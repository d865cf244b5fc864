/**
 * What became of a request: the right answer, a clean refusal, an answer that its server took with it when it was
 * killed; all else is wrong and fails the test. Counted for the line at the end.
 *
 * @module
 */
import { isRefusalCode, reasons } from '@quorate/wire';

export type Answer<T> =
  | { readonly is: 'right'; readonly value: T }
  | { readonly is: 'refused'; readonly code: string; readonly status: number }
  /** The connection ended without an answer. */
  | { readonly is: 'lost' };

/** Counted over the whole run. */
export const count = { faults: 0, wrongAnswers: 0, lostKeys: 0, signaturesAfterTombstone: 0 };

export const closingLine = (): string =>
  `${count.faults} faults: ${count.wrongAnswers} wrong answers, ${count.lostKeys} lost keys, ${count.signaturesAfterTombstone} signatures after a tombstone`;

/** A fault that tests find: counted, and an error. */
export function guilty(what: Exclude<keyof typeof count, 'faults'>, text: string): never {
  count[what]++;
  throw new Error(text);
}

/** `check` throws for a value that is not what was asked for. */
export async function judged<T>(call: Promise<T>, check: (value: T) => void | Promise<void>): Promise<Answer<T>> {
  let value: T;
  try {
    value = await call;
  } catch (error) {
    return refusalIn(error);
  }
  try {
    await check(value);
  } catch (error) {
    return guilty('wrongAnswers', `an answer was wrong: ${(error as Error).message}`);
  }
  return { is: 'right', value };
}

/** What the SDK and `fetch` say where the connection ends or is not made. */
const LINE = /fetch failed|terminated|request to .* failed|ECONNRE|socket hang up|Premature close/;

/** What stands in an error of the SDK's, or of `fetch`. */
function refusalIn(error: unknown): Answer<never> {
  const { httpStatus, context, cause, message } = error as {
    httpStatus?: number;
    context?: { body?: { error?: { code?: unknown } } };
    cause?: { code?: string };
    message: string;
  };
  if (httpStatus === undefined) {
    if (LINE.test(message)) return { is: 'lost' };
    return guilty('wrongAnswers', `neither an answer nor a refusal: ${message} ${cause?.code ?? ''}`);
  }
  const code = context?.body?.error?.code;
  if (!isRefusalCode(code) || reasons[code].status !== httpStatus || httpStatus === 500)
    return guilty('wrongAnswers', `no clean refusal: ${httpStatus} ${String(code)} ${message}`);
  return { is: 'refused', code, status: httpStatus };
}
