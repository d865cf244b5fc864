/**
 * The envelope: the one form of everything that server and signers send each other.
 *
 * `fields('quorate/envelope/v1', network, from, to, kind, id, re, session, seq, sentAt, deadline, body) || signature`,
 * where the signature (Ed25519, 64 bytes, by `from`) is over everything before it. Calls and replies carry a sealed
 * body whose associated data is {@link headerBytes}; notices are signed only; protocol bodies come sealed from Rust.
 *
 * @module
 */
import { concat, decodeFields, encodeFields, type Field, hex, utf8 } from '@quorate/wire';

const DOMAIN = 'quorate/envelope/v1';
const HEADER_DOMAIN = 'quorate/envelope-header/v1';
const FIELDS = 11;
const SIGNATURE_BYTES = 64;
const ID_BYTES = 16;

/** The receiver's name where there is more than one: notices and protocol broadcasts. */
export const EVERYONE = '*';

export interface Header {
  /** Genesis hash of the network, lower-case hex. */
  readonly network: string;
  readonly from: string;
  /** One party's id, or {@link EVERYONE}. */
  readonly to: string;
  readonly kind: string;
  /** 16 random bytes, lower-case hex. */
  readonly id: string;
  /** The id of the call that this replies to; else empty. */
  readonly re: string;
  /** The protocol session; else empty. */
  readonly session: string;
  readonly seq: number;
  /** Milliseconds by the sender's clock. */
  readonly sentAt: number;
  /** Milliseconds; worthless to the sender from then on. */
  readonly deadline: number;
}

export interface Envelope extends Header {
  readonly body: Uint8Array;
}

/** An envelope taken apart but not believed: nothing in it counts before `signature` is verified over `signed`. */
export interface Frame {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly fields: readonly Uint8Array[];
}

const headerFields = (header: Header): Field[] => [
  header.network,
  header.from,
  header.to,
  header.kind,
  hex.decode(header.id),
  hex.decode(header.re),
  header.session,
  header.seq,
  header.sentAt,
  header.deadline,
];

/** What a sealed body is bound to: the whole header. */
export const headerBytes = (header: Header): Uint8Array => encodeFields(HEADER_DOMAIN, headerFields(header));

/** The signed envelope as it travels. */
export function encodeEnvelope(envelope: Envelope, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const signed = encodeFields(DOMAIN, [...headerFields(envelope), envelope.body]);
  return concat(signed, sign(signed));
}

/** Takes bytes apart; `null` when they are no envelope. */
export function frameOf(bytes: Uint8Array): Frame | null {
  if (bytes.length <= SIGNATURE_BYTES) return null;
  const signed = bytes.subarray(0, -SIGNATURE_BYTES);
  const fields = decodeFields(DOMAIN, FIELDS, signed);
  return fields === null ? null : { signed, signature: bytes.subarray(-SIGNATURE_BYTES), fields };
}

/** Printable ASCII without spaces, so that it can stand in a log. */
const NAME = /^[!-~]{1,128}$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

function text(field: Uint8Array | undefined): string | null {
  if (field === undefined || field.length > 128) return null;
  try {
    return utf8.decode(field);
  } catch {
    return null;
  }
}

function name(field: Uint8Array | undefined): string | null {
  const value = text(field);
  return value !== null && NAME.test(value) ? value : null;
}

function integer(field: Uint8Array | undefined): number | null {
  const value = text(field);
  if (value === null || !DECIMAL.test(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** Where a frame says it comes from and goes to; `null` where it says nothing readable. */
export function addressOfFrame(frame: Frame): { readonly network: string; readonly from: string; readonly to: string } | null {
  const [network, from, to] = frame.fields.slice(0, 3).map(name);
  return network == null || from == null || to == null ? null : { network, from, to };
}

/** The frame's content, or `null` where a field is malformed. Only one byte form yields each envelope. */
export function envelopeOf(frame: Frame): Envelope | null {
  const address = addressOfFrame(frame);
  const [, , , kindField, idField, reField, sessionField, seqField, sentAtField, deadlineField, body] = frame.fields;
  const kind = name(kindField);
  const session = sessionField?.length === 0 ? '' : name(sessionField);
  const [seq, sentAt, deadline] = [integer(seqField), integer(sentAtField), integer(deadlineField)];
  if (address === null || kind === null || session === null || seq === null || sentAt === null || deadline === null) return null;
  if (idField?.length !== ID_BYTES || reField === undefined || (reField.length !== 0 && reField.length !== ID_BYTES) || body === undefined) return null;
  return { ...address, kind, id: hex.encode(idField), re: hex.encode(reField), session, seq, sentAt, deadline, body };
}

/** Who bytes say they are from, believed or not; for taps and traces. */
export function claimedSender(bytes: Uint8Array): string | null {
  const frame = frameOf(bytes);
  return frame === null ? null : (addressOfFrame(frame)?.from ?? null);
}
