/**
 * Several signers said no, or nothing: what that means for the caller.
 *
 * @module
 */
import { Refusal, type RefusalCode, type SignerId } from '@quorate/wire';

/** The part of an outcome that is no reply. */
export interface NoReply {
  readonly signerId: SignerId;
  readonly refusal: Refusal | null;
  readonly silent: boolean;
}

/** What passes by itself, or is no fault of the request: no reason to tell the caller that it was wrong. */
const passing: ReadonlySet<RefusalCode> = new Set([
  'authority/behind',
  'authority/rolled-back',
  'authority/double-acknowledgement',
  'signers/busy',
  'signers/catching-up',
  'sessions/slowed-down',
  'sessions/too-many-failures',
  'envelope/refused',
  'request/internal',
  'key/failed',
  'signature/failed',
  'export/undecided',
  'export/unfinished',
]);

export const isPassing = ({ refusal }: NoReply): boolean => refusal !== null && passing.has(refusal.code);

/** The no that at least `count` signers gave for one and the same lasting reason. */
export function commonRefusal(answers: readonly NoReply[], count: number): Refusal | null {
  const refusals = answers.map(({ refusal }) => refusal).filter((refusal) => refusal !== null);
  for (const same of Map.groupBy(refusals, ({ code }) => code).values()) {
    const [first] = same;
    if (first !== undefined && same.length >= count && !passing.has(first.code)) return first;
  }
  return null;
}

/** Names the silent, or where all spoke, who said what; `otherwise` is what could not be done. */
export function explain(answers: readonly NoReply[], otherwise: RefusalCode): Refusal {
  const missing = answers.filter(({ silent }) => silent).map(({ signerId }) => signerId);
  if (missing.length > 0) return new Refusal('signers/unavailable', { missing });
  const said = answers.filter(({ refusal }) => refusal !== null).map(({ signerId, refusal }) => [signerId, refusal?.code ?? '']);
  return new Refusal(otherwise, { signers: Object.fromEntries(said) });
}
