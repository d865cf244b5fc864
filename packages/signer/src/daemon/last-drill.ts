/**
 * When a backup of this signer was last proven to be one: what a drill leaves in `drill.json` of its folder.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import * as z from 'zod';
import { drillFileIn } from '../files.ts';

const MAX_BYTES = 4_096;
/** `at`: milliseconds. */
const Drill = z.object({ at: z.int().min(0).max(8_640_000_000_000_000) });

/** Milliseconds; `null` where there was none, or the file is damaged. */
export function lastDrill(dir: string): number | null {
  const path = drillFileIn(dir);
  try {
    return statSync(path).size > MAX_BYTES ? null : Drill.parse(JSON.parse(readFileSync(path, 'utf8'))).at;
  } catch {
    return null;
  }
}
