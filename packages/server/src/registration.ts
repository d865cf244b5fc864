/**
 * Registering a further credential (contract §3.3, §3.7): a challenge for the new key to sign, and the check that it was
 * this one. Nothing is stored: the identifier that comes back names the challenge and its user, and a key registers once.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { type Credential, readNewCredential, type User } from '@quorate/authority';
import {
  b64url,
  type BodyOfEndpoint,
  CHALLENGE_LIFETIME_MS,
  CLOCK_ALLOWANCE_MS,
  type createCredential,
  type createCredentialChallenge,
  type Genesis,
  hashFields,
  Refusal,
  type ReplyOfEndpoint,
} from '@quorate/wire';
import { newKeyOffer, newPasskeyOffer } from './credential-offers.ts';
import type { Tokens } from './tokens.ts';

/** Its own domain, so that what a new key signs is never taken for a user action. */
const DOMAIN = 'quorate/registration/v1';

interface Parts {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly tokens: Tokens;
  readonly now: () => number;
}

export async function beginRegistration(
  { genesis, genesisHash, tokens, now }: Parts,
  user: User,
  own: readonly Credential[],
  { kind }: BodyOfEndpoint<typeof createCredentialChallenge>,
): Promise<ReplyOfEndpoint<typeof createCredentialChallenge>> {
  if (kind !== 'Key' && kind !== 'Fido2') throw new Refusal('request/unsupported', { member: 'kind' });
  const offer = kind === 'Key' ? { kind, ...newKeyOffer() } : { kind, ...newPasskeyOffer(genesis.passkeys, own) };
  const expiresAt = now() + CHALLENGE_LIFETIME_MS;
  const challenge = b64url.encode(hashFields(DOMAIN, [genesisHash, genesis.orgId, user.id, kind, new Uint8Array(randomBytes(32)), expiresAt]));
  const challengeIdentifier = await tokens.issueRegistration(challenge, user.id, expiresAt + CLOCK_ALLOWANCE_MS);
  return {
    ...offer,
    user: { id: user.id, displayName: user.name, name: user.name },
    challengeIdentifier,
    temporaryAuthenticationToken: challengeIdentifier,
    challenge,
  };
}

/** Whether the new credential was made for the challenge that this user was given. @throws {Refusal} `action/challenge-invalid`, `action/expired`, `credential/*`, `passkey/*` */
export async function checkRegistration(
  { genesis, tokens }: Parts,
  user: User,
  { challengeIdentifier, credentialKind, credentialInfo }: BodyOfEndpoint<typeof createCredential>,
): Promise<void> {
  if (credentialKind !== 'Key' && credentialKind !== 'Fido2') throw new Refusal('request/unsupported', { member: 'credentialKind' });
  const given = await tokens.readRegistration(challengeIdentifier);
  const { challenge } = readNewCredential(genesis.passkeys, credentialKind, credentialInfo);
  if (given.userId !== user.id || given.challenge !== challenge) throw new Refusal('action/challenge-invalid');
}
