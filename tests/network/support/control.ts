/**
 * What a test tells a daemon's process, and what it hears from it, over the channel between parent and child. No daemon
 * outside tests has such a channel.
 *
 * @module
 */
import type { Rule } from './weather.ts';

/** Each is confirmed with its number once it is in force. */
export type Order =
  | { readonly order: 'weather'; readonly rules: readonly Rule[] }
  /** The clock of the daemon, not of the machine, is so many milliseconds ahead. */
  | { readonly order: 'clock'; readonly aheadMs: number }
  /** The process kills itself the next time it comes to this step. */
  | { readonly order: 'die'; readonly step: string }
  /** A signer stops at this step until it is told to go on. */
  | { readonly order: 'hold'; readonly step: string }
  | { readonly order: 'go' }
  /** A signer lies about its share in its releases, or no longer. */
  | { readonly order: 'lie'; readonly lies: boolean };

export type Numbered = Order & { readonly number: number };
export type Said = { readonly done: number } | { readonly at: string };

/** The step at which a session of signers is under way: the first message of the protocol that this process sends. */
export const IN_SESSION = 'in session';
