/**
 * What a channel tells its owner about messages it did not pass on. One event each, with a stable code.
 *
 * @module
 */
import { isRefusal } from '@quorate/wire';

export const linkEvents = {
  // Before anyone is known to have said it: the line's doing as likely as the sender's.
  oversized: 'An envelope over the size limit.',
  malformed: 'Bytes that are no envelope.',
  'foreign-network': 'An envelope of another network.',
  'other-receiver': 'An envelope for someone else.',
  reflected: 'An envelope of our own came back.',
  'unknown-sender': 'An envelope from nobody we know.',
  'bad-signature': 'The signature is not that of the sender it names.',
  // Authentic, and no fault of the sender: the line can repeat and delay.
  stale: 'Sent too long ago, or in the future.',
  expired: 'Arrived after its deadline.',
  replayed: 'Arrived before.',
  flooding: 'The sender says this faster than anybody needs to.',
  crowded: 'The sender has sent more than can be remembered.',
  // Authentic, and only the sender can have made it so.
  'header-malformed': 'The header is not one of any kind.',
  'wrong-role': 'The sender’s role does not say such things.',
  'body-oversized': 'The body is larger than its kind may be.',
  'body-unreadable': 'The body does not open.',
  'body-malformed': 'The body does not have the shape of its kind.',
  // Calls and replies
  unserved: 'A call that nobody here answers.',
  'unexpected-reply': 'A reply to no open call: late, or invented.',
  'foreign-reply': 'A reply by someone who was not asked.',
  'bad-reply': 'A reply that does not have the shape of its kind.',
  'handler-failed': 'A handler threw something that is no refusal.',
  'late-answer': 'The answer was ready after the deadline.',
  'answer-oversized': 'The answer is larger than its kind may be.',
  unsent: 'The transport did not take a message.',
} as const;
export type LinkEventCode = keyof typeof linkEvents;

export interface LinkEvent {
  readonly code: LinkEventCode;
  /** Only where the signature proved it. */
  readonly from?: string;
  /** One of our own kinds, never foreign text. */
  readonly kind?: string;
  readonly session?: string;
  /** Of `handler-failed`: the error's name and where it was thrown, without its text. */
  readonly fault?: string;
}

/** An event that names a culprit: authentic, and wrong by the sender's own doing. */
export interface BlameEvent extends LinkEvent {
  readonly from: string;
}

/** An error's name and first frames. Its text is left out: it may quote what the other side sent. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = isRefusal(error) ? ` ${error.code}` : '';
  const stack = error.stack ?? '';
  // The stack begins with the text, which may have lines of its own.
  const frames = stack
    .slice(Math.max(0, stack.indexOf(error.message)) + error.message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
  return [`${error.name}${code}`, ...frames.slice(0, 4).map((line) => line.trim())].join(' ');
}
