/**
 * Certificates: what a quorum of signers has put its name to. An act counts with q = t acknowledgements, a key with the
 * signatures of all n.
 *
 * @module
 */
import {
  type ActRecord,
  b64,
  type Genesis,
  type Head,
  type KeyCertificate,
  Refusal,
  type Signed,
  type SignedKind,
  type SignerId,
  verifySigned,
} from '@quorate/wire';
import { nextHead, reduce } from './reduce.ts';
import type { AuthorityState } from './state.ts';
import { verifyEvidence } from './verify-evidence.ts';

/** Whether a signer of the roster, and no one else, made this statement. */
export async function verifyBySigner<K extends SignedKind>(genesis: Genesis, kind: K, statement: Signed<K>): Promise<boolean> {
  const signer = genesis.signers.find(({ id }) => id === statement.signerId);
  return signer !== undefined && verifySigned(kind, statement, b64.decode(signer.identityKey));
}

/** The distinct signers among `acks` that truly acknowledged this head as this number. */
export async function verifyAcks(genesis: Genesis, genesisHash: string, head: Head, acks: readonly Signed<'ack'>[]): Promise<readonly SignerId[]> {
  const valid = await Promise.all(
    acks.map(async (ack) => {
      const { body } = ack;
      const about = body.genesisHash === genesisHash && body.orgId === genesis.orgId && body.number === head.number && body.head === head.hash;
      return about && (await verifyBySigner(genesis, 'ack', ack)) ? ack.signerId : null;
    }),
  );
  return [...new Set(valid.filter((id) => id !== null))];
}

/** Whether these acknowledgements certify the act: a quorum is as many as must sign. */
export async function isCertified(genesis: Genesis, genesisHash: string, head: Head, acks: readonly Signed<'ack'>[]): Promise<boolean> {
  return (await verifyAcks(genesis, genesisHash, head, acks)).length >= genesis.threshold;
}

/**
 * Applies the next certified act, of whatever age.
 * @throws {Refusal} `authority/conflict` for another number, `authority/uncertified`, or what the act itself is refused for
 */
export async function applyRecord(state: AuthorityState, record: ActRecord): Promise<AuthorityState> {
  const head = nextHead(state, record.evidence);
  if (record.number !== head.number) throw new Refusal('authority/conflict', { expected: head.number, offered: record.number });
  if (!(await isCertified(state.genesis, state.genesisHash, head, record.acks))) throw new Refusal('authority/uncertified', { number: head.number });
  return reduce(state, await verifyEvidence(state, record.evidence, { freshness: 'waived' }));
}

/**
 * Checks a key certificate against the genesis: made for this roster and epoch, signed by every signer of it.
 * @throws {Refusal} `certificate/invalid` naming what is wrong
 */
export async function verifyKeyCertificate(genesis: Genesis, genesisHash: string, certificate: KeyCertificate): Promise<void> {
  const { body, signatures } = certificate;
  const refuse = (reason: string): never => {
    throw new Refusal('certificate/invalid', { reason, keyId: body.keyId });
  };
  if (body.genesisHash !== genesisHash) refuse('made for another organisation');
  if (body.epoch !== genesis.epoch || body.threshold !== genesis.threshold) refuse('made for another roster');
  if (body.signers.length !== genesis.signers.length || body.signers.some((id, i) => genesis.signers[i]?.id !== id)) refuse('made for another roster');
  if (body.publicShares.length !== genesis.signers.length) refuse('a public share is missing');
  if (signatures.length !== genesis.signers.length) refuse('a signature is missing');
  const valid = await Promise.all(
    genesis.signers.map(({ id }) => {
      const own = signatures.find((signature) => signature.signerId === id);
      return own !== undefined && verifyBySigner(genesis, 'certificate', { body, ...own });
    }),
  );
  const bad = genesis.signers.find((_, i) => !valid[i]);
  if (bad !== undefined) refuse(`not signed by ${bad.id}`);
}
