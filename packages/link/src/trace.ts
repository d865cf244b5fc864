/**
 * The trace that whatever runs at the moment belongs to: kept beside the call stack, so that no function between a
 * request and the line that tells of it has to know.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceId } from '@quorate/wire';

const traces = new AsyncLocalStorage<TraceId | null>();

/** Runs the work, and all that it begins, under this trace; `null` for none. */
export const withTrace = <T>(id: TraceId | null, work: () => T): T => traces.run(id, work);

/** `null` where nothing is traced. */
export const currentTrace = (): TraceId | null => traces.getStore() ?? null;

/** For a log line, by the name that collectors know; nothing where nothing is traced. */
export function traceFields(): { readonly trace_id?: TraceId } {
  const id = currentTrace();
  return id === null ? {} : { trace_id: id };
}
