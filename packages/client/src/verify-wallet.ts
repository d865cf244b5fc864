/**
 * Checks a wallet or a key that the server answered with: what counts is the certificate that all signers of the
 * trusted genesis signed, and the address derived from it here.
 *
 * @module
 */
import { planFurtherWallet, verifyKeyCertificate } from '@quorate/authority';
import { addressOf, networkOf } from '@quorate/chains';
import {
  type Challenge,
  challengeOf,
  createWallet,
  hex,
  isFor,
  isRefusal,
  KeyCertificate,
  type KeyCertificateBody,
  type KeyId,
  payloadHashOf,
  readCommand,
  Refusal,
  schemeOf,
  type Statement,
  type UserId,
  type WalletId,
  WalletRequest,
} from '@quorate/wire';
import { type RosterTrust, rosterIn } from './learn-roster.ts';

/** What the caller knows by itself. Keys made after a rotation of signers’ keys need `roster` (`learnRoster`). */
export interface WalletTrust extends RosterTrust {
  /** Whose key it must be; leave out for wallets of others. */
  readonly ownerId?: string;
  /** The challenge of the user action that made it (`onAction` of `guard` and `connect`): this very key or wallet, not an older one. */
  readonly challenge?: string;
}

/** A wallet as the API and the stock SDK give it; further members are ignored. */
export interface WalletLike {
  /** Not in the stock SDK's types, but in every answer of ours. */
  readonly keyCertificate?: unknown;
  /** Of a further wallet on a key. */
  readonly walletRequest?: unknown;
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
  const made = body.walletId !== '' && body.walletId === wallet.id ? firstWallet(body, body.walletId) : furtherWallet(wallet, trust, body);
  requireChallenge(made.challenge, trust, wallet.id);
  if (made.network !== wallet.network) throw invalid('network', wallet.id);
  const network = networkOf(made.network);
  if (network === null || network.scheme !== schemeOf(body.scheme, body.curve)) throw invalid('network', wallet.id);
  const address = addressOf(network, hex.decode(body.publicKey));
  if (address !== wallet.address) throw invalid('address', wallet.id);
  return { ...verified, walletId: made.walletId, network: made.network, address };
}

interface Made {
  readonly walletId: WalletId;
  readonly network: string;
  /** Of the request that made the wallet. */
  readonly challenge: Challenge;
}

const firstWallet = ({ network, challenge }: KeyCertificateBody, walletId: WalletId): Made => ({ walletId, network, challenge });

/**
 * A further wallet on a key has no certificate of its own. Its id is derived from the request that made it, so whoever knows
 * the id can tell which key and network were signed for, whatever the server says.
 */
function furtherWallet(wallet: WalletLike, trust: WalletTrust, body: KeyCertificateBody): Made {
  const request = WalletRequest.safeParse(wallet.walletRequest);
  if (!request.success) throw invalid('id', wallet.id);
  const { statement, payload } = request.data;
  if (statement.genesisHash !== trust.genesisHash || payloadHashOf(payload) !== statement.payloadHash) throw invalid('walletRequest', wallet.id);
  const challenge = challengeOf(statement);
  const plan = planIn(statement, payload, challenge);
  if (plan === null) throw invalid('walletRequest', wallet.id);
  if (plan.id !== wallet.id) throw invalid('id', wallet.id);
  if (plan.keyId !== body.keyId) throw invalid('signingKey.id', wallet.id);
  return { walletId: plan.id, network: plan.network, challenge };
}

/** @throws {Refusal} as {@link verifyWallet} */
export async function verifyKey(key: KeyLike, trust: WalletTrust): Promise<VerifiedKey> {
  const verified = await againstCertificate(key, certificateOf(key), trust);
  requireChallenge(verified.certificate.body.challenge, trust, key.id);
  return verified;
}

const invalid = (member: string, id: string): Refusal => new Refusal('certificate/invalid', { member, id });

function certificateOf({ id, keyCertificate }: { readonly id: string; readonly keyCertificate?: unknown }): KeyCertificate {
  const parsed = KeyCertificate.safeParse(keyCertificate);
  if (!parsed.success) throw invalid('keyCertificate', id);
  return parsed.data;
}

/** What the request asks for; `null` where it is no request for a further wallet. */
function planIn(statement: Statement, payload: string, challenge: Challenge): ReturnType<typeof planFurtherWallet> | null {
  try {
    const command = readCommand({ ...statement, payload });
    return isFor(command, createWallet) ? planFurtherWallet(command.body, challenge) : null;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function requireChallenge(challenge: Challenge, trust: WalletTrust, id: string): void {
  if (trust.challenge !== undefined && challenge !== trust.challenge) throw invalid('challenge', id);
}

async function againstCertificate(key: KeyLike, certificate: KeyCertificate, trust: WalletTrust): Promise<VerifiedKey> {
  await verifyKeyCertificate(rosterIn(trust), certificate);
  const { body } = certificate;
  if (body.keyId !== key.id) throw invalid('signingKey.id', key.id);
  if (body.scheme !== key.scheme || body.curve !== key.curve) throw invalid('signingKey.scheme', key.id);
  if (body.publicKey !== key.publicKey) throw invalid('signingKey.publicKey', key.id);
  if (trust.ownerId !== undefined && body.ownerId !== trust.ownerId) throw invalid('ownerId', key.id);
  return { keyId: body.keyId, publicKey: body.publicKey, ownerId: body.ownerId, certificate };
}
