/**
 * The bodies of replies: `{"reply": …}` or `{"refusal": {"code", "detail"}}`, as UTF-8 JSON.
 *
 * @module
 */
import { type CallKind, calls, isRefusal, isRefusalCode, readTraceId, Refusal, type RefusalDetail, type ReplyOf, type TraceId, utf8 } from '@quorate/wire';
import { bodyLimits } from './limits.ts';

/** JSON of a body, or `undefined` where it is none. */
export function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined;
  }
}

export const writeJson = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value));

/** A request as it travels: with the trace it belongs to, for whoever reads that. */
export const writeRequest = (request: object, trace: TraceId | null): Uint8Array => writeJson(trace === null ? request : { ...request, trace });

/** The trace apart from the request, which is the same with any, with none, and with what is no trace. */
export function withoutTrace(body: unknown): { readonly trace: TraceId | null; readonly request: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { trace: null, request: body };
  const { trace, ...request } = body as { readonly trace?: unknown };
  return { trace: readTraceId(trace), request };
}

/** `null` when the reply is larger than its kind may be. */
export function writeReply<K extends CallKind>(kind: K, reply: ReplyOf<K>): Uint8Array | null {
  const body = writeJson({ reply });
  return body.length > bodyLimits.reply[kind] ? null : body;
}

/** A refusal always fits: without its detail, if that is what makes it too large. */
export function writeRefusal(kind: CallKind, refusal: Refusal): Uint8Array {
  const body = writeJson({ refusal: { code: refusal.code, detail: refusal.detail } });
  return body.length > bodyLimits.reply[kind] ? writeJson({ refusal: { code: refusal.code, detail: {} } }) : body;
}

/** The reply, the other side's refusal, or `null` when it is neither. */
export function readAnswer<K extends CallKind>(kind: K, body: Uint8Array): { readonly reply: ReplyOf<K> } | Refusal | null {
  const answer = readJson(body);
  if (typeof answer !== 'object' || answer === null) return null;
  if ('refusal' in answer) return readRefusal(answer.refusal);
  if (!('reply' in answer)) return null;
  const parsed = calls[kind].reply.safeParse(answer.reply);
  return parsed.success ? { reply: parsed.data as ReplyOf<K> } : null;
}

function readRefusal(value: unknown): Refusal | null {
  if (typeof value !== 'object' || value === null || !('code' in value) || !isRefusalCode(value.code)) return null;
  const detail = 'detail' in value && typeof value.detail === 'object' && value.detail !== null ? value.detail : {};
  // A member of a shape that details do not have is left out rather than believed.
  const kept = Object.entries(detail).filter(([, member]) => isDetail(member));
  return new Refusal(value.code, Object.fromEntries(kept) as RefusalDetail);
}

function isDetail(member: unknown): boolean {
  if (['string', 'number', 'boolean'].includes(typeof member)) return true;
  if (typeof member !== 'object' || member === null) return false;
  return Object.values(member).every((element) => typeof element === 'string');
}

/** What a handler threw, as the refusal to answer with: its own, or `request/internal`. */
export const refusalOf = (error: unknown): Refusal => (isRefusal(error) ? error : new Refusal('request/internal'));
