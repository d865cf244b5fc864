/**
 * The founding: a genesis with the approval of every signer in it. Daemons start on nothing less.
 *
 * @module
 */
import { b64, encodeFields, Genesis, isRefusal, readGenesis, SignerId, verifyEd25519 } from '@quorate/wire';
import * as z from 'zod';
import { CannotRun } from '../exit.ts';
import { readJsonFile } from '../files.ts';
import { readFingerprint } from '../fingerprint.ts';
import { bytesOf, signerFingerprint } from './card.ts';

const APPROVAL = 'quorate/genesis-approval/v1';
const FOUNDING = 'quorate/founding/v1';

/** A signer's word that its operator has compared all fingerprints and wants this genesis. */
export const Approval = z.strictObject({ kind: z.literal(APPROVAL), genesisHash: z.string(), signerId: SignerId, signature: z.string().length(88) });
export type Approval = z.infer<typeof Approval>;

export const Founding = z.strictObject({ kind: z.literal(FOUNDING), genesis: Genesis, approvals: z.array(Approval).max(16) });
export type Founding = z.infer<typeof Founding>;

const approvalBytes = (genesisHash: string, signerId: SignerId): Uint8Array => encodeFields(APPROVAL, [genesisHash, b64.decode(signerId)]);

/** `signerId`: at a genesis, a signer's id is its identity key. */
export function makeApproval(genesisHash: string, signerId: SignerId, sign: (message: Uint8Array) => Uint8Array): Approval {
  return { kind: APPROVAL, genesisHash, signerId, signature: b64.encode(sign(approvalBytes(genesisHash, signerId))) };
}

/** A genesis from anywhere, against the hash that was typed. @throws {CannotRun} */
export function genesisOf(value: unknown, genesisHash: string): Genesis {
  try {
    return readGenesis(value, genesisHash);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const reason = (error.detail as { readonly reason?: string } | undefined)?.reason;
    if (reason === 'hash')
      throw new CannotRun(
        'refused',
        `The genesis has another hash than ${genesisHash}. It was changed, or the hash was mistyped: compare the hash with the other operators, and take the genesis again from whoever drafted it.`,
      );
    throw new CannotRun('refused', `The genesis does not hold (${reason ?? 'malformed'}): draft it again with \`quorate-server genesis-draft\`.`);
  }
}

/** @throws {CannotRun} */
export const readDraft = (path: string, genesisHash: string): Genesis => genesisOf(readJsonFile(path, 'The genesis'), genesisHash);

/** All fingerprints of a genesis against those that operators said, no more and no fewer. @throws {CannotRun} */
export function compareFingerprints(genesis: Genesis, given: readonly string[]): void {
  const said = new Set(
    given.map((text) => {
      const fingerprint = readFingerprint(text);
      if (fingerprint === null) throw new CannotRun('usage', `“${text.slice(0, 60)}” is no fingerprint: it is eight groups of five letters and digits.`);
      return fingerprint;
    }),
  );
  const there = new Set(genesis.signers.map(signerFingerprint));
  const unknown = [...there].filter((fingerprint) => !said.has(fingerprint));
  const absent = [...said].filter((fingerprint) => !there.has(fingerprint));
  if (unknown.length > 0)
    throw new CannotRun(
      'refused',
      `The genesis names signers whose fingerprints you did not give:\n${lines(unknown)}\nAsk their operators, by another way than the files came, and do not approve before each agrees.`,
    );
  if (absent.length > 0)
    throw new CannotRun(
      'refused',
      `These fingerprints stand for no signer of the genesis:\n${lines(absent)}\nThe roster was changed, or a fingerprint misheard: do not approve it.`,
    );
}

const lines = (items: readonly string[]): string => items.map((item) => `  ${item}`).join('\n');

/** Puts approvals to their genesis. @throws {CannotRun} until every signer has approved this genesis */
export async function makeFounding(genesis: Genesis, genesisHash: string, approvals: readonly unknown[]): Promise<Founding> {
  const given = approvals.map((value) => {
    const read = Approval.safeParse(value);
    if (!read.success) throw new CannotRun('refused', 'One of the approvals is none: take it again from `quorate-signer approve`.');
    return read.data;
  });
  const byId = new Map(given.map((approval) => [approval.signerId, approval]));
  for (const { signerId } of given) {
    if (!genesis.signers.some(({ id }) => id === signerId))
      throw new CannotRun('refused', `There is an approval of ${signerId}, which is no signer of this genesis: leave it out.`);
  }
  const missing: string[] = [];
  const ordered: Approval[] = [];
  for (const signer of genesis.signers) {
    const approval = byId.get(signer.id);
    if (approval === undefined) missing.push(signerFingerprint(signer));
    else if (!(await holds(approval, genesisHash)))
      throw new CannotRun(
        'refused',
        `The approval of\n  ${signerFingerprint(signer)}\nis for another genesis, or not by that signer: its operator has to approve this one with \`quorate-signer approve\`.`,
      );
    else ordered.push(approval);
  }
  if (missing.length > 0)
    throw new CannotRun(
      'refused',
      `Not approved yet by\n${lines(missing)}\nEach operator runs \`quorate-signer approve\` on the same genesis; a founding needs all of them.`,
    );
  return { kind: FOUNDING, genesis, approvals: ordered };
}

const holds = (approval: Approval, genesisHash: string): Promise<boolean> =>
  approval.genesisHash === genesisHash
    ? verifyEd25519(b64.decode(approval.signerId), approvalBytes(genesisHash, approval.signerId), bytesOf(approval.signature))
    : Promise.resolve(false);

/** What a daemon starts on. @throws {CannotRun} for another genesis than the typed hash's, or a missing approval */
export async function readFounding(path: string, genesisHash: string): Promise<Genesis> {
  const read = Founding.safeParse(readJsonFile(path, 'The founding'));
  if (!read.success)
    throw new CannotRun('refused', `${path} is not a founding: make it with \`quorate-server genesis-finish\`, once all signers have approved.`);
  const genesis = genesisOf(read.data.genesis, genesisHash);
  await makeFounding(genesis, genesisHash, read.data.approvals);
  return genesis;
}
