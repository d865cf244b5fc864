/**
 * JSON files that are there whole or not at all.
 *
 * @module
 */
import { chmod, open, readFile, rename } from 'node:fs/promises';

/** Mode of a file that only its owner may read. */
export const PRIVATE = 0o600;
export const PUBLIC = 0o644;

/** Writes through a second file and renames it into place. */
export async function writeJson(path: string, value: unknown, mode: number): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', mode);
  try {
    // The mode of `open` does not touch a file left over from a crash.
    await chmod(fresh, mode);
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

/** The parsed file, or `null` where there is none. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
