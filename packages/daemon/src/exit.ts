/**
 * How a program ends: its exit codes, and the error that carries one together with a sentence for the operator.
 *
 * @module
 */

/** After sysexits.h where it has a word for it. A second SIGINT or SIGTERM ends a process by the signal itself. */
export const exitCodes = {
  /** Done, or stopped by a signal after everything was closed. */
  ok: 0,
  /** The answer is no: a trail that does not hold. */
  no: 1,
  /** The command line is not understood. */
  usage: 64,
  /** A file or word that was given does not hold: another fingerprint, a changed genesis, a missing approval. */
  refused: 65,
  /** Something that is needed does not answer or is in use: the broker, the database, a port, the folder. */
  unavailable: 69,
  /** Not the operator's fault. */
  internal: 70,
  /** The configuration is incomplete or wrong; `--check` says where. */
  configuration: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The program cannot do what was asked; the message tells the operator what to do. Nothing secret stands in it. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
  readonly exitCode: ExitCode;
  constructor(kind: Exclude<keyof typeof exitCodes, 'ok'>, message: string) {
    super(message);
    this.exitCode = exitCodes[kind];
  }
}

/** Of a system's error, such as `EACCES`; the error's name for others. */
export const causeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.name) : 'unknown';
