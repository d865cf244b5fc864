/**
 * Protocol sessions from join to end: who takes part, under which execution id, and what ends them. A session that
 * failed is never resumed; a new attempt is a new session.
 *
 * @module
 */
import type { Session, SessionEvent, SessionSpec } from '@quorate/mpc';
import { type Head, hex, type KeyId, type NoticeOf, Refusal, type SignerId } from '@quorate/wire';
import { createEarly, type ProtocolMessage } from './early.ts';
import type { Events } from './events.ts';
import type { Faults } from './faults.ts';
import { abortCauseOf } from './meter.ts';
import { executionIdOf, type Meeting, type ProtocolName, sessionTagOf } from './execution-id.ts';
import { createJoins } from './join.ts';
import type { Self } from './self.ts';
import { createTally, type Tally } from './tally.ts';

const MAX_SESSIONS = 256;
const MAX_ENDED = 4_096;
/** A session that hears nothing for so long has come to a halt, in milliseconds. */
const HALT_MS = 500;

export interface Round<R> extends Meeting {
  readonly keyId: KeyId | '';
  /** Hex of what gets signed, or ''. */
  readonly digest: string;
  readonly head: { readonly number: string; readonly hash: string };
  /** Milliseconds, by this signer's clock. */
  readonly deadline: number;
  /** What must be durable before the first message. @throws {Refusal} to take no part */
  begin(executionId: string): Promise<void>;
  start(spec: SessionSpec, onEvent: (event: SessionEvent<R>) => void): Session;
  /** Hears when the nonces are there, when what must be durable is, and when there is a result. */
  passed?(phase: 'join' | 'begin' | 'protocol'): void;
  /** Hears of each message that the session is given. */
  progress?(messages: number): void;
}

export interface Outcome<R> {
  readonly executionId: string;
  readonly result: R;
}

/** No result; `culprits` are those proven guilty, or gone. */
export class SessionFailed extends Error {
  override readonly name = 'SessionFailed';
  readonly code: string;
  readonly culprits: readonly SignerId[];

  constructor(code: string, culprits: readonly SignerId[] = []) {
    super(code);
    this.code = code;
    this.culprits = culprits;
  }
}

/** What sessions say to peers. */
export interface SessionLink {
  join(to: readonly SignerId[], notice: NoticeOf<'join'>): void;
  leave(to: readonly SignerId[], notice: NoticeOf<'leave'>): void;
  protocol(message: { to: readonly SignerId[]; broadcast: boolean; session: string; seq: number; deadline: number; body: Uint8Array }): void;
}

export interface Sessions {
  /**
   * Runs a session to its end. A round that is running already is not begun again: its end is this one's too.
   * @throws {SessionFailed} or {@link Refusal}
   */
  run<R>(round: Round<R>): Promise<Outcome<R>>;
  joinHeard(notice: NoticeOf<'join'>, from: SignerId): void;
  leaveHeard(notice: NoticeOf<'leave'>, from: SignerId): void;
  messageHeard(session: string, message: ProtocolMessage): void;
  /** From its return on nothing is contributed to any session of this key; those under way end. */
  retire(keyId: KeyId): void;
  /** Whom signing sessions wait for that have heard nothing for so many milliseconds. @param haltMs default 500 */
  waitsFor(haltMs?: number): readonly SignerId[];
  /** How many of a protocol are under way. */
  underWay(protocol: ProtocolName): number;
  /** The retirement was refused and nothing of it is durable: the key is used again. */
  unretire(keyId: KeyId): void;
  isRetired(keyId: KeyId): boolean;
  /** Ends what is under way. */
  abort(error: Refusal): void;
  close(): void;
}

export interface SessionsOptions {
  readonly self: Self;
  readonly implVersion: string;
  readonly link: SessionLink;
  readonly events: Events;
  /** A participant joins, anew, a session that is not running here. */
  readonly invited: (tag: string, from: SignerId) => void;
  readonly head: () => Head;
  readonly random: (length: number) => Uint8Array;
  readonly faults: Faults;
  /** How many sessions of one key run at a time. */
  readonly sessionsOfKey: number;
}

interface Live {
  readonly protocol: ProtocolName;
  readonly participants: readonly SignerId[];
  readonly keyId: KeyId | '';
  readonly tally: Tally;
  executionId: string;
  push: ((message: ProtocolMessage) => void) | null;
  /** Who has not joined. */
  missing(): readonly SignerId[];
  fail(error: Error): void;
}

export function createSessions({ self, implVersion, link, events, invited, head, random, faults, sessionsOfKey }: SessionsOptions): Sessions {
  const live = new Map<string, Live>();
  const running = new Map<string, Promise<Outcome<unknown>>>();
  const byExecution = new Map<string, Live>();
  const ended = new Set<string>();
  const retired = new Set<KeyId>();
  const early = createEarly();
  const joins = createJoins({
    self: self.id,
    random,
    say: link.join,
    renewed(tag, from) {
      const round = live.get(tag);
      if (round === undefined) invited(tag, from);
      else if (round.participants.includes(from)) round.fail(new SessionFailed('renewed', [from]));
    },
  });

  async function conduct<R>(round: Round<R>, tag: string): Promise<Outcome<R>> {
    const { participants, keyId, deadline } = round;
    const { promise: over, reject } = Promise.withResolvers<never>();
    over.catch(() => {});
    let open = true;
    let session: Session | null = null;
    let started = false;
    let proven: readonly SignerId[] = [];
    const own: Live = {
      protocol: round.protocol,
      participants,
      keyId,
      tally: createTally(participants.filter((id) => id !== self.id)),
      executionId: '',
      push: null,
      missing: () => joining.missing(),
      fail(error) {
        if (!open) return;
        open = false;
        session?.cancel();
        reject(error);
      },
    };
    live.set(tag, own);
    const joining = joins.join(tag, participants, head());
    const timer = setTimeout(() => own.fail(new SessionFailed('deadline', joining.missing())), Math.max(0, deadline - self.now()));
    try {
      const nonces = await Promise.race([joining.nonces, over]);
      round.passed?.('join');
      own.executionId = executionIdOf({
        ...round,
        implVersion,
        genesisHash: self.genesisHash,
        rosterHash: self.rosterHash,
        threshold: self.genesis.threshold,
        epoch: self.genesis.epoch,
        nonces,
      });
      await round.begin(own.executionId);
      round.passed?.('begin');
      if (!open) return await over;
      const spec: SessionSpec = {
        identity: self.identity,
        executionId: hex.decode(own.executionId),
        parties: participants.map(memberOf),
        self: participants.indexOf(self.id),
        // Sessions go by the machine's clock, which need not be this signer's.
        deadline: Date.now() + (deadline - self.now()),
      };
      started = true;
      const done = new Promise<R>((resolve) => {
        session = round.start(spec, (event) => {
          if (!open) return;
          switch (event.type) {
            case 'message':
              // Called from the addon: what is thrown here would end the process.
              try {
                contribute(own, round, event);
              } catch (error) {
                own.fail(error instanceof Error ? error : new SessionFailed('unsent'));
              }
              return;
            case 'done':
              open = false;
              resolve(event.result);
              return;
            case 'failed':
              proven = event.culprits.map((position) => participants[position]).filter((id) => id !== undefined);
              own.fail(new SessionFailed(event.code, proven));
              return;
          }
        });
      });
      let messages = 0;
      own.push = ({ from, seq, broadcast, body }) => {
        if (!open) return;
        own.tally.heard(from);
        round.progress?.(++messages);
        session?.push({ from: participants.indexOf(from), seq, broadcast, body });
      };
      byExecution.set(own.executionId, own);
      for (const message of early.take(own.executionId)) if (participants.includes(message.from)) own.push(message);
      const result = await Promise.race([done, over]);
      round.passed?.('protocol');
      events.sessionEnded(round.protocol, null);
      return { executionId: own.executionId, result };
    } catch (error) {
      depart(own, round, tag, error);
      // What this signer ends itself, by a tombstone or by stopping, is nobody's failure.
      if (started && error instanceof SessionFailed && error.code !== 'closed')
        await faults.count({ protocol: round.protocol, participants, executionId: own.executionId, code: error.code, proven });
      throw error;
    } finally {
      open = false;
      clearTimeout(timer);
      joining.leave();
      live.delete(tag);
      if (own.executionId !== '') end(own.executionId);
    }
  }

  function contribute<R>(own: Live, round: Round<R>, { to, seq, body }: Extract<SessionEvent<R>, { type: 'message' }>): void {
    // Looked at before every single message: after its tombstone this signer contributes nothing.
    if (round.keyId !== '' && retired.has(round.keyId)) {
      own.fail(new Refusal('key/retired', { keyId: round.keyId }));
      return;
    }
    const { participants } = round;
    const receivers = to === 'all' ? participants.filter((id) => id !== self.id) : participants.slice(to, to + 1);
    own.tally.said(receivers);
    link.protocol({ to: receivers, broadcast: to === 'all', session: own.executionId, seq, deadline: round.deadline, body });
  }

  function depart<R>(own: Live, round: Round<R>, tag: string, error: unknown): void {
    const failed = error instanceof SessionFailed ? error : null;
    const code = failed?.code ?? (error instanceof Refusal ? error.code : 'failed');
    events.sessionEnded(round.protocol, abortCauseOf(error));
    events.sessionFailed({ protocol: round.protocol, keyId: round.keyId, code, culprits: failed?.culprits ?? [], executionId: own.executionId });
    // Who left because another did says nothing, or leaving would never end.
    if (code === 'left' || own.executionId === '') return;
    link.leave(
      round.participants.filter((id) => id !== self.id),
      { sessionTag: tag, code, executionId: own.executionId },
    );
  }

  function end(executionId: string): void {
    byExecution.delete(executionId);
    early.take(executionId);
    ended.add(executionId);
    if (ended.size > MAX_ENDED) ended.delete(ended.values().next().value as string);
  }

  const memberOf = (id: SignerId): { index: number; sealingKey: Uint8Array } => {
    const member = self.roster.find((other) => other.id === id);
    if (member === undefined) throw new Error('a participant is of the roster');
    return { index: member.index, sealingKey: member.sealingKey };
  };

  return {
    run<R>(round: Round<R>) {
      const tag = sessionTagOf(round);
      const known = running.get(tag);
      if (known !== undefined) return known as Promise<Outcome<R>>;
      if (running.size >= MAX_SESSIONS) return Promise.reject(new Refusal('signers/busy'));
      const ofKey = round.keyId === '' ? 0 : [...live.values()].filter(({ keyId }) => keyId === round.keyId).length;
      if (ofKey >= sessionsOfKey) return Promise.reject(new Refusal('signers/busy', { keyId: round.keyId }));
      try {
        faults.check(round.protocol, round.participants);
      } catch (error) {
        return Promise.reject(error);
      }
      const result = conduct(round, tag).finally(() => running.delete(tag));
      running.set(tag, result);
      return result;
    },
    joinHeard: joins.heard,
    leaveHeard({ sessionTag, executionId }, from) {
      const own = live.get(sessionTag);
      if (own === undefined || executionId === undefined || own.executionId !== executionId || !own.participants.includes(from)) return;
      own.fail(new SessionFailed('left', [from]));
    },
    messageHeard(session, message) {
      if (ended.has(session)) return;
      const own = byExecution.get(session);
      if (own === undefined) early.put(session, message);
      else if (own.participants.includes(message.from)) own.push?.(message);
    },
    retire(keyId) {
      retired.add(keyId);
      for (const own of live.values()) if (own.keyId === keyId) own.fail(new Refusal('key/retired', { keyId }));
    },
    waitsFor(haltMs = HALT_MS) {
      const halted = [...live.values()].filter(({ protocol, tally }) => protocol === 'sign' && tally.quietMs() >= haltMs);
      const waited = new Set(halted.flatMap((own) => (own.executionId === '' ? own.missing() : own.tally.behind())));
      return self.roster.map(({ id }) => id).filter((id) => waited.has(id));
    },
    underWay: (protocol) => [...live.values()].filter((own) => own.protocol === protocol).length,
    unretire: (keyId) => retired.delete(keyId),
    isRetired: (keyId) => retired.has(keyId),
    abort(error) {
      for (const own of live.values()) own.fail(error);
    },
    close() {
      for (const own of live.values()) own.fail(new SessionFailed('closed'));
    },
  };
}

/** The participants in the order of the roster; `null` unless they are distinct members. */
export function inOrder(self: Pick<Self, 'roster'>, ids: readonly string[]): readonly SignerId[] | null {
  const ordered = self.roster.map(({ id }) => id).filter((id) => ids.includes(id));
  return ordered.length === ids.length && new Set(ids).size === ids.length ? ordered : null;
}

/** 32 fresh bytes as this room needs them, from the platform. */
export const platformRandom = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
