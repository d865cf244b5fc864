/**
 * Trace ids, as W3C Trace Context has them: what lets the log lines of one request be found at the server and at every
 * signer. Whoever calls chooses it, nobody has signed it, and nothing is ever decided by it.
 *
 * @module
 */
import * as z from 'zod';

/** 32 lower-case hex digits that are not all zero. */
export const TraceId = z
  .string()
  .regex(/^(?!0{32})[0-9a-f]{32}$/)
  .brand<'TraceId'>();
export type TraceId = z.infer<typeof TraceId>;

/** What a later version may add is not read, and not without end. */
const MAX_CHARS = 256;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a `traceparent` header; `null` for one that is none, by which the caller has no trace. */
export function traceIdIn(traceparent: string | undefined): TraceId | null {
  if (traceparent === undefined || traceparent.length > MAX_CHARS) return null;
  const [, version, id, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  return readTraceId(id);
}

/** `null` for anything that is no trace id. */
export function readTraceId(value: unknown): TraceId | null {
  const read = TraceId.safeParse(value);
  return read.success ? read.data : null;
}
