/**
 * What stands inside an envelope: a share on its way out (contract §9.3) or in (§9.4), as Dfns's library writes it.
 * Readers take members in any order and ignore further ones; everything else is strict.
 *
 * @module
 */
import * as z from 'zod';
import { hex, utf8 } from './bytes.ts';
import { groups, readScalar, writeScalar } from './groups.ts';
import { Refusal } from './refusal.ts';
import { Curve } from './schemes.ts';
import { parseStrictJson } from './strict-json.ts';

const ScalarText = z.object({ curve: Curve, scalar: z.string().regex(/^[0-9a-f]{64}$/) });
const PointText = z.object({
  curve: Curve,
  point: z
    .string()
    .regex(/^([0-9a-f]{2})+$/)
    .max(130),
});
const ExportText = z.object({ version: z.literal(1), index: ScalarText, secret_share: ScalarText });
const ImportText = z.object({ version: z.literal(1), secret_share: ScalarText, public_shares: z.array(PointText).min(2).max(16) });

export interface ExportShare {
  readonly curve: Curve;
  /** Where the sharing polynomial is evaluated; not zero, below the order, otherwise any value. */
  readonly index: bigint;
  /** Scalar, 32 bytes big-endian on every curve, not zero. The caller wipes it. */
  readonly share: Uint8Array;
}

export interface ImportShare {
  readonly curve: Curve;
  /** Scalar, 32 bytes big-endian on every curve, not zero. The caller wipes it. */
  readonly share: Uint8Array;
  /** `share · G` of every signer in roster order, compressed (33 bytes; 32 on ed25519). */
  readonly publicShares: readonly Uint8Array[];
}

/** @throws {Refusal} `share/malformed` */
export function parseExportShare(plaintext: Uint8Array): ExportShare {
  const text = parse(ExportText, plaintext);
  if (text.index.curve !== text.secret_share.curve) throw malformed('two curves');
  const curve = text.index.curve;
  return { curve, index: readScalar(scalarOf(text.index, 'index')), share: scalarOf(text.secret_share, 'secret_share') };
}

/** The text Dfns's signers write, byte for byte. @throws {RangeError} on a scalar that {@link parseExportShare} would refuse */
export function formatExportShare({ curve, index, share }: ExportShare): Uint8Array {
  const text = { version: 1, index: scalarText(curve, writeScalar(index)), secret_share: scalarText(curve, share) };
  return utf8.encode(JSON.stringify(text));
}

/**
 * Checks every point by itself; whether they lie on one polynomial and belong to this share is for the signer to say.
 * @throws {Refusal} `share/malformed`
 */
export function parseImportShare(plaintext: Uint8Array): ImportShare {
  const text = parse(ImportText, plaintext);
  const curve = text.secret_share.curve;
  const publicShares = text.public_shares.map((entry) => {
    if (entry.curve !== curve) throw malformed('two curves');
    const bytes = hex.decode(entry.point);
    if (bytes.length !== groups[curve].textPointBytes) throw malformed('point');
    try {
      return groups[curve].compress(bytes);
    } catch {
      throw malformed('point');
    }
  });
  return { curve, share: scalarOf(text.secret_share, 'secret_share'), publicShares };
}

/** The text Dfns's helper writes, byte for byte. @throws on scalars and points that {@link parseImportShare} would refuse */
export function formatImportShare({ curve, share, publicShares }: ImportShare): Uint8Array {
  const points = publicShares.map((point) => ({ curve, point: hex.encode(groups[curve].toText(point)) }));
  return utf8.encode(JSON.stringify({ version: 1, secret_share: scalarText(curve, share), public_shares: points }));
}

const malformed = (problem: string): Refusal => new Refusal('share/malformed', { problem });

// The cause of a failure to parse quotes the text, which is secret: it goes no further.
function parse<S extends z.ZodType>(schema: S, plaintext: Uint8Array): z.output<S> {
  let value: unknown;
  try {
    value = parseStrictJson(utf8.decode(plaintext));
  } catch {
    throw malformed('not JSON');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw malformed(parsed.error.issues[0]?.path.join('.') || 'shape');
  return parsed.data;
}

const isScalar = (curve: Curve, value: bigint): boolean => value > 0n && value < groups[curve].order;

function scalarOf(text: z.output<typeof ScalarText>, member: string): Uint8Array {
  const bytes = hex.decode(text.scalar);
  if (!isScalar(text.curve, readScalar(bytes))) throw malformed(member);
  return bytes;
}

function scalarText(curve: Curve, scalar: Uint8Array): { curve: Curve; scalar: string } {
  if (!isScalar(curve, readScalar(scalar))) throw new RangeError('a share’s scalars are neither zero nor the order or above');
  return { curve, scalar: hex.encode(scalar) };
}
