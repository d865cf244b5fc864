/**
 * What a signer is configured with.
 *
 * @module
 */
import { Address, brokerSettings, commonSettings, FileThatIs, Path, RecoveryPublicKey, type Settings, type ValuesOf } from '@quorate/daemon';
import * as z from 'zod';

/** What every command needs. */
export const folderSettings = {
  dataDir: { kind: 'path', about: 'The signer’s own folder: keys and store.', schema: Path },
} as const satisfies Settings;

/** What commands need that work with the network's genesis. */
export const networkSettings = { ...folderSettings, founding: commonSettings.founding, genesisHash: commonSettings.genesisHash } as const satisfies Settings;

/** What a backup is made with. */
export const backupSettings = {
  ...networkSettings,
  backupTo: { about: 'The public half of the recovery key that backups are sealed to, as `quorate-signer backup-key` printed it.', schema: RecoveryPublicKey },
} as const satisfies Settings;

export const startSettings = {
  ...folderSettings,
  ...commonSettings,
  ...brokerSettings,
  servers: { kind: 'paths', about: 'Cards of the servers that may ask, from `quorate-server card`.', schema: z.array(FileThatIs, 'is missing').min(1).max(64) },
  health: {
    about: 'Where /livez, /readyz and /metrics are, or off. Default: 127.0.0.1:7320.',
    schema: z.union([z.literal('off'), Address], 'must be off, or address:port').default(Address.parse('127.0.0.1:7320')),
  },
  sparePrimes: {
    about: 'Whether a spare set of primes is made while the signer is up, on one core: idle or off. Default: idle.',
    schema: z.enum(['idle', 'off'], 'is idle or off').default('idle'),
  },
} as const satisfies Settings;
export type StartValues = ValuesOf<typeof startSettings>;
