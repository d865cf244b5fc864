/**
 * A channel: how one party calls, notifies and speaks the protocol with the others of its network, over a transport
 * that it does not trust. Who sent a message is whose key verifies it; nothing in the message is asked.
 *
 * @module
 */
import { type CallKind, type NoticeKind, type NoticeOf, notices, type ReplyOf, type RequestOf } from '@quorate/wire';
import { readJson, writeJson } from './answer.ts';
import { type CallHandler, openAnswering } from './answering.ts';
import { type CallOptions, openAsking } from './asking.ts';
import { type Admitted, labelsOf, openDoor } from './door.ts';
import { EVERYONE } from './envelope.ts';
import { nameOfNotice, PROTOCOL } from './envelope-kind.ts';
import { type BlameEvent, faultOf, type LinkEvent } from './events.ts';
import { bodyLimits, defaultLimits, type Limits } from './limits.ts';
import { LinkError } from './link-error.ts';
import type { LocalParty, RemoteParty } from './party.ts';
import { createPeerRates } from './peer-rates.ts';
import { openPost } from './post.ts';
import type { Transport } from './transport.ts';

export interface ChannelOptions {
  readonly transport: Transport;
  readonly self: LocalParty;
  /** Genesis hash: messages of other networks are not ours. */
  readonly network: string;
  /** The parties of this network by id, from configuration and roster. */
  readonly parties: (id: string) => RemoteParty | null;
  readonly now?: () => number;
  readonly random?: (length: number) => Uint8Array;
  /** One event for each message that is not passed on, and for each failure here. */
  readonly log?: (event: LinkEvent) => void;
  /** Beside `log`, for those events that prove a fault of their sender. */
  readonly onRefused?: (event: BlameEvent) => void;
  readonly limits?: Partial<Limits>;
  /** Whether this party reads the trace of a call: an older one refuses some calls that have one. @default nobody */
  readonly readsTraces?: (id: string) => boolean;
}

export interface OutgoingProtocol {
  readonly to: readonly string[];
  /** One signed message for all of `to`; else one for each, whose body is sealed already. */
  readonly broadcast: boolean;
  /** 1 to 128 characters of printable ASCII without spaces. */
  readonly session: string;
  readonly seq: number;
  /** Milliseconds, absolute; receivers drop it afterwards. */
  readonly deadline: number;
  readonly body: Uint8Array;
}

export interface IncomingProtocol {
  readonly from: RemoteParty;
  readonly session: string;
  readonly seq: number;
  readonly broadcast: boolean;
  readonly deadline: number;
  readonly body: Uint8Array;
}

export interface Channel {
  /** @throws {Refusal} the other side's; {@link LinkError} otherwise */
  call<K extends CallKind>(to: string, kind: K, request: RequestOf<K>, options: CallOptions): Promise<ReplyOf<K>>;
  /** One handler for each kind. A Refusal that it throws is the answer; anything else becomes `request/internal`. */
  serve<K extends CallKind>(kind: K, handler: CallHandler<K>): void;
  /** Signed once, the same bytes to each. Nothing happens on a closed channel. @throws {LinkError} `oversized` */
  notify<K extends NoticeKind>(to: readonly string[], kind: K, notice: NoticeOf<K>): void;
  /** One handler for each kind. */
  onNotice<K extends NoticeKind>(kind: K, handler: (notice: NoticeOf<K>, from: RemoteParty) => void): void;
  /** Nothing happens on a closed channel. @throws {LinkError} `oversized` */
  sendProtocol(message: OutgoingProtocol): void;
  /** Messages of one sender come in the order in which they arrived. */
  onProtocol(handler: (message: IncomingProtocol) => void): void;
  /** Ends every open call with LinkError `closed` and hears nothing more. */
  close(): void;
}

type AnyNoticeHandler = (notice: NoticeOf<NoticeKind>, from: RemoteParty) => void;

export function openChannel(o: ChannelOptions): Channel {
  const { transport, self, network, parties, now = Date.now, random = (length) => crypto.getRandomValues(new Uint8Array(length)) } = o;
  const limits = { ...defaultLimits, ...o.limits };
  // A hook that throws must not stop the messages behind it.
  const report = (event: LinkEvent): void => {
    try {
      o.log?.(event);
    } catch {
      // There is nobody left to tell.
    }
  };
  const blame = (event: BlameEvent): void => {
    report(event);
    try {
      o.onRefused?.(event);
    } catch (error) {
      report({ code: 'handler-failed', from: event.from, fault: faultOf(error) });
    }
  };

  const post = openPost({ transport, self, network, limits, now, random });
  const asking = openAsking({ post, self, parties, now, report, readsTraces: o.readsTraces ?? (() => false) });
  const answering = openAnswering({ post, self, now, report, blame });
  const noticeHandlers = new Map<NoticeKind, AnyNoticeHandler>();
  let protocolHandler: ((message: IncomingProtocol) => void) | null = null;
  let closed = false;

  const others = (ids: readonly string[]): string[] => ids.filter((id) => id !== self.id);

  /** Sends what nobody answers: a transport that fails is an event, for the message may be lost on any line. */
  function tell(kind: string, send: () => void): void {
    try {
      send();
    } catch (error) {
      if (!(error instanceof LinkError) || error.code !== 'unsent') throw error;
      report({ code: 'unsent', kind, fault: faultOf(error.cause) });
    }
  }

  /** Runs a handler that may be asynchronous and may throw. */
  async function hand({ from, envelope }: Admitted, handler: () => unknown): Promise<void> {
    try {
      await handler();
    } catch (error) {
      report({ code: 'handler-failed', ...labelsOf(from, envelope), fault: faultOf(error) });
    }
  }

  function takeNotice(admitted: Admitted, kind: NoticeKind): void {
    const { from, envelope } = admitted;
    const notice = notices[kind].safeParse(readJson(envelope.body));
    const handler = noticeHandlers.get(kind);
    if (!notice.success) blame({ code: 'body-malformed', ...labelsOf(from, envelope) });
    else if (handler !== undefined) void hand(admitted, () => handler(notice.data as NoticeOf<NoticeKind>, from));
  }

  function takeProtocol(admitted: Admitted): void {
    const { from, envelope } = admitted;
    const { session, seq, deadline, body, to } = envelope;
    // Copied, so that the rest of the envelope's memory is not kept alive or shared.
    const message = { from, session, seq, broadcast: to === EVERYONE, deadline, body: body.slice() };
    const handler = protocolHandler;
    if (handler !== null) void hand(admitted, () => handler(message));
  }

  function admit(admitted: Admitted): void {
    if (closed) return;
    const { kind } = admitted;
    switch (kind.form) {
      case 'call':
        void answering.answer(admitted, kind.kind);
        return;
      case 'reply':
        void asking.settle(admitted, kind.kind);
        return;
      case 'notice':
        takeNotice(admitted, kind.kind);
        return;
      case 'protocol':
        takeProtocol(admitted);
        return;
    }
  }

  const unsubscribe = transport.subscribe(self.id, openDoor({ self: self.id, network, parties, limits, rates: createPeerRates(), now, report, blame, admit }));

  return {
    call: asking.call,
    serve: answering.serve,
    notify(to, kind, notice) {
      if (closed) return;
      const body = writeJson(notice);
      if (body.length > bodyLimits.notice[kind]) throw new LinkError('oversized');
      const name = nameOfNotice(kind);
      // A notice has no deadline of its own: it is as good as it is fresh.
      tell(name, () => post.send(others(to), { to: EVERYONE, kind: name, deadline: now() + limits.windowMs }, body));
    },
    onNotice(kind, handler) {
      if (noticeHandlers.has(kind)) throw new Error(`there is a handler for ${kind} already`);
      noticeHandlers.set(kind, handler as unknown as AnyNoticeHandler);
    },
    sendProtocol({ to, broadcast, session, seq, deadline, body }) {
      if (closed) return;
      if (body.length > bodyLimits.protocol) throw new LinkError('oversized');
      const subject = { kind: PROTOCOL, session, seq, deadline };
      if (broadcast) tell(PROTOCOL, () => post.send(others(to), { ...subject, to: EVERYONE }, body));
      else for (const receiver of others(to)) tell(PROTOCOL, () => post.send([receiver], { ...subject, to: receiver }, body));
    },
    onProtocol(handler) {
      if (protocolHandler !== null) throw new Error('there is a handler for protocol messages already');
      protocolHandler = handler;
    },
    close() {
      if (closed) return;
      closed = true;
      unsubscribe();
      asking.close();
      answering.close();
    },
  };
}
