/**
 * The process around a program.
 *
 * @module
 */
import type { Surroundings } from './program.ts';

/** Standard output and error, and this process's environment. */
export const thisProcess: Surroundings = {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
};
