/**
 * Files that operators carry from one host to another: read with a size limit, written whole and never over another.
 *
 * @module
 */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { CannotRun, causeOf } from './exit.ts';

/** A genesis of 16 signers and 64 administrators with RSA keys is well below. */
const MAX_BYTES = 1_048_576;

/** @throws {CannotRun} where it is missing, unreadable or too large */
export function readText(path: string, what: string): string {
  try {
    const { size } = statSync(path);
    if (size <= MAX_BYTES) return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CannotRun('refused', `${what} ${path} cannot be read (${causeOf(error)}).`);
  }
  throw new CannotRun('refused', `${what} ${path} is larger than ${MAX_BYTES} bytes, which none is.`);
}

/** @throws {CannotRun} also where it is no JSON */
export function readJsonFile(path: string, what: string): unknown {
  const text = readText(path, what);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CannotRun('refused', `${what} ${path} is not JSON: take it from whoever made it once more.`);
  }
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a file that is not there yet, whole or not at all. Mode 0600 for a secret, else 0644. @throws {CannotRun} */
export function writeFresh(path: string, text: string, { secret = false }: { readonly secret?: boolean } = {}): void {
  const draft = `${path}.${process.pid}.draft`;
  try {
    rmSync(draft, { force: true });
    const file = openSync(draft, 'wx', secret ? 0o600 : 0o644);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Unlike a rename, a link never takes the place of another file.
    linkSync(draft, path);
  } catch (error) {
    const code = causeOf(error);
    if (code === 'EEXIST') throw new CannotRun('refused', `${path} is there already: move it away, or name another file with --out.`);
    throw new CannotRun('unavailable', `${path} cannot be written (${code}).`);
  } finally {
    rmSync(draft, { force: true });
  }
}
