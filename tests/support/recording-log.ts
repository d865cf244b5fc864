/**
 * A log that keeps what it is told.
 *
 * @module
 */
import pino, { type Logger } from 'pino';

export type LogLine = Record<string, unknown>;

export function recordingLog(lines: LogLine[]): Logger {
  return pino({ level: 'debug' }, { write: (text: string) => void lines.push(JSON.parse(text) as LogLine) });
}
