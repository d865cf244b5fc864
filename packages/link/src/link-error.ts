/**
 * What goes wrong on the line, as opposed to a {@link Refusal}, which is the other side's considered no.
 *
 * @module
 */
export const linkErrors = {
  timeout: 'No answer came before the deadline.',
  closed: 'The channel is closed.',
  aborted: 'The caller gave the call up.',
  oversized: 'The message is larger than its kind may be.',
  'bad-reply': 'The answer does not have the shape of its kind.',
  'unknown-party': 'There is no such party to send to.',
  unsealable: 'The message could not be sealed to its receiver.',
  unsent: 'The transport did not take the message.',
} as const;
export type LinkErrorCode = keyof typeof linkErrors;

/** May be tried again, except `oversized` and `unknown-party`, which would fail the same way. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, options?: ErrorOptions) {
    super(linkErrors[code], options);
    this.code = code;
  }
}

/** By name, not by `instanceof`, so that it survives two copies of this module. */
export function isLinkError(error: unknown, code?: LinkErrorCode): error is LinkError {
  return error instanceof Error && error.name === 'LinkError' && 'code' in error && (code === undefined || error.code === code);
}
