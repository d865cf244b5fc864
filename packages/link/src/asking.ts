/**
 * The asking side of calls: which calls are open, and what ends each of them: its reply, its deadline, its caller or
 * the channel's end.
 *
 * @module
 */
import { type CallKind, isRefusal, type Refusal, type ReplyOf, type RequestOf } from '@quorate/wire';
import { readAnswer, writeRequest } from './answer.ts';
import { type Admitted, labelsOf } from './door.ts';
import { type Envelope, headerBytes } from './envelope.ts';
import { nameOfCall } from './envelope-kind.ts';
import type { LinkEvent } from './events.ts';
import { bodyLimits } from './limits.ts';
import { LinkError } from './link-error.ts';
import type { LocalParty, RemoteParty } from './party.ts';
import { type Post, SEAL_INFO } from './post.ts';
import { currentTrace } from './trace.ts';

export interface CallOptions {
  /** Milliseconds, absolute. The other side checks it too. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

interface OpenCall {
  readonly to: string;
  readonly kind: CallKind;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: LinkError | Refusal) => void;
}

export interface Asking {
  call<K extends CallKind>(to: string, kind: K, request: RequestOf<K>, options: CallOptions): Promise<ReplyOf<K>>;
  settle(admitted: Admitted, kind: CallKind): Promise<void>;
  close(): void;
}

/** The longest delay that timers take. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export function openAsking(o: {
  post: Post;
  self: LocalParty;
  parties: (id: string) => RemoteParty | null;
  now: () => number;
  report: (event: LinkEvent) => void;
  readsTraces: (id: string) => boolean;
}): Asking {
  const { post, self, parties, now, report, readsTraces } = o;
  const open = new Map<string, OpenCall>();
  let closed = false;

  async function call<K extends CallKind>(to: string, kind: K, request: RequestOf<K>, { deadline, signal }: CallOptions): Promise<ReplyOf<K>> {
    if (closed) throw new LinkError('closed');
    if (signal?.aborted) throw new LinkError('aborted', { cause: signal.reason });
    const party = to === self.id ? null : parties(to);
    if (party === null) throw new LinkError('unknown-party');
    const body = writeRequest(request, readsTraces(party.id) ? currentTrace() : null);
    if (body.length > bodyLimits.call[kind]) throw new LinkError('oversized');
    const delay = deadline - now();
    if (delay <= 0) throw new LinkError('timeout');

    const id = post.newId();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    open.set(id, { to: party.id, kind, resolve, reject });
    const timer = setTimeout(() => reject(new LinkError('timeout')), Math.min(delay, MAX_DELAY_MS));
    timer.unref();
    const abort = (): void => reject(new LinkError('aborted', { cause: signal?.reason }));
    signal?.addEventListener('abort', abort);
    try {
      post.sendSealed(party, { kind: nameOfCall(kind), id, deadline }, body).catch(reject);
      return (await promise) as ReplyOf<K>;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      open.delete(id);
    }
  }

  async function settle({ from, envelope }: Admitted, kind: CallKind): Promise<void> {
    const labels = labelsOf(from, envelope);
    const asked = open.get(envelope.re);
    if (asked === undefined) return report({ code: 'unexpected-reply', ...labels });
    if (asked.to !== from.id || asked.kind !== kind) return report({ code: 'foreign-reply', ...labels });
    // The first reply is the reply; a second one finds no open call.
    open.delete(envelope.re);
    const answer = await read(envelope, kind);
    if (answer === null) {
      report({ code: 'bad-reply', ...labels });
      asked.reject(new LinkError('bad-reply'));
    } else if (isRefusal(answer)) asked.reject(answer);
    else asked.resolve(answer.reply);
  }

  async function read<K extends CallKind>(envelope: Envelope, kind: K): Promise<ReturnType<typeof readAnswer<K>>> {
    try {
      return readAnswer(kind, await self.open(SEAL_INFO, headerBytes(envelope), envelope.body));
    } catch {
      return null;
    }
  }

  return {
    call,
    settle,
    close() {
      closed = true;
      for (const { reject } of open.values()) reject(new LinkError('closed'));
    },
  };
}
