/**
 * The logger a signer takes, pino’s shape, and the one it uses where none is given.
 *
 * @module
 */
import { pino } from 'pino';

export interface Logger {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export const defaultLogger = (): Logger => pino({ name: 'quorate-signer' });
