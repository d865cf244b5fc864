/**
 * What a signer tells its log: one function for each thing that happens. Ids, codes and numbers; never a secret and
 * never text from outside.
 *
 * @module
 */
import { type LinkEvent, traceFields } from '@quorate/link';
import type { Head, KeyId, SignerId } from '@quorate/wire';
import { isRefusal } from '@quorate/wire';
import type { ProtocolName } from './execution-id.ts';
import type { Logger } from './log.ts';
import { type AbortCause, type DecisionKind, lapsOf, type Meter, type Operation, silentMeter } from './meter.ts';

/** A refusal's code, or an error's name: error texts may quote what came from outside. */
export const codeOf = (error: unknown): string => (isRefusal(error) ? error.code : error instanceof Error ? error.name : 'unknown');

const createLines = (log: Logger, signerId: SignerId) => {
  const of = (fields: object): object => ({ signerId, ...traceFields(), ...fields });
  return {
    started: (head: Head) => log.info(of({ head: head.number }), 'signer started'),
    decided: (kind: DecisionKind, code: string | null, ms: number) =>
      log.info(of({ kind, ...(code === null ? {} : { code }), ms: Math.round(ms) }), code === null ? 'done as a server asked' : 'not done as a server asked'),
    stopped: () => log.info(of({}), 'signer stopped'),
    auditBroken: (number: number) => log.error(of({ number }), 'the audit trail does not hold: rows were changed or removed'),
    link: (event: LinkEvent) => log.warn(of({ ...event }), 'a message was not passed on'),
    actAcknowledged: (number: number) => log.info(of({ number }), 'act acknowledged'),
    actsApplied: (head: Head, from: string) => log.info(of({ head: head.number, from }), 'certified acts applied'),
    actReplaced: (number: number) => log.warn(of({ number }), 'another act than the one acknowledged here was certified'),
    badAct: (from: string, number: number, error: unknown) => log.warn(of({ from, number, code: codeOf(error) }), 'an act that does not apply was offered'),
    conflict: (kind: string, number: number, party: string) => log.error(of({ kind, number, party }), 'two things that cannot both be: both are kept'),
    doubleAcknowledgement: (party: string, number: number) =>
      log.error(of({ party, number }), 'a signer has acknowledged two acts for one number: nothing is done for this organisation until an operator decides'),
    rolledBack: (fields: { known: number; own: number }) => log.error(of(fields), 'this signer’s store was put back to an earlier state'),
    actsLost: (fields: { certified: number; held: number }) =>
      log.error(of(fields), 'acts that were certified here are gone; they are fetched from the others'),
    rejoined: (answers: number) => log.info(of({ answers }), 'enough peers have told what was missed'),
    badAnswer: (from: string, error: unknown) => log.warn(of({ from, code: codeOf(error) }), 'a peer’s answer to the question what was missed was no good'),
    snapshotKept: (number: number) => log.info(of({ number }), 'snapshot kept'),
    snapshotBad: (number: number) => log.warn(of({ number }), 'a stored snapshot does not hold; it is left alone'),
    snapshotLie: (from: string, number: number) => log.warn(of({ from, number }), 'a peer told other bytes than a quorum has signed'),
    snapshotAdopted: (head: Head) => log.info(of({ head: head.number }), 'started from a snapshot of the others'),
    actsFilled: (number: number) => log.info(of({ number }), 'the acts before the snapshot are here'),
    sessionFailed: (fields: { protocol: string; keyId: string; code: string; culprits: readonly SignerId[]; executionId: string }) =>
      log.warn(of(fields), 'session failed'),
    sessionsStopped: (signers: string) =>
      log.error(of({ signers }), 'too many sessions with these signers have failed: none is begun with them until an operator decides'),
    keyMade: (keyId: KeyId) => log.info(of({ keyId }), 'key certified by all signers'),
    signatureMade: (keyId: KeyId) => log.info(of({ keyId }), 'signature made'),
    exportRefused: (keyId: string, error: unknown) => log.info(of({ keyId, code: codeOf(error) }), 'export refused'),
    keyRetired: (keyId: KeyId) => log.info(of({ keyId }), 'key retired'),
    shareReleased: (keyId: KeyId, tombstones: number) => log.info(of({ keyId, tombstones }), 'share released'),
    badNotice: (from: string, kind: string, error: unknown) => log.warn(of({ from, kind, code: codeOf(error) }), 'a notice was not believed'),
    keysRotated: (act: number) => log.info(of({ act }), 'this signer has its new keys in use; the old ones are gone'),
    keysMissing: (act: number) => log.error(of({ act }), 'the roster has other keys for this signer than it holds: nobody understands it'),
    auxFailed: (error: unknown) => log.warn(of({ code: codeOf(error) }), 'aux info failed; it is tried again'),
    auxUsable: (executionId: string) => log.info(of({ executionId }), 'aux info in place at all signers'),
    auxLost: (from: string) => log.error(of({ from }), 'a signer has lost its aux info, which all others use'),
    tablesMade: () => log.info(of({}), 'tables for faster signing made'),
    failed: (what: string, error: unknown) => log.error(of({ what, code: codeOf(error) }), 'failed'),
  };
};
/** The names of all lines, which is what they are counted by. */
export const eventNames: readonly string[] = Object.keys(createLines({ debug() {}, info() {}, warn() {}, error() {} }, '' as SignerId));

/** The same lines, each counted, and what is only measured. */
export function createEvents(log: Logger, signerId: SignerId, meter: Meter = silentMeter) {
  const lines = createLines(log, signerId);
  const counted = Object.fromEntries(
    Object.entries(lines).map(([name, tell]) => [
      name,
      (...args: readonly unknown[]) => {
        meter.event(name);
        (tell as (...given: readonly unknown[]) => void)(...args);
      },
    ]),
  ) as typeof lines;
  return {
    ...counted,
    decided(kind: DecisionKind, code: string | null, ms: number) {
      meter.decided(kind, code, ms);
      counted.decided(kind, code, ms);
    },
    link(event: LinkEvent) {
      meter.link(event.code);
      counted.link(event);
    },
    sessionEnded: (protocol: ProtocolName, cause: AbortCause | null) => meter.sessionEnded(protocol, cause),
    laps: <O extends Operation>(operation: O) => lapsOf(meter, operation),
  };
}
export type Events = ReturnType<typeof createEvents>;
