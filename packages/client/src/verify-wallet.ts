/**
 * Checks a wallet or a key that the server answered with: what counts is the certificate that all signers of the
 * trusted genesis signed, and the address derived from it here.
 *
 * @module
 */
import { verifyKeyCertificate } from '@quorate/authority';
import { addressOf, networkOf } from '@quorate/chains';
import { hex, KeyCertificate, type KeyId, Refusal, type UserId, type WalletId } from '@quorate/wire';
import { type RosterTrust, rosterIn } from './learn-roster.ts';

/** What the caller knows by itself. Keys made after a rotation of signers’ keys need `roster` (`learnRoster`). */
export interface WalletTrust extends RosterTrust {
  /** Whose key it must be; leave out for wallets of others. */
  readonly ownerId?: string;
  /** The challenge of the user action that made it (`onAction` of `guard` and `connect`): this very key, not an older one. */
  readonly challenge?: string;
}

/** A wallet as the API and the stock SDK give it; further members are ignored. */
export interface WalletLike {
  /** Not in the stock SDK's types, but in every answer of ours. */
  readonly keyCertificate?: unknown;
  readonly id: string;
  readonly network: string;
  readonly address?: string | undefined;
  readonly signingKey: { readonly id: string; readonly scheme: string; readonly curve: string; readonly publicKey: string };
}

export interface KeyLike {
  readonly keyCertificate?: unknown;
  readonly id: string;
  readonly scheme: string;
  readonly curve: string;
  readonly publicKey: string;
}

export interface VerifiedKey {
  readonly keyId: KeyId;
  /** The one to expect at export: 33 bytes, lower-case hex. Keep it, and the certificate. */
  readonly publicKey: string;
  readonly ownerId: UserId;
  readonly certificate: KeyCertificate;
}

export interface VerifiedWallet extends VerifiedKey {
  readonly walletId: WalletId;
  readonly network: string;
  /** Derived here; `undefined` on pseudo networks. */
  readonly address: string | undefined;
}

/** @throws {Refusal} `certificate/invalid`, whose detail says which member is wrong; `genesis/invalid` */
export async function verifyWallet(wallet: WalletLike, trust: WalletTrust): Promise<VerifiedWallet> {
  const { id, ...key } = wallet.signingKey;
  const certificate = certificateOf(wallet);
  const verified = await againstCertificate({ id, ...key }, certificate, trust);
  const { body } = certificate;
  if (body.walletId === '' || body.walletId !== wallet.id) throw invalid('id', wallet.id);
  if (body.network !== wallet.network) throw invalid('network', wallet.id);
  const network = networkOf(body.network);
  if (network === null) throw invalid('network', wallet.id);
  const address = addressOf(network, hex.decode(body.publicKey));
  if (address !== wallet.address) throw invalid('address', wallet.id);
  return { ...verified, walletId: body.walletId, network: body.network, address };
}

/** @throws {Refusal} as {@link verifyWallet} */
export async function verifyKey(key: KeyLike, trust: WalletTrust): Promise<VerifiedKey> {
  return againstCertificate(key, certificateOf(key), trust);
}

const invalid = (member: string, id: string): Refusal => new Refusal('certificate/invalid', { member, id });

function certificateOf({ id, keyCertificate }: { readonly id: string; readonly keyCertificate?: unknown }): KeyCertificate {
  const parsed = KeyCertificate.safeParse(keyCertificate);
  if (!parsed.success) throw invalid('keyCertificate', id);
  return parsed.data;
}

async function againstCertificate(key: KeyLike, certificate: KeyCertificate, trust: WalletTrust): Promise<VerifiedKey> {
  await verifyKeyCertificate(rosterIn(trust), certificate);
  const { body } = certificate;
  if (body.keyId !== key.id) throw invalid('signingKey.id', key.id);
  if (body.scheme !== key.scheme || body.curve !== key.curve) throw invalid('signingKey.scheme', key.id);
  if (body.publicKey !== key.publicKey) throw invalid('signingKey.publicKey', key.id);
  if (trust.ownerId !== undefined && body.ownerId !== trust.ownerId) throw invalid('ownerId', key.id);
  if (trust.challenge !== undefined && body.challenge !== trust.challenge) throw invalid('challenge', key.id);
  return { keyId: body.keyId, publicKey: body.publicKey, ownerId: body.ownerId, certificate };
}
