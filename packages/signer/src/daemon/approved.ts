/**
 * Which genesis a signer has approved: one in its life. A second would be a second network with the same keys.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { CannotRun } from '@quorate/daemon';
import { utf8 } from '@quorate/wire';
import { approvedFileIn, exists, writeDurably } from '../files.ts';

const approvedIn = (dir: string): string | null => (exists(approvedFileIn(dir)) ? readFileSync(approvedFileIn(dir), 'utf8').trim() : null);

/** Durable before the approval leaves the signer. The same hash again changes nothing. @throws {CannotRun} for another one */
export function rememberApproved(dir: string, genesisHash: string): void {
  const before = approvedIn(dir);
  if (before === null) writeDurably(approvedFileIn(dir), utf8.encode(`${genesisHash}\n`));
  else if (before !== genesisHash)
    throw new CannotRun(
      'refused',
      `This signer has approved the genesis ${before} and approves no second one. If that network never came to be, begin again with a new signer: \`quorate-signer init\` in an empty folder.`,
    );
}

/** @throws {CannotRun} where this signer's operator has approved none, or another genesis than this */
export function requireApproved(dir: string, genesisHash: string): void {
  const before = approvedIn(dir);
  if (before === null) throw new CannotRun('refused', 'This signer has approved no genesis: compare the fingerprints and run `quorate-signer approve`.');
  if (before !== genesisHash)
    throw new CannotRun('refused', `This signer has approved the genesis ${before}, not ${genesisHash}: check founding and genesisHash.`);
}
