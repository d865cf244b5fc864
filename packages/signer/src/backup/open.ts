/**
 * Opens a backup into a folder, as what its operator says it is: of this network, and of this signer.
 *
 * @module
 */
import { backupHeader, MpcError, type OpenedBackup, openBackup, publicRecoveryKey } from '@quorate/mpc';
import { b64, type Genesis, Refusal, type RefusalCode, rosterHashOf } from '@quorate/wire';
import { allowedNames } from './contents.ts';
import { type BackupHeader, decodeHeader } from './header.ts';

export interface OpenOptions {
  readonly from: string;
  /** The recovery key's file. */
  readonly key: string;
  readonly genesis: Genesis;
  /** As its operator typed it. */
  readonly genesisHash: string;
  /** Whose backup it must be, where that is known. */
  readonly signerId?: string;
}

const refusals: ReadonlySet<string> = new Set<RefusalCode>(['backup/malformed', 'backup/incomplete', 'backup/unreadable', 'backup/key']);

/** What the addon says of a backup, as the refusal that operators know. */
function refusing<T>(cause: unknown, madeFor?: string): T {
  if (cause instanceof MpcError && refusals.has(cause.code))
    throw new Refusal(cause.code as RefusalCode, cause.code === 'backup/unreadable' && madeFor !== undefined ? { madeFor } : {}, { cause });
  throw cause;
}

/**
 * What a backup says of itself, if it is of this network and signer. Nothing of it is verified yet.
 * @throws {Refusal} `backup/malformed`, `backup/incomplete`, `backup/foreign`; {MpcError} `backup/io`
 */
export function readHeader({ from, genesis, genesisHash, signerId }: Omit<OpenOptions, 'key'>): BackupHeader {
  let bytes: Uint8Array;
  try {
    bytes = backupHeader(from);
  } catch (error) {
    return refusing(error);
  }
  const header = decodeHeader(bytes);
  if (header === null) throw new Refusal('backup/malformed');
  const known = genesis.signers.some(({ id }) => id === header.signerId);
  const ours = header.genesisHash === genesisHash && header.orgId === genesis.orgId && header.rosterHash === rosterHashOf(genesis) && known;
  if (!ours || (signerId !== undefined && header.signerId !== signerId))
    throw new Refusal('backup/foreign', { genesisHash: header.genesisHash, signerId: header.signerId });
  return header;
}

/**
 * Opens it: everything but the key-encryption key goes into `folder`, which is there and empty.
 * @throws {Refusal} also `backup/unreadable`, with `madeFor` where that is another recovery key, and `backup/key`; {MpcError} of the key's file
 */
export async function openInto(folder: string, options: OpenOptions): Promise<{ readonly header: BackupHeader; readonly opened: OpenedBackup }> {
  const { from, key } = options;
  const header = readHeader(options);
  let own: string;
  try {
    own = b64.encode(publicRecoveryKey(key));
  } catch (error) {
    return refusing(error);
  }
  if (own !== header.madeFor) throw new Refusal('backup/unreadable', { madeFor: header.madeFor });
  try {
    return { header, opened: await openBackup({ key, from, folder, names: allowedNames }) };
  } catch (error) {
    return refusing(error);
  }
}
