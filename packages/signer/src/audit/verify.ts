/**
 * Verification of an audit trail against itself, against the head its signer signed, and against the heads that its
 * peers have kept: finds what was changed, dropped, put elsewhere or added.
 *
 * @module
 */
import { genesisRoster, type Roster, verifyBySigner } from '@quorate/authority';
import type { Genesis, Signed, SignerId } from '@quorate/wire';
import { type AuditHead, type Broken, checkLink, EMPTY_HEAD } from './rows.ts';
import type { Trail } from './trail.ts';

/**
 * - `changed`, `missing`, `out of order`: of an entry, by the chain
 * - `rolled back`: entries are gone, and the trail itself says so
 * - `malformed`: a line of the file
 * - `foreign`: the trail of another signer or organisation
 * - `unsigned`: no signed head covers the entries up to here
 * - `contradicted`, `ends early`: a head that the signer has signed names another entry, or a later one
 */
export type AuditFault = Broken | 'malformed' | 'foreign' | 'unsigned' | 'contradicted' | 'ends early';

export interface AuditFinding {
  readonly fault: AuditFault;
  /** Of the entry; of a malformed line, the line's number. */
  readonly number: number;
}

export interface AuditReport {
  /** Nothing was found. */
  readonly holds: boolean;
  readonly entries: number;
  readonly head: AuditHead;
  /** The last entry that a signature of the signer covers; later ones rest on their chain alone. */
  readonly signedUpTo: number;
  readonly findings: readonly AuditFinding[];
}

export interface VerifyAuditOptions {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly signerId: SignerId;
  /** Which keys the signers have had, where acts have rotated them. @default those of the genesis */
  readonly roster?: Roster;
  /** Kept by peers; those of other signers are passed over. */
  readonly heads?: readonly Signed<'auditHead'>[];
  /** Whether the last entry must be signed: it is in a file that was written out, and not in a store in use. @default true */
  readonly complete?: boolean;
}

export async function verifyAudit(
  trail: Trail,
  { genesis, genesisHash, signerId, roster, heads = [], complete = true }: VerifyAuditOptions,
): Promise<AuditReport> {
  const keys = roster ?? genesisRoster(genesis, genesisHash);
  const findings: AuditFinding[] = trail.malformed.map((number) => ({ fault: 'malformed', number }));
  if (trail.signerId !== signerId || trail.genesisHash !== genesisHash) findings.push({ fault: 'foreign', number: 0 });

  const hashes = new Map<number, string>([[0, EMPTY_HEAD.hash]]);
  let last: AuditHead = EMPTY_HEAD;
  for (const row of trail.rows) {
    const broken = checkLink(last, row);
    if (broken !== null) findings.push({ fault: broken, number: broken === 'missing' ? last.number + 1 : row.number });
    if (broken !== 'out of order') hashes.set(row.number, row.hash);
    last = row;
  }

  let signedUpTo = 0;
  let ended = false;
  for (const head of [...trail.heads, ...heads]) {
    const { number, hash } = head.body;
    if (head.signerId !== signerId) continue;
    const signed = head.body.genesisHash === genesisHash && (await verifyBySigner(keys, 'auditHead', head, head.body.actNumber));
    // Anyone can make up a head; only one that is signed says anything.
    if (!signed) continue;
    if (number > last.number) findings.push({ fault: 'ends early', number: last.number + 1 });
    else if (hashes.get(number) !== hash) findings.push({ fault: 'contradicted', number });
    else {
      signedUpTo = Math.max(signedUpTo, number);
      ended ||= number === last.number && trail.heads.includes(head);
    }
  }
  if (complete && !ended) findings.push({ fault: 'unsigned', number: signedUpTo + 1 });
  return { holds: findings.length === 0, entries: trail.rows.length, head: { number: last.number, hash: last.hash }, signedUpTo, findings };
}
