/**
 * One process per folder: two on one database would ruin it.
 *
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CannotStart, codeOf } from './cannot-start.ts';

/** Folders open in this process; a process id alone cannot tell two starts of one process apart. */
const ours = new Set<string>();

/**
 * Takes the folder. Returns what gives it back.
 * @throws {CannotStart} while another devnet has it, or where nothing can be written
 */
export function lockFolder(lock: string): () => void {
  const holder = ours.has(lock) ? process.pid : liveHolder(lock);
  if (holder !== null) throw new CannotStart(`Another devnet (process ${holder}) is running on this folder: stop it, or choose another folder with --data.`);
  try {
    rmSync(lock, { force: true });
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'EEXIST') throw new CannotStart('Another devnet has just started on this folder.', { cause });
    throw new CannotStart(`Nothing can be written to ${dirname(lock)} (${code}): choose another folder with --data.`, { cause });
  }
  ours.add(lock);
  return () => {
    ours.delete(lock);
    rmSync(lock, { force: true });
  };
}

/** Who holds the lock and is alive. A holder with our own id is an earlier life of ours. */
function liveHolder(lock: string): number | null {
  let pid: number;
  try {
    pid = Number(readFileSync(lock, 'utf8'));
  } catch {
    return null;
  }
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return null;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return codeOf(error) === 'EPERM' ? pid : null;
  }
}
