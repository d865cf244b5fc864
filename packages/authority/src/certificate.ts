/**
 * Certificates: what a quorum of signers has put its name to. An act counts with q = t acknowledgements, a key with the
 * signatures of all n.
 *
 * @module
 */
import { type ActRecord, b64, type Head, type KeyCertificate, Refusal, type Signed, type SignerId, verifySigned } from '@quorate/wire';
import { nextHead, reduce } from './reduce.ts';
import { keysFrom, type Roster, verifyBySigner } from './roster.ts';
import type { AuthorityState } from './state.ts';
import { verifyEvidence } from './verify-evidence.ts';

/**
 * The distinct signers among `acks` that truly acknowledged this head as this number. A key counts that its signer had
 * before this act or got later; one that was replaced by then does not.
 */
export async function verifyAcks(roster: Roster, head: Head, acks: readonly Signed<'ack'>[]): Promise<readonly SignerId[]> {
  const valid = await Promise.all(
    acks.map(async (ack) => {
      const { body } = ack;
      const about = body.genesisHash === roster.genesisHash && body.orgId === roster.genesis.orgId && body.number === head.number && body.head === head.hash;
      return about && (await verifyBySigner(roster, 'ack', ack, head.number - 1)) ? ack.signerId : null;
    }),
  );
  return [...new Set(valid.filter((id) => id !== null))];
}

/** Whether these acknowledgements certify the act: a quorum is as many as must sign. */
export async function isCertified(roster: Roster, head: Head, acks: readonly Signed<'ack'>[]): Promise<boolean> {
  return (await verifyAcks(roster, head, acks)).length >= roster.genesis.threshold;
}

/**
 * Applies the next certified act, of whatever age.
 * @throws {Refusal} `authority/conflict` for another number, `authority/uncertified`, or what the act itself is refused for
 */
export async function applyRecord(state: AuthorityState, record: ActRecord): Promise<AuthorityState> {
  const head = nextHead(state, record.evidence);
  if (record.number !== head.number) throw new Refusal('authority/conflict', { expected: head.number, offered: record.number });
  if (!(await isCertified(state, head, record.acks))) throw new Refusal('authority/uncertified', { number: head.number });
  return reduce(state, await verifyEvidence(state, record.evidence, { freshness: 'waived' }));
}

/**
 * Checks a key certificate against the roster: made for its genesis and epoch, signed by every signer, all with keys that
 * were in use at one and the same time.
 * @throws {Refusal} `certificate/invalid` naming what is wrong
 */
export async function verifyKeyCertificate(roster: Roster, certificate: KeyCertificate): Promise<void> {
  const { genesis, genesisHash } = roster;
  const { body, signatures } = certificate;
  const refuse = (reason: string): never => {
    throw new Refusal('certificate/invalid', { reason, keyId: body.keyId });
  };
  if (body.genesisHash !== genesisHash) refuse('made for another organisation');
  if (body.epoch !== genesis.epoch || body.threshold !== genesis.threshold) refuse('made for another roster');
  if (body.signers.length !== genesis.signers.length || body.signers.some((id, i) => genesis.signers[i]?.id !== id)) refuse('made for another roster');
  if (body.publicShares.length !== genesis.signers.length) refuse('a public share is missing');
  if (signatures.length !== genesis.signers.length) refuse('a signature is missing');
  const times = await Promise.all(
    genesis.signers.map(async ({ id }) => {
      const own = signatures.find((signature) => signature.signerId === id);
      return own === undefined ? null : timeOf(roster, { body, ...own });
    }),
  );
  const bad = genesis.signers.find((_, i) => times[i] === null);
  if (bad !== undefined) refuse(`not signed by ${bad.id} with any key it is known to have had`);
  const known = times.filter((time) => time !== null);
  if (Math.max(...known.map(({ since }) => since)) >= Math.min(...known.map(({ until }) => until)))
    refuse('signed with keys that were never in use at one time');
}

/** In which states the key was in use that this signature was made with: from act `since` until before act `until`. */
async function timeOf(roster: Roster, statement: Signed<'certificate'>): Promise<{ readonly since: number; readonly until: number } | null> {
  const all = keysFrom(roster, statement.signerId, 0);
  for (const [i, { identityKey, since }] of all.entries())
    if (await verifySigned('certificate', statement, b64.decode(identityKey))) return { since, until: all[i + 1]?.since ?? Number.POSITIVE_INFINITY };
  return null;
}
