/**
 * A receipt: one file from which anyone can see offline who had a key exported, who released it, and how many signers
 * have retired it (docs/contract.md, receipts).
 *
 * It has exactly one byte form, RFC 8785, and every list in it one order: whoever changes a byte has no receipt.
 *
 * @module
 */
import * as z from 'zod';
import { utf8 } from './bytes.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import { Evidence } from './evidence.ts';
import { Genesis } from './genesis.ts';
import { ActRecord } from './messages.ts';
import { Refusal } from './refusal.ts';
import { Authorization, KeyCertificate, SignedRelease, SignedTombstone } from './signed.ts';

/** The longest receipt that is written or read, in bytes of UTF-8. */
export const MAX_RECEIPT_BYTES = 16_777_216;

/** Statements and signatures stand in the order of the roster, one of each signer; acts by number, from 1. */
export const Receipt = z
  .strictObject({
    v: z.literal('1'),
    genesis: Genesis,
    certificate: KeyCertificate,
    evidence: Evidence,
    authorization: Authorization,
    releases: z.array(SignedRelease).max(16),
    tombstones: z.array(SignedTombstone).max(16),
    /** All acts up to the authorization's head; left out where the signers' word for it is enough. */
    acts: z.array(ActRecord).max(100_000).optional(),
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.infer<typeof Receipt>;

/** The file's text. @throws {Refusal} `receipt/too-large` */
export function writeReceipt(receipt: Receipt): string {
  const text = canonicalJson(receipt as Json);
  if (isTooLarge(text)) throw new Refusal('receipt/too-large');
  return text;
}

/**
 * Reads a file's shape and its byte form; nothing in it has been verified.
 * @throws {Refusal} `receipt/too-large`, `receipt/malformed`, `receipt/not-canonical`
 */
export function readReceipt(file: string | Uint8Array): Receipt {
  const text = textOf(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('receipt/malformed', { problem: 'not JSON' });
  }
  const parsed = Receipt.safeParse(value);
  if (!parsed.success) throw new Refusal('receipt/malformed', { member: parsed.error.issues[0]?.path.join('.') ?? '' });
  // Of the parsed value: what the schema does not know, and what stood there twice, is missing here.
  if (canonicalJson(parsed.data as Json) !== text) throw new Refusal('receipt/not-canonical');
  return parsed.data;
}

function textOf(file: string | Uint8Array): string {
  if (typeof file === 'string') {
    if (isTooLarge(file)) throw new Refusal('receipt/too-large');
    return file;
  }
  if (file.length > MAX_RECEIPT_BYTES) throw new Refusal('receipt/too-large');
  try {
    return utf8.decode(file);
  } catch {
    throw new Refusal('receipt/malformed', { problem: 'not UTF-8' });
  }
}

/** UTF-8 is one to three bytes for a unit of UTF-16. */
const isTooLarge = (text: string): boolean =>
  text.length > MAX_RECEIPT_BYTES || (text.length * 3 > MAX_RECEIPT_BYTES && utf8.encode(text).length > MAX_RECEIPT_BYTES);
