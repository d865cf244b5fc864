/**
 * @module
 */

/** The devnet cannot start as asked; the message is a sentence for the person who asked. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** Of a system's error, such as `EACCES`; empty for others. */
export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
