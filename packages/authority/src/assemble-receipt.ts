/**
 * Puts a receipt together from the pieces that a server stores and an export answer carries. Server and client use this
 * one function, so that the same pieces make the same bytes. What does not verify is left out: one signer's rubbish
 * spoils no receipt.
 *
 * @module
 */
import {
  type ActRecord,
  type Authorization,
  b64url,
  canonicalJson,
  type Evidence,
  type Genesis,
  isRefusal,
  type KeyCertificate,
  type Receipt,
  Refusal,
  type Signed,
  type SignedKind,
  type SignerId,
} from '@quorate/wire';
import { verifyAcks, verifyKeyCertificate } from './certificate.ts';
import { type ExportRequest, isAuthorizationOf, isReleaseOf, isTombstoneOf, readExportRequest } from './export-request.ts';
import { lastRotationIn, rosterAt } from './receipt-keys.ts';
import { nextHead } from './reduce.ts';
import { type CountsFrom, type Roster, verifyBySigner } from './roster.ts';

export interface ReceiptPieces {
  readonly certificate: KeyCertificate;
  /** Requests that the statements may have been made for. */
  readonly requests: readonly Evidence[];
  readonly authorizations: readonly Authorization[];
  readonly releases: readonly Signed<'release'>[];
  readonly tombstones: readonly Signed<'tombstone'>[];
}

/**
 * The receipt of the one request for which enough signers have stated enough.
 * @throws {Refusal} `certificate/invalid`; `receipt/incomplete` with fewer than t authorizations at one head, releases
 *   or tombstones of every request there is
 */
export async function assembleReceipt(roster: Roster, pieces: ReceiptPieces): Promise<Receipt> {
  const { genesis, genesisHash } = roster;
  await verifyKeyCertificate(roster, pieces.certificate);
  const distinct = new Map(pieces.requests.flatMap((evidence) => readable(evidence, genesisHash)).map((request) => [request.challenge, request]));
  const drafts = await Promise.all([...distinct.values()].map((request) => draftOf(roster, request, pieces)));
  // Requests without a quorum of anything are passed over; of several that have it, the one that most have released for.
  const [best] = drafts.sort((a, b) => b.worth - a.worth || (a.request.challenge < b.request.challenge ? -1 : 1));
  const counts = {
    authorizations: best?.authorization?.signatures.length ?? 0,
    releases: best?.releases.length ?? 0,
    tombstones: best?.tombstones.length ?? 0,
  };
  if (best === undefined || best.authorization === null || Math.min(...Object.values(counts)) < genesis.threshold) {
    throw new Refusal('receipt/incomplete', { requests: drafts.length, ...counts, needed: genesis.threshold });
  }
  const { authorization, releases, tombstones } = best;
  const { body, signatures } = pieces.certificate;
  const certificate = { body, signatures: inOrder(genesis, signatures) };
  return { v: '1', genesis, certificate, evidence: bareEvidence(best.request.evidence), authorization, releases, tombstones };
}

/** Evidence of a request in the one form it has in a receipt, with nothing in it that its credential's signature does not cover. */
export function bareEvidence(evidence: Evidence): Evidence {
  if (evidence.kind === 'Fido2') return plainEvidence(evidence);
  const { authenticatorData: _, ...rest } = plainEvidence(evidence);
  return { ...rest, kind: 'Key' };
}

/** The same evidence, with the same canonical bytes, without padding. */
export function plainEvidence(evidence: Evidence): Evidence {
  const { clientData, signature, authenticatorData } = evidence;
  const plain = { ...evidence, clientData: unpadded(clientData), signature: unpadded(signature) };
  return authenticatorData === undefined ? plain : { ...plain, authenticatorData: unpadded(authenticatorData) };
}

const unpadded = (text: string): string => b64url.encode(b64url.decode(text));

/**
 * The receipt with the acts attached up to its head, or up to the last rotation that a key in it comes from.
 * @throws {Refusal} `receipt/incomplete` when the acts do not reach it
 */
export async function withActs(roster: Roster, receipt: Receipt, acts: readonly ActRecord[]): Promise<Receipt> {
  const last = await lastActOf(roster, receipt);
  const upTo = acts.filter(({ number }) => number <= last).sort((a, b) => a.number - b.number);
  if (upTo.length !== last || upTo.some(({ number }, i) => number !== i + 1)) throw new Refusal('receipt/incomplete', { acts: upTo.length, needed: last });
  const known = rosterAt(roster, last);
  const attached: ActRecord[] = [];
  let head = { number: 0, hash: roster.genesisHash };
  for (const { number, evidence, acks } of upTo) {
    head = nextHead({ head }, evidence);
    // One that came late, with a key that these acts do not make, proves nothing to who has only them.
    const good = known.signerKeys.equals(roster.signerKeys) ? null : await verifyAcks(known, head, acks);
    const kept = inOrder(roster.genesis, acks).filter(({ signerId }) => good === null || good.includes(signerId));
    attached.push({ number, evidence: plainEvidence(evidence), acks: kept });
  }
  return { ...receipt, acts: attached };
}

/** The act up to which a receipt has the acts, where it has them. */
export async function lastActOf(roster: Roster, receipt: Receipt): Promise<number> {
  return Math.max(receipt.authorization.body.headNumber, await lastRotationIn(roster, receipt));
}

interface Draft {
  readonly request: ExportRequest;
  readonly authorization: Authorization | null;
  readonly releases: Signed<'release'>[];
  readonly tombstones: Signed<'tombstone'>[];
  readonly worth: number;
}

function readable(evidence: Evidence, genesisHash: string): ExportRequest[] {
  try {
    return evidence.statement.genesisHash === genesisHash ? [readExportRequest(evidence)] : [];
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}

async function draftOf(roster: Roster, request: ExportRequest, pieces: ReceiptPieces): Promise<Draft> {
  const { genesis } = roster;
  const { body } = pieces.certificate;
  const authorization = await authorizationOf(roster, request, pieces);
  const from = authorization?.body.headNumber ?? Number(request.evidence.statement.headNumber);
  const [releases, tombstones] = await Promise.all([
    valid(
      roster,
      'release',
      pieces.releases.filter((release) => isReleaseOf(request, body, release)),
      from,
    ),
    valid(
      roster,
      'tombstone',
      pieces.tombstones.filter((tombstone) => isTombstoneOf(request, body, tombstone)),
      from,
    ),
  ]);
  const enough = [authorization?.signatures ?? [], releases, tombstones].filter(({ length }) => length >= genesis.threshold).length;
  return { request, authorization, releases: inOrder(genesis, releases), tombstones: inOrder(genesis, tombstones), worth: enough * 100 + releases.length };
}

/** Of all that was said of this request, the words that most signers signed; the latest head where several are equal. */
async function authorizationOf(roster: Roster, request: ExportRequest, { certificate, authorizations }: ReceiptPieces): Promise<Authorization | null> {
  const byBody = new Map<string, Authorization>();
  for (const { body, signatures } of authorizations.filter((one) => isAuthorizationOf(request, certificate.body, one))) {
    const name = canonicalJson(body);
    byBody.set(name, { body, signatures: [...(byBody.get(name)?.signatures ?? []), ...signatures] });
  }
  const counted = await Promise.all(
    [...byBody.values()].map(async ({ body, signatures }) => {
      const good = await valid(
        roster,
        'authorization',
        signatures.map((signature) => ({ body, ...signature })),
        body.headNumber,
      );
      return { body, signatures: inOrder(roster.genesis, good).map(({ signerId, signature }) => ({ signerId, signature })) };
    }),
  );
  const rank = (a: Authorization, b: Authorization): number =>
    b.signatures.length - a.signatures.length || b.body.headNumber - a.body.headNumber || (canonicalJson(a.body) < canonicalJson(b.body) ? -1 : 1);
  return counted.sort(rank)[0] ?? null;
}

async function valid<K extends SignedKind>(roster: Roster, kind: K, statements: readonly Signed<K>[], from: CountsFrom): Promise<Signed<K>[]> {
  const good = await Promise.all(statements.map((statement) => verifyBySigner(roster, kind, statement, from)));
  return statements.filter((_, i) => good[i]);
}

/** One of each signer, in the order of the roster. */
function inOrder<T extends { readonly signerId: SignerId }>(genesis: Genesis, statements: readonly T[]): T[] {
  return genesis.signers.flatMap(({ id }) => statements.find(({ signerId }) => signerId === id) ?? []);
}
