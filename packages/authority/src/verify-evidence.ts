/**
 * Verification of evidence: did this user, by a credential that counts, sign exactly this request, now?
 *
 * @module
 */
import { challengeOf, type Challenge, type Command, createCredential, type Evidence, isFor, isFresh, payloadHashOf, readCommand, Refusal } from '@quorate/wire';
import { verifyKeySignature } from './assertion.ts';
import { type AssertingCredential, credentialKindOf, verifyAssertion, verifyNewCredential } from './credential-kinds.ts';
import type { PasskeyRules } from './passkey.ts';
import { requireRotationProof } from './signer-rules.ts';
import type { AuthorityState, Credential, PersonalAccessToken, User } from './state.ts';

/** Evidence whose signature, binding and (unless waived) freshness have been checked against one state. */
export interface Verified {
  readonly evidence: Evidence;
  readonly challenge: Challenge;
  readonly command: Command;
  readonly user: User;
  readonly credential: Credential;
}

/** By the reader's own clock in milliseconds, or waived where a certificate or tombstone vouches for the time. */
export type Freshness = { readonly now: number } | { readonly freshness: 'waived' };

/**
 * Checks everything but permission. The signature is verified over the raw client data received.
 * @throws {Refusal} `authority/foreign`, `authority/behind`, `authority/head-unknown`, `action/*`, `auth/inactive`,
 *   `passkey/*`, `credential/*` for a new credential that does not hold its key, `rotation/proof` for signer keys that
 *   nobody proves to hold, and what reading the command may refuse
 */
export async function verifyEvidence(
  state: AuthorityState,
  evidence: Evidence,
  options: Freshness,
  /** Of the credential; another one where its answer has been asked for ahead of time. */
  verifySignature: typeof verifyKeySignature = verifyKeySignature,
): Promise<Verified> {
  const { statement } = evidence;
  if (statement.genesisHash !== state.genesisHash || statement.orgId !== state.genesis.orgId) throw new Refusal('authority/foreign');
  const headNumber = Number(statement.headNumber);
  if (headNumber > state.head.number) throw new Refusal('authority/behind', { number: headNumber });
  if (state.heads.get(headNumber) !== statement.headHash) throw new Refusal('authority/head-unknown', { number: headNumber });
  if ('now' in options && !isFresh(statement, options.now)) throw new Refusal('action/expired');
  if (payloadHashOf(evidence.payload) !== statement.payloadHash) throw new Refusal('action/mismatch', { member: 'payload' });

  const credential = state.credentials.get(evidence.credId);
  // The credential decides who acts: it must be exactly this user's and token's.
  if (
    credential === undefined ||
    credential.userId !== statement.userId ||
    credential.tokenId !== statement.tokenId ||
    !credential.isActive ||
    !credential.vouchedFor ||
    credential.kind !== credentialKindOf(evidence.kind)
  ) {
    throw new Refusal('action/credential-unknown');
  }
  const user = state.users.get(credential.userId);
  if (user === undefined || user.isArchived) throw new Refusal('action/credential-unknown');
  if (!user.isActive) throw new Refusal('auth/inactive');
  if (credential.tokenId !== '') requireLive(state.tokens.get(credential.tokenId), Number(statement.issuedAt));

  const { passkeys } = state.genesis;
  const challenge = await verifyAssertedChallenge(passkeys, credential, evidence, verifySignature);
  const command = readCommand({ ...statement, payload: evidence.payload });
  // Here and not in `reduce`, because WebCrypto answers later and `reduce` does not wait.
  if (isFor(command, createCredential)) {
    const { credentialKind, credentialInfo } = command.body;
    if (credentialKind === 'Key' || credentialKind === 'Fido2') await verifyNewCredential(passkeys, credentialKind, credentialInfo);
  }
  await requireRotationProof(state, command);
  return { evidence, challenge, command, user, credential };
}

/** By the time in the statement, so that everyone who replays the act comes to the same answer. */
function requireLive(token: PersonalAccessToken | undefined, at: number): void {
  if (token === undefined || token.isArchived) throw new Refusal('action/credential-unknown');
  if (!token.isActive || at > token.expiresAt) throw new Refusal('auth/inactive');
}

/**
 * Whether this credential signed the challenge of this evidence's statement, under the passkey rules of its genesis.
 * @throws {Refusal} what `verifyAssertion` refuses
 */
export async function verifyAssertedChallenge(
  rules: PasskeyRules,
  credential: AssertingCredential,
  evidence: Evidence,
  verifySignature: typeof verifyKeySignature = verifyKeySignature,
): Promise<Challenge> {
  const challenge = challengeOf(evidence.statement);
  await verifyAssertion(rules, credential, evidence, challenge, verifySignature);
  return challenge;
}
