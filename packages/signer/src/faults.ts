/**
 * What failed sessions lead to. Who can break sessions off again and again can try out what it could never try once
 * (decision 26), so failures are counted, the next session waits longer each time, and at last none is begun until this
 * signer's operator has looked.
 *
 * A signer that is proven to have spoilt a session answers for it alone. Where nobody is proven, nobody in particular
 * can be blamed without letting a liar blame others: it is this very set of signers that stops, and other sets go on.
 *
 * @module
 */
import { Refusal, type SignerId } from '@quorate/wire';
import type { Events } from './events.ts';
import type { SignerLimits } from './limits.ts';
import type { Self } from './self.ts';
import { countAt, type Fault } from './store/faults.ts';
import type { Store } from './store/store.ts';

export interface FailedSession {
  readonly protocol: 'aux' | 'dkg' | 'sign';
  readonly participants: readonly SignerId[];
  readonly executionId: string;
  readonly code: string;
  /** Those whose own signed messages prove it. */
  readonly proven: readonly SignerId[];
}

export interface Faults {
  /** Whether a session with these may begin now. @throws {Refusal} `sessions/slowed-down`, `sessions/too-many-failures` */
  check(protocol: FailedSession['protocol'], participants: readonly SignerId[]): void;
  /** A session failed after its first message. Durable when it resolves. */
  count(failed: FailedSession): Promise<void>;
  /** 'ok', or with whom no session is begun. */
  readonly status: string;
}

/** The longest pause, milliseconds. */
const MAX_PAUSE_MS = 600_000;
/** As many of a set may be broken off before the next one waits: a signer that restarts breaks off what is under way. */
const FREE = 3;

export async function openFaults(o: { readonly self: Self; readonly store: Store; readonly limits: SignerLimits; readonly events: Events }): Promise<Faults> {
  const { self, store, limits, events } = o;
  let faults: readonly Fault[] = await store.read('faults', {});

  const isSpent = (fault: Fault): boolean => countAt(fault, self.now()) >= (fault.kind === 'spoilt' ? limits.spoilt : limits.brokenOff);
  const total = (): number => faults.reduce((sum, fault) => sum + (fault.kind === 'broken' ? countAt(fault, self.now()) : 0), 0);
  const nameOf = (participants: readonly SignerId[]): string => participants.join(' ');
  const concerning = (protocol: FailedSession['protocol'], participants: readonly SignerId[]): readonly Fault[] =>
    faults.filter(({ kind, name }) => (kind === 'spoilt' ? participants.some((id) => id === name) : protocol === 'sign' && name === nameOf(participants)));
  const others = (participants: readonly SignerId[]): readonly SignerId[] => participants.filter((id) => id !== self.id);
  const pauseEnd = (fault: Fault): number => {
    const counted = countAt(fault, self.now()) - (fault.kind === 'spoilt' ? 0 : FREE);
    return counted < 1 ? 0 : fault.time + Math.min(MAX_PAUSE_MS, limits.pauseMs * 2 ** (counted - 1));
  };

  for (const fault of faults) if (isSpent(fault)) events.sessionsStopped(fault.name);

  return {
    check(protocol, participants) {
      if (protocol === 'sign' && total() >= limits.brokenOffAtAll) throw new Refusal('sessions/too-many-failures', { signers: others(participants) });
      for (const fault of concerning(protocol, participants)) {
        const signers = fault.kind === 'spoilt' ? [fault.name] : others(participants);
        if (isSpent(fault)) throw new Refusal('sessions/too-many-failures', { signers });
        const wait = pauseEnd(fault) - self.now();
        // A clock that was put back makes nobody wait longer than the longest pause.
        if (wait > 0) throw new Refusal('sessions/slowed-down', { signers, retryAfter: Math.ceil(Math.min(wait, MAX_PAUSE_MS) / 1000) });
      }
    },
    async count({ protocol, participants, executionId, code, proven }) {
      // Key generation and aux info use no secret of an existing key: without proof they are only tried again.
      if (proven.length === 0 && protocol !== 'sign') return;
      const kind = proven.length > 0 ? 'spoilt' : 'broken';
      const names = proven.length > 0 ? proven : [nameOf(participants)];
      const time = self.now();
      const audit = { time, event: 'session failed', detail: { protocol, executionId, code, culprits: proven.join(' ') } };
      const stopped = new Set(faults.filter(isSpent));
      faults = await store.write('session-failed', { kind, names, time, audit });
      for (const fault of faults) if (isSpent(fault) && ![...stopped].some(({ name }) => name === fault.name)) events.sessionsStopped(fault.name);
    },
    get status() {
      const spent = faults.filter(isSpent).map(({ kind, name }) => (kind === 'spoilt' ? `signer ${name}` : `signers ${name} together`));
      const all = total() >= limits.brokenOffAtAll ? ['anybody: too many were broken off'] : [];
      return spent.length + all.length === 0 ? 'ok' : `no sessions with ${[...all, ...spent].join(', ')}, until an operator decides`;
    },
  };
}
