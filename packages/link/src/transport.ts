/**
 * What carries envelopes. It is trusted with nothing: it may drop, delay, repeat, alter and read whatever it carries.
 *
 * @module
 */
export interface Transport {
  /** Sends to whoever subscribed as `to`; nobody there is no error. The bytes are not touched after the call. */
  publish(to: string, bytes: Uint8Array): void;
  /** Receives what is published to `self`, until the returned function is called. */
  subscribe(self: string, receive: (bytes: Uint8Array) => void): () => void;
}
