/**
 * What a server is configured with.
 *
 * @module
 */
import { Address, brokerSettings, commonSettings, Path, type Settings, type ValuesOf } from '@quorate/daemon';
import * as z from 'zod';

/** Where a server keeps nothing but its keys. */
export const keySettings = { keysDir: { kind: 'path', about: 'The server’s own folder, with its keys alone.', schema: Path } } as const satisfies Settings;

export const networkSettings = { founding: commonSettings.founding, genesisHash: commonSettings.genesisHash } as const satisfies Settings;

export const startSettings = {
  ...keySettings,
  ...commonSettings,
  ...brokerSettings,
  databaseUrl: {
    kind: 'secret',
    about: 'postgres://user:password@host/database, or pglite:FOLDER for an embedded one that a single server has.',
    schema: z.string('is missing').regex(/^(postgres(ql)?:\/\/|pglite:).+/s, 'must begin with postgres:// or pglite:'),
  },
  listen: { about: 'Where the API is. Default: 127.0.0.1:7310.', schema: Address.default(Address.parse('127.0.0.1:7310')) },
  metrics: {
    about: 'Where /metrics is, apart from the API, or off. Default: off.',
    schema: z.union([z.literal('off'), Address], 'must be off, or address:port').default('off'),
  },
  trustedProxies: {
    about: 'How many proxies stand in front. Default: 0.',
    schema: z
      .string()
      .regex(/^\d{1,2}$/, 'must be a number from 0 to 99')
      .default('0')
      .transform(Number),
  },
} as const satisfies Settings;
export type StartValues = ValuesOf<typeof startSettings>;
