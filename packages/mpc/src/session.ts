/**
 * Protocol sessions: messages in, events out. Each runs on a thread of its own.
 *
 * The caller is the authenticated link: it says who sent a message, and delivers what a session
 * sends. Private bodies leave a session already sealed to their receiver.
 *
 * @module
 */
import type { Identity } from './identity.ts';
import type { NativeEvent, NativeSession, NativeSpec } from './native.ts';

export interface SessionSpec {
  readonly identity: Identity;
  /** 32 bytes, equal for all participants, never used before. */
  readonly executionId: Uint8Array;
  /** Ascending by `index`, the 0-based rank at key generation; for aux info and DKG all of the roster. */
  readonly parties: readonly { readonly index: number; readonly sealingKey: Uint8Array }[];
  /** Own position in `parties`. */
  readonly self: number;
  /** Milliseconds since the epoch; then the session fails. */
  readonly deadline: number;
}

export interface Session {
  /**
   * Hands over a message. `from` is the position of the authenticated sender, `seq` its count.
   * A byte-identical repeat and a message of somebody who takes no part are dropped.
   */
  push(message: { readonly from: number; readonly seq: number; readonly broadcast: boolean; readonly body: Uint8Array }): void;
  /** Ends the session at its next message or pause. */
  cancel(): void;
}

export type SessionFailure =
  | 'decode'
  | 'oversized'
  | 'equivocation'
  | 'unknown-sender'
  | 'protocol'
  | 'panic'
  | 'deadline'
  | 'cancelled'
  | 'busy'
  | 'bad-input'
  | 'signature-invalid';

export type SessionEvent<R> =
  | { readonly type: 'message'; readonly to: number | 'all'; readonly seq: number; readonly body: Uint8Array }
  | { readonly type: 'done'; readonly result: R }
  | {
      readonly type: 'failed';
      readonly code: SessionFailure;
      /** Positions of those who are proven guilty; empty if nobody is. */
      readonly culprits: readonly number[];
      /** For a log; holds no secret. */
      readonly detail: string;
    };

export interface AuxResult {
  readonly sealedAux: Uint8Array;
}

export interface DkgResult {
  readonly sealedShare: Uint8Array;
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** Compressed, 33 bytes each, in the order of key generation. */
  readonly publicShares: readonly Uint8Array[];
}

export interface SignResult {
  /** 32 bytes, big-endian. */
  readonly r: Uint8Array;
  /** 32 bytes, big-endian, in the lower half. */
  readonly s: Uint8Array;
  readonly recid: 0 | 1;
}

const none = new Uint8Array();

/** Result of each kind of session, out of the addon's one shape for all. */
export const results = {
  aux: (event: NativeEvent): AuxResult => ({ sealedAux: event.sealed ?? none }),
  dkg: (event: NativeEvent): DkgResult => ({
    sealedShare: event.sealed ?? none,
    publicKey: event.publicKey ?? none,
    publicShares: event.publicShares ?? [],
  }),
  sign: (event: NativeEvent): SignResult => ({
    r: event.r ?? none,
    s: event.s ?? none,
    recid: event.recid === 1 ? 1 : 0,
  }),
} as const;

export function nativeSpec(spec: SessionSpec): NativeSpec {
  const { executionId, parties, self, deadline } = spec;
  return { executionId, parties, me: self, deadline };
}

/** Turns the addon's events into tagged ones. */
export function tagged<R>(onEvent: (event: SessionEvent<R>) => void, result: (event: NativeEvent) => R): (event: NativeEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'message':
        onEvent({
          type: 'message',
          to: event.to ?? 'all',
          seq: event.seq ?? 0,
          body: event.body ?? none,
        });
        return;
      case 'done':
        onEvent({ type: 'done', result: result(event) });
        return;
      case 'failed':
        onEvent({
          type: 'failed',
          code: (event.code ?? 'panic') as SessionFailure,
          culprits: event.culprits ?? [],
          detail: event.detail ?? '',
        });
        return;
    }
  };
}

export function wrapSession(native: NativeSession): Session {
  return {
    push: ({ from, seq, broadcast, body }) => native.push(from, seq, broadcast, body),
    cancel: () => native.cancel(),
  };
}
