/**
 * How both programs end.
 *
 * @module
 */
import { CannotStart } from './cannot-start.ts';

/** Runs a program's work. What its user can act on is said in one sentence; everything else with its stack. */
export async function saidOnce(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    const forUser = error instanceof CannotStart || isUsage(error) || isPortTaken(error);
    console.error(forUser ? `\n${(error as Error).message}` : error);
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
const isUsage = (error: unknown): boolean => codeOf(error).startsWith('ERR_PARSE_ARGS');
const isPortTaken = (error: unknown): boolean => codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'EACCES';
