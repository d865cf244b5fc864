/**
 * What Linux tells of processes under `/proc`: how long they have run on a processor, and their memory.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ`, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const msOf = (ticks: number): number => (ticks * 1_000) / TICKS_PER_SECOND;

export interface Stat {
  readonly parent: number;
  /** In ticks of the kernel, in user mode and in the kernel. */
  readonly own: number;
  /** Of its children that have ended. */
  readonly ended: number;
}

/** Of the text of `/proc/<pid>/stat`. The name in it may have anything in it. */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (number: number): number => Number(fields[number - 3]);
  return { parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
}

/** A member in kilobytes of `/proc/<pid>/status` or `smaps_rollup`, in bytes; 0 where it is not there. */
export const parseMemory = (text: string, member: string): number => Number(new RegExp(`^${member}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1_024;

/** Of the text of `/proc/stat`: ticks in which the processors of this machine did something. */
export function parseBusy(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
  return user + nice + system + irq + softirq;
}

const read = (path: string): string => readFileSync(`/proc/${path}`, 'utf8');

/** For what may have ended in between. */
function readOr<T>(path: string, otherwise: T): string | T {
  try {
    return read(path);
  } catch {
    return otherwise;
  }
}

/** Milliseconds of processor time that the whole machine has spent so far. */
export const machineCpuMs = (): number => msOf(parseBusy(read('stat')));

/** One process, or one with all that it has started. */
export interface Watched {
  readonly name: string;
  /** So far, in milliseconds. */
  cpuMs(): number;
  /** Resident, in bytes, at its highest since the process was started; of a family, now, what is shared counted once. `null` where it says nothing. */
  memory(): number | null;
}

/** @param pid - asked each time: a process that is started again has another one */
export const watchOne = (name: string, pid: () => number): Watched => ({
  name,
  cpuMs: () => msOf(parseStat(read(`${pid()}/stat`)).own),
  memory: () => parseMemory(read(`${pid()}/status`), 'VmHWM'),
});

/** A process and its children, also those that have ended. */
export function watchFamily(name: string, pid: number): Watched {
  const living = (): (Stat & { readonly pid: number })[] =>
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => {
        const stat = readOr(`${entry}/stat`, null);
        return stat === null ? [] : [{ pid: Number(entry), ...parseStat(stat) }];
      })
      .filter((one) => one.pid === pid || one.parent === pid);
  return {
    name,
    cpuMs: () => msOf(living().reduce((sum, one) => sum + one.own + (one.pid === pid ? one.ended : 0), 0)),
    memory: () => living().reduce((sum, one) => sum + parseMemory(readOr(`${one.pid}/smaps_rollup`, ''), 'Pss'), 0),
  };
}

/** @returns the process that has started this one */
export const parentOf = (pid: number): number => parseStat(read(`${pid}/stat`)).parent;
