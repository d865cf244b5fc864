/**
 * Which keys the statements in a receipt were made with. As long as they are those of the genesis a receipt explains
 * itself; a later key is proven by the acts that made it one.
 *
 * @module
 */
import { b64, type Receipt, type Signed, type SignedKind, verifySigned } from '@quorate/wire';
import { type CountsFrom, keysFrom, type Roster } from './roster.ts';

/** The roster as it was after the act of this number. */
export function rosterAt(roster: Roster, number: number): Roster {
  const { genesis, genesisHash, signerKeys } = roster;
  return { genesis, genesisHash, signerKeys: signerKeys.map((all) => all.filter(({ since }) => since <= number)) };
}

/** Whether any signer has other keys than at genesis. */
export const isRotated = ({ signerKeys }: Pick<Roster, 'signerKeys'>): boolean => signerKeys.some((all) => all.size > 1);

/** The last act that made a key with which anything in this receipt is signed; 0 where the genesis's keys are enough. */
export async function lastRotationIn(roster: Roster, receipt: Receipt): Promise<number> {
  if (!isRotated(roster)) return 0;
  const { certificate, authorization, releases, tombstones } = receipt;
  const { headNumber } = authorization.body;
  const times = await Promise.all([
    ...certificate.signatures.map((signature) => sinceOf(roster, 'certificate', { body: certificate.body, ...signature }, 0)),
    ...authorization.signatures.map((signature) => sinceOf(roster, 'authorization', { body: authorization.body, ...signature }, headNumber)),
    ...releases.map((release) => sinceOf(roster, 'release', release, headNumber)),
    ...tombstones.map((tombstone) => sinceOf(roster, 'tombstone', tombstone, headNumber)),
  ]);
  return Math.max(0, ...times);
}

/** Since which act its signer has the key that this was signed with; 0 for a key that is none of its own. */
async function sinceOf<K extends SignedKind>(roster: Roster, kind: K, statement: Signed<K>, from: CountsFrom): Promise<number> {
  for (const { identityKey, since } of keysFrom(roster, statement.signerId, from))
    if (await verifySigned(kind, statement, b64.decode(identityKey))) return since;
  return 0;
}
