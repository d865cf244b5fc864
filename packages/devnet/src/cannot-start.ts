/**
 * @module
 */

/** The devnet cannot start as asked; the message is a sentence for the person who asked. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
