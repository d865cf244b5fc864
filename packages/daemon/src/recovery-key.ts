/**
 * The public half of a recovery key as operators write it: to whom backups are sealed.
 *
 * @module
 */
import { bech32m } from '@scure/base';
import * as z from 'zod';

const PREFIX = 'quorate-backup';
const BYTES = 32;

/** With a checksum, so that a mistyped one makes no backup that nobody can open. */
export const recoveryKeyText = (publicKey: Uint8Array): string => bech32m.encode(PREFIX, bech32m.toWords(publicKey));

/** 32 bytes, or `null` for what is none. */
export function readRecoveryKey(text: string): Uint8Array | null {
  const read = bech32m.decodeUnsafe(text.trim().toLowerCase());
  const bytes = read?.prefix === PREFIX ? bech32m.fromWordsUnsafe(read.words) : undefined;
  return bytes?.length === BYTES ? bytes : null;
}

/** As a setting. */
export const RecoveryPublicKey = z.string('is missing').transform((text, context) => {
  const bytes = readRecoveryKey(text);
  if (bytes !== null) return { bytes, toString: () => recoveryKeyText(bytes) };
  context.addIssue({ code: 'custom', message: `is not what \`quorate-signer backup-key\` printed: ${PREFIX}1… with all its characters` });
  return z.NEVER;
});
