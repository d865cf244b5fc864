/**
 * The log of a devnet: what server and signers write down, as JSON lines in one file, anew at each start.
 *
 * @module
 */
import { type Logger, pino } from 'pino';

export interface DevnetLog {
  /** A logger that says who speaks. */
  of(who: string): Logger;
  /** Nothing may be logged after it. */
  close(): void;
}

export function openLog(file: string): DevnetLog {
  const destination = pino.destination({ dest: file, append: false, sync: true, mode: 0o600 });
  const logger = pino({ base: null, level: 'info' }, destination);
  return {
    of: (who) => logger.child({ who }),
    close: () => destination.end(),
  };
}
