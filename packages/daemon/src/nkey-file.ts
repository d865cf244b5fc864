/**
 * The nkey by which a daemon logs in at brokers, in a file of its own.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { generateNkey, type Nkey, readNkey } from '@quorate/link';
import { CannotRun } from './exit.ts';
import { writeFresh } from './files.ts';

/** Makes the file where it is not there. @throws {CannotRun} */
export function makeNkey(path: string): void {
  if (!existsSync(path)) writeFresh(path, `${new TextDecoder().decode(generateNkey().seed)}\n`, { secret: true });
}

/** @throws {CannotRun} where it is missing or none */
export function readNkeyFile(path: string): Nkey {
  try {
    return readNkey(path);
  } catch {
    throw new CannotRun(
      'configuration',
      `${path} does not hold the nkey seed that \`init\` put there: run it again where the file is missing, and make the brokers’ configuration anew.`,
    );
  }
}

export const publicNkey = (path: string): string => readNkeyFile(path).publicKey;
