/**
 * Whether a crash of this process would write its memory, and with it open keys, to a disk. A process of Node cannot
 * forbid that to itself; whoever starts it can.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** Of the text of `/proc/<pid>/limits`: whether a core file may be written; `null` where it does not say. */
export function coreDumpsIn(limits: string): boolean | null {
  const soft = /^Max core file size\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined ? null : soft !== '0';
}

/** Says so in the log where core dumps are on. Elsewhere than on Linux nothing is known, and nothing said. */
export function warnOfCoreDumps(log: { warn(fields: object, text: string): void }, path = '/proc/self/limits'): void {
  let limits: string;
  try {
    limits = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  if (coreDumpsIn(limits) === true)
    log.warn({ event: 'core-dumps' }, 'core dumps are on: a crash would write open keys to the disk. Set LimitCORE=0, ulimits core: 0, or ulimit -c 0');
}
