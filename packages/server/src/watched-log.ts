/**
 * The log as every part of the server has it: each line says which trace it belongs to, and what it warns of is counted.
 *
 * @module
 */
import { traceFields } from '@quorate/link';
import type { Log } from './log.ts';
import type { Meter } from './meter.ts';

export function watchedLog(log: Log, meter: Pick<Meter, 'warning'>): Log {
  const line = (level: keyof Log): Log[keyof Log] =>
    ((fields: { readonly event?: unknown }, text: string) => {
      if ((level === 'warn' || level === 'error') && typeof fields.event === 'string') meter.warning(fields.event);
      log[level]({ ...traceFields(), ...fields }, text);
    }) as Log[keyof Log];
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
