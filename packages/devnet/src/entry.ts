/**
 * How both programs end.
 *
 * @module
 */
import { CannotStart, codeOf } from './cannot-start.ts';

/** Runs a program's work. What its user can act on is said in one sentence; everything else with its stack. */
export async function saidOnce(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    const sentence = forUser(error);
    console.error(sentence === null ? error : `\n${sentence}`);
  }
}

/** What the user can mend, as a sentence; `null` for what is our fault. */
function forUser(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof CannotStart || codeOf(error).startsWith('ERR_PARSE_ARGS')) return error.message;
  const listening = 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo');
  return listening ? `The server cannot listen there (${error.message}): choose another --port or --host.` : null;
}
