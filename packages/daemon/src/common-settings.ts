/**
 * Settings that both daemons have.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import * as z from 'zod';
import type { Settings } from './settings.ts';

export const Path = z.string('is missing').min(1, 'is empty');
export const FileThatIs = Path.refine((path) => existsSync(path), 'names a file that is not there');
const GenesisHash = z.string('is missing').regex(/^[0-9a-f]{64}$/, 'must be 64 digits of lower-case hex, as the operators agreed on it');
const LogLevel = z.enum(['debug', 'info', 'warn', 'error'], 'is debug, info, warn or error');

/** `address:port`, IPv6 in brackets; port 0 takes any free one. */
export const Address = z
  .string('is missing')
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be address:port, such as 127.0.0.1:7310')
  .transform((text) => {
    const at = text.lastIndexOf(':');
    return { host: text.slice(0, at).replaceAll(/[[\]]/g, ''), port: Number(text.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'has a port above 65535')
  .transform(({ host, port }) => ({ host, port, toString: () => `${host.includes(':') ? `[${host}]` : host}:${port}` }));
export type Address = z.output<typeof Address>;

export const commonSettings = {
  founding: { kind: 'path', about: 'The genesis with all approvals, from `quorate-server genesis-finish`.', schema: FileThatIs },
  genesisHash: { about: 'The genesis hash as the operators agreed on it. Typed, never copied from the founding.', schema: GenesisHash },
  logLevel: { about: 'debug, info, warn or error. Default: info.', schema: LogLevel.default('info') },
} as const satisfies Settings;
