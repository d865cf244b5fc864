/**
 * What a backup says of itself to everybody who holds the file. It is bound to the rest: with another header nothing opens.
 *
 * @module
 */
import { canonicalJson, HashHex, OrgId, SignerId, utf8 } from '@quorate/wire';
import * as z from 'zod';

const Position = z.strictObject({ number: z.int().min(0), hash: HashHex });

export const BackupHeader = z.strictObject({
  kind: z.literal('quorate/signer-backup/v1'),
  orgId: OrgId,
  genesisHash: HashHex,
  /** Which signers there are, by the genesis. */
  rosterHash: HashHex,
  signerId: SignerId,
  /** By the signer's clock, milliseconds. */
  madeAt: z.int().min(0),
  /** Where the audit trail ends in it. */
  audit: Position,
  /** The last certified act in it; number 0 is the genesis. */
  act: Position,
  /** Public half of the recovery key, base64. */
  madeFor: z.base64().length(44),
});
export type BackupHeader = z.infer<typeof BackupHeader>;

/** RFC 8785. */
export const encodeHeader = (header: BackupHeader): Uint8Array => utf8.encode(canonicalJson(header));

/** `null` for anything but the one form of a header. */
export function decodeHeader(bytes: Uint8Array): BackupHeader | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const read = BackupHeader.safeParse(JSON.parse(text));
    return read.success && canonicalJson(read.data) === text ? read.data : null;
  } catch {
    return null;
  }
}
