/**
 * The answering side of calls: opens the request, asks the handler, seals the answer. Every authentic call that is
 * understood as one gets an answer, if only a refusal.
 *
 * @module
 */
import { type CallKind, calls, isRefusal, Refusal, type ReplyOf, type RequestOf } from '@quorate/wire';
import { readJson, refusalOf, withoutTrace, writeRefusal, writeReply } from './answer.ts';
import { type Admitted, labelsOf } from './door.ts';
import { headerBytes } from './envelope.ts';
import { nameOfReply } from './envelope-kind.ts';
import { type BlameEvent, faultOf, type LinkEvent } from './events.ts';
import type { LocalParty, RemoteParty } from './party.ts';
import { type Post, SEAL_INFO } from './post.ts';
import { withTrace } from './trace.ts';

export interface CallContext {
  readonly from: RemoteParty;
  /** Milliseconds, absolute; an answer after it is not sent. */
  readonly deadline: number;
}
export type CallHandler<K extends CallKind> = (request: RequestOf<K>, context: CallContext) => Promise<ReplyOf<K>>;

export interface Answering {
  serve<K extends CallKind>(kind: K, handler: CallHandler<K>): void;
  answer(admitted: Admitted, kind: CallKind): Promise<void>;
  close(): void;
}

export function openAnswering(o: {
  post: Post;
  self: LocalParty;
  now: () => number;
  report: (event: LinkEvent) => void;
  blame: (event: BlameEvent) => void;
}): Answering {
  const { post, self, now, report, blame } = o;
  const handlers = new Map<CallKind, CallHandler<CallKind>>();
  let closed = false;

  /** The body of the answer; never throws. */
  async function decide({ from, envelope }: Admitted, kind: CallKind): Promise<Uint8Array> {
    const labels = labelsOf(from, envelope);
    const refuse = (problem: string): Uint8Array => writeRefusal(kind, new Refusal('envelope/refused', { problem }));
    let body: Uint8Array;
    try {
      body = await self.open(SEAL_INFO, headerBytes(envelope), envelope.body);
    } catch {
      blame({ code: 'body-unreadable', ...labels });
      return refuse('unreadable');
    }
    const { trace, request: given } = withoutTrace(readJson(body));
    const request = calls[kind].request.safeParse(given);
    if (!request.success) {
      blame({ code: 'body-malformed', ...labels });
      return refuse('malformed');
    }
    const handler = handlers.get(kind);
    if (handler === undefined) {
      report({ code: 'unserved', ...labels });
      return refuse('unserved');
    }
    try {
      const answer = writeReply(kind, await withTrace(trace, () => handler(request.data as RequestOf<CallKind>, { from, deadline: envelope.deadline })));
      if (answer !== null) return answer;
      report({ code: 'answer-oversized', ...labels });
      return writeRefusal(kind, new Refusal('request/internal'));
    } catch (error) {
      if (!isRefusal(error)) report({ code: 'handler-failed', ...labels, fault: faultOf(error) });
      return writeRefusal(kind, refusalOf(error));
    }
  }

  return {
    serve(kind, handler) {
      if (handlers.has(kind)) throw new Error(`there is a handler for ${kind} already`);
      handlers.set(kind, handler as unknown as CallHandler<CallKind>);
    },
    async answer(admitted, kind) {
      const { from, envelope } = admitted;
      const body = await decide(admitted, kind);
      if (closed) return;
      if (envelope.deadline < now()) return report({ code: 'late-answer', ...labelsOf(from, envelope) });
      try {
        await post.sendSealed(from, { kind: nameOfReply(kind), re: envelope.id, deadline: envelope.deadline }, body);
      } catch (error) {
        report({ code: 'unsent', ...labelsOf(from, envelope), fault: faultOf(error) });
      }
    },
    close() {
      closed = true;
    },
  };
}
