/**
 * The roster file: the cards of the signers that will found a network, each let in by the fingerprint that its operator
 * said.
 *
 * @module
 */
import { existsSync, renameSync } from 'node:fs';
import { b64, compare } from '@quorate/wire';
import * as z from 'zod';
import { CannotRun } from '../exit.ts';
import { jsonText, readJsonFile, writeFresh } from '../files.ts';
import { readFingerprint } from '../fingerprint.ts';
import { holdsCard, readSignerCard, SignerCard, signerFingerprint } from './card.ts';

const KIND = 'quorate/roster/v1';
const MAX_SIGNERS = 16;

export const Roster = z.strictObject({ kind: z.literal(KIND), signers: z.array(SignerCard).max(MAX_SIGNERS) });
export type Roster = z.infer<typeof Roster>;

/** @throws {CannotRun} where a card in it does not hold, or stands in another order or twice */
export async function readRoster(path: string): Promise<Roster> {
  const read = Roster.safeParse(readJsonFile(path, 'The roster'));
  if (!read.success) throw new CannotRun('refused', `${path} is not a roster: begin it with \`quorate-server roster-add\`.`);
  for (const card of read.data.signers) {
    if (!(await holdsCard(card)))
      throw new CannotRun('refused', `The card of ${signerFingerprint(card)} in ${path} was changed: begin the roster anew with the signers’ own cards.`);
  }
  const ids = read.data.signers.map(({ identityKey }) => b64.decode(identityKey));
  if (ids.some((id, i) => i > 0 && compare(ids[i - 1] as Uint8Array, id) >= 0))
    throw new CannotRun('refused', `The signers in ${path} are not in their order, or one is there twice: begin the roster anew.`);
  return read.data;
}

/**
 * Adds a card to the roster, which is made where it is not there. The same card again changes nothing.
 * @throws {CannotRun} for a card with another fingerprint than the one given
 */
export async function addToRoster(path: string, cardPath: string, given: string): Promise<{ readonly roster: Roster; readonly card: SignerCard }> {
  const card = await readSignerCard(cardPath);
  const said = readFingerprint(given);
  if (said === null)
    throw new CannotRun('usage', 'A fingerprint is eight groups of five letters and digits: take it from the signer’s operator, not from the card.');
  if (said !== signerFingerprint(card))
    throw new CannotRun(
      'refused',
      `The card ${cardPath} has the fingerprint\n  ${signerFingerprint(card)}\nand its operator says\n  ${said}\nIt is not that signer’s card, or was changed on its way: have it sent again, by another way.`,
    );
  const present = existsSync(path) ? await readRoster(path) : ({ kind: KIND, signers: [] } as const);
  const others = present.signers.filter(({ identityKey }) => identityKey !== card.identityKey);
  if (others.length === MAX_SIGNERS) throw new CannotRun('refused', `A roster has at most ${MAX_SIGNERS} signers.`);
  const signers = [...others, card].sort((a, b) => compare(b64.decode(a.identityKey), b64.decode(b.identityKey)));
  const roster: Roster = { kind: KIND, signers };
  const draft = `${path}.new`;
  writeFresh(draft, jsonText(roster));
  renameSync(draft, path);
  return { roster, card };
}
