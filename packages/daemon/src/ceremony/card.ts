/**
 * Cards: the public parts of a signer and of a server, as their operators hand them on.
 *
 * A signer's card is signed by its identity key, so that no key on it can be swapped for another by mistake; who made it,
 * only the fingerprint tells.
 *
 * @module
 */
import type { RemoteParty } from '@quorate/link';
import { b64, badKeyOf, encodeFields, SignerKeys, verifyEd25519 } from '@quorate/wire';
import * as z from 'zod';
import { CannotRun } from '../exit.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { readJsonFile } from '../files.ts';

const SIGNER = 'quorate/signer-card/v1';
const SERVER = 'quorate/server-card/v1';

/** Public half of the nkey by which its holder logs in at brokers. It is nobody's identity, so no fingerprint covers it. */
const PublicNkey = z.string().regex(/^U[A-Z2-7]{55}$/);

export const SignerCard = z.strictObject({ kind: z.literal(SIGNER), ...SignerKeys.shape, nkey: PublicNkey, signature: z.string().length(88) });
export type SignerCard = z.infer<typeof SignerCard>;

export const ServerCard = z.strictObject({ kind: z.literal(SERVER), ...SignerKeys.pick({ identityKey: true, sealingKey: true }).shape, nkey: PublicNkey });
export type ServerCard = z.infer<typeof ServerCard>;

const cardBytes = ({ identityKey, sealingKey, importKey, nkey }: SignerKeys & { readonly nkey: string }): Uint8Array =>
  encodeFields(SIGNER, [...[identityKey, sealingKey, importKey].map((key) => b64.decode(key)), nkey]);

export function makeSignerCard(keys: SignerKeys, nkey: string, sign: (message: Uint8Array) => Uint8Array): SignerCard {
  return { kind: SIGNER, ...keys, nkey, signature: b64.encode(sign(cardBytes({ ...keys, nkey }))) };
}

export const makeServerCard = ({ identityKey, sealingKey }: RemoteParty, nkey: string): ServerCard => ({
  kind: SERVER,
  identityKey: b64.encode(identityKey),
  sealingKey: b64.encode(sealingKey),
  nkey,
});

export const signerFingerprint = ({ identityKey, sealingKey, importKey }: SignerKeys): string => fingerprintOf('signer', [identityKey, sealingKey, importKey]);
export const serverFingerprint = ({ identityKey, sealingKey }: Pick<ServerCard, 'identityKey' | 'sealingKey'>): string =>
  fingerprintOf('server', [identityKey, sealingKey]);

/** Whether this is a signer's card, made by whoever holds its identity key. */
export async function holdsCard(value: unknown): Promise<boolean> {
  const card = SignerCard.safeParse(value);
  if (!card.success || badKeyOf(card.data) !== null) return false;
  return verifyEd25519(b64.decode(card.data.identityKey), cardBytes(card.data), bytesOf(card.data.signature));
}

/** @throws {CannotRun} for anything but a whole card */
export async function readSignerCard(path: string): Promise<SignerCard> {
  const value = readJsonFile(path, 'The card');
  if (!(await holdsCard(value)))
    throw new CannotRun('refused', `${path} is not a signer’s card as its signer made it: have \`quorate-signer card\` run there again.`);
  return SignerCard.parse(value);
}

/** @throws {CannotRun} */
export function readServerCard(path: string): ServerCard {
  const read = ServerCard.safeParse(readJsonFile(path, 'The server’s card'));
  if (!read.success) throw new CannotRun('refused', `${path} is not a server’s card: take it from \`quorate-server card\`.`);
  return read.data;
}

/** Whom a signer answers. */
export const serverOf = ({ identityKey, sealingKey }: ServerCard): RemoteParty => ({
  id: identityKey,
  role: 'server',
  identityKey: b64.decode(identityKey),
  sealingKey: b64.decode(sealingKey),
});

/** Empty where the text is no base64: then no signature. */
export function bytesOf(text: string): Uint8Array {
  try {
    return b64.decode(text);
  } catch {
    return new Uint8Array();
  }
}
