/**
 * What the server writes down: events with ids, codes and durations. Never bodies, headers, tokens, shares or names.
 *
 * @module
 */
import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Warnings and errors, as JSON lines on standard output. */
export const defaultLog = (): Log =>
  pino({ level: 'warn', redact: { paths: ['*.authorization', '*.token', '*.payload', '*.evidence', '*.encryptedKeyShare'], censor: '[secret]' } });

/** What of an unexpected error may be logged: its name, code and place, never its text, which may quote input. */
export function describe(error: unknown): { readonly name: string; readonly code?: string; readonly at?: string } {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const at = error.stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim();
  return { name: error.name, ...code, ...(at === undefined ? {} : { at }) };
}
