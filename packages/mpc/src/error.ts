/**
 * The addon's errors. `code` is the contract, the text is for people.
 *
 * @module
 */

/** Thrown by every call of this package. Holds no secret and no user input. */
export class MpcError extends Error {
  override readonly name = 'MpcError';
  /** Stable: `blob/unreadable`, `encryption-key/version`, `fixture/refused`, `key-file/mode` and others. */
  readonly code: string;

  constructor(code: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** `code: text`, as the shell writes it. */
const SHELL = /^([a-z][a-z/-]*): (.*)$/s;

/** What the shell threw, as an `MpcError`. Anything else is a wrong argument or a bug. */
export function translate(cause: unknown): MpcError {
  if (cause instanceof MpcError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, code = 'bad-input', rest = text] = SHELL.exec(text) ?? [];
  return new MpcError(code, rest, { cause });
}

/** Calls into the shell. */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw translate(cause);
  }
}

/** Calls into the shell and awaits it. */
export async function guardedAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw translate(cause);
  }
}
