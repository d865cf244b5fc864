/**
 * What one or two of five signers may say wrongly in a protocol session, for each kind of message, and what the honest
 * ones then write down.
 *
 * @module
 */
import { bent, type Said } from './hostile-mpc.ts';
import type { LogLine } from './recording-log.ts';

/** A kind of message of one protocol. */
export interface MessageKind {
  readonly name: string;
  is(said: Said): boolean;
}

/** Bodies of an earlier session of the same signer, by kind and receiver. */
export type Earlier = (said: Said) => Uint8Array;

export interface Lie {
  readonly name: string;
  /** What is said in place of one message. */
  tell(said: Said, earlier: Earlier, first: Uint8Array): readonly Said[];
}

/** More messages than any protocol has. */
const FLOOD = 200;

export const lies = {
  changed: { name: 'changed in one bit', tell: (said) => [{ ...said, body: bent(said.body) }] },
  cut: { name: 'cut short', tell: (said) => [{ ...said, body: said.body.subarray(0, -1) }] },
  oversized: { name: 'larger than any message', tell: (said) => [{ ...said, body: new Uint8Array(70_000) }] },
  trailed: { name: 'followed by other bytes', tell: (said) => [{ ...said, body: Uint8Array.of(...said.body, 0) }] },
  rubbish: { name: 'made of rubbish', tell: (said) => [{ ...said, body: new Uint8Array(said.body.length).fill(0xa1) }] },
  otherRound: { name: 'that of another round', tell: (said, _, first) => [{ ...said, body: first }] },
  otherSession: { name: 'that of an earlier session', tell: (said, earlier) => [{ ...said, body: earlier(said) }] },
  equivocation: { name: 'sent in two versions', tell: (said) => [said, { ...said, body: bent(said.body) }] },
  flood: { name: 'sent two hundred times', tell: (said) => Array.from({ length: FLOOD }, (_, i) => ({ ...said, seq: 1_000 + i })) },
  stall: { name: 'kept back', tell: () => [] },
} as const satisfies Record<string, Lie>;

/** Codes of a failed session that prove who did it. */
const PROVEN = new Set(['decode', 'oversized', 'equivocation', 'protocol', 'unknown-sender', 'signature-invalid']);

/** Whom signers other than `liars` have named in sessions that failed by what was said in them. */
export function blamedBy(lines: readonly LogLine[], liars: readonly string[]): readonly string[] {
  const told = lines.filter(({ msg, signerId, code }) => msg === 'session failed' && !liars.includes(signerId as string) && PROVEN.has(code as string));
  return [...new Set(told.flatMap(({ culprits }) => culprits as string[]))];
}
