/**
 * Registering a further credential (contract §3.3, §3.7): a challenge for the new key to sign, and the check that it was
 * this one. Nothing is stored: the identifier that comes back names the challenge and its user, and a key registers once.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readAttestation, type User } from '@quorate/authority';
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
import type { Tokens } from './tokens.ts';

/** Its own domain, so that what a new key signs is never taken for a user action. */
const DOMAIN = 'quorate/registration/v1';
/** COSE names: ES256, RS256, EdDSA, ES256K. */
const ALGORITHMS = [-7, -257, -8, -47];

interface Parts {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly tokens: Tokens;
  readonly now: () => number;
}

export async function beginRegistration(
  { genesis, genesisHash, tokens, now }: Parts,
  user: User,
  { kind }: BodyOfEndpoint<typeof createCredentialChallenge>,
): Promise<ReplyOfEndpoint<typeof createCredentialChallenge>> {
  if (kind !== 'Key') throw new Refusal('request/unsupported', { member: 'kind' });
  const expiresAt = now() + CHALLENGE_LIFETIME_MS;
  const challenge = b64url.encode(hashFields(DOMAIN, [genesisHash, genesis.orgId, user.id, kind, new Uint8Array(randomBytes(32)), expiresAt]));
  const challengeIdentifier = await tokens.issueRegistration(challenge, user.id, expiresAt + CLOCK_ALLOWANCE_MS);
  return {
    kind,
    user: { id: user.id, displayName: user.name, name: user.name },
    challengeIdentifier,
    temporaryAuthenticationToken: challengeIdentifier,
    challenge,
    attestation: 'none',
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key' as const, alg })),
  };
}

/** Whether the new key signed the challenge that this user was given. @throws {Refusal} `action/challenge-invalid`, `action/expired`, `credential/attestation` */
export async function checkRegistration(
  { tokens }: Parts,
  user: User,
  { challengeIdentifier, credentialKind, credentialInfo }: BodyOfEndpoint<typeof createCredential>,
): Promise<void> {
  if (credentialKind !== 'Key') throw new Refusal('request/unsupported', { member: 'credentialKind' });
  const given = await tokens.readRegistration(challengeIdentifier);
  if (given.userId !== user.id || given.challenge !== readAttestation(credentialInfo).challenge) throw new Refusal('action/challenge-invalid');
}
