/**
 * A user's own credentials (contract §3.7). A new one is vouched for by the one that signs the act.
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { CredentialId, CredentialUuid } from '../ids.ts';
import { Certified, IsoDate, Name } from './objects.ts';
import { AuthenticatorSelection, CredentialDescriptor, passkeyRefusals, RelyingParty } from './passkey-objects.ts';

const CredentialKind = z.enum(['Key', 'Fido2', 'PasswordProtectedKey', 'RecoveryKey', 'Password', 'Totp']);
const OfferedKind = z.enum(['Key', 'Fido2']);

/** What a new credential says of itself (contract §3.3). */
export const CredentialInfo = z.strictObject({
  credId: CredentialId,
  clientData: z.string().min(1).max(8192),
  attestationData: z.string().min(1).max(16_384),
});
export type CredentialInfo = z.infer<typeof CredentialInfo>;

export const CredentialAnswer = z
  .object({
    kind: OfferedKind,
    credentialId: z.string(),
    credentialUuid: z.string(),
    dateCreated: IsoDate,
    isActive: z.boolean(),
    name: z.string(),
    publicKey: z.string(),
    relyingPartyId: z.string(),
    origin: z.string(),
    certified: Certified.optional(),
  })
  .meta({ id: 'Credential' });

const KeyChallenge = z.object({
  kind: z.literal('Key'),
  user: z.object({ id: z.string(), displayName: z.string(), name: z.string() }),
  challengeIdentifier: z.string(),
  temporaryAuthenticationToken: z.string(),
  challenge: z.string(),
  attestation: z.literal('none'),
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
});
const PasskeyChallenge = KeyChallenge.extend({
  kind: z.literal('Fido2'),
  rp: RelyingParty,
  authenticatorSelection: AuthenticatorSelection,
  excludeCredentials: z.array(CredentialDescriptor),
});

export const createCredentialChallenge = endpoint({
  name: 'auth.createCredentialChallenge',
  method: 'POST',
  path: '/auth/credentials/init',
  about: 'Starts the registration of a further credential of the caller: a challenge for the new key to sign.',
  access: 'bearer',
  body: z.object({ kind: CredentialKind }),
  reply: z.discriminatedUnion('kind', [KeyChallenge, PasskeyChallenge]),
  refusals: ['request/unsupported', 'auth/caller-kind', 'passkey/not-configured'],
});
export const createCredential = signedEndpoint({
  name: 'auth.createCredential',
  method: 'POST',
  path: '/auth/credentials',
  about: 'Adds a credential of the caller. The new key has signed its challenge, and a credential in use signs this request.',
  access: 'bearer',
  effect: 'act',
  body: z.strictObject({
    challengeIdentifier: z.string().min(1).max(4096),
    credentialName: Name,
    credentialKind: CredentialKind,
    credentialInfo: CredentialInfo,
    encryptedPrivateKey: z.string().max(16_384).optional(),
  }),
  reply: CredentialAnswer,
  refusals: [
    'request/unsupported',
    'auth/caller-kind',
    'action/challenge-invalid',
    'action/expired',
    'credential/attestation',
    'credential/malformed-key',
    'credential/weak-key',
    'credential/duplicate',
    ...passkeyRefusals,
    'authority/uncertified',
  ],
});
export const listCredentials = endpoint({
  name: 'auth.listCredentials',
  method: 'GET',
  path: '/auth/credentials',
  about: 'Lists the caller’s own credentials; those of personal access tokens are with the tokens.',
  access: 'bearer',
  reply: z.object({ items: z.array(CredentialAnswer) }),
});

const Done = z.object({ message: z.literal('success'), certified: Certified.optional() });
export const activateCredential = signedEndpoint({
  name: 'auth.activateCredential',
  method: 'PUT',
  path: '/auth/credentials/activate',
  about: 'Lets one of the caller’s own credentials sign again.',
  access: 'bearer',
  effect: 'act',
  body: z.strictObject({ credentialUuid: CredentialUuid }),
  reply: Done,
  refusals: ['auth/caller-kind', 'credential/unknown', 'authority/uncertified'],
});
export const deactivateCredential = signedEndpoint({
  name: 'auth.deactivateCredential',
  method: 'PUT',
  path: '/auth/credentials/deactivate',
  about: 'Stops one of the caller’s own credentials: from the next act on no signer obeys it.',
  access: 'bearer',
  effect: 'act',
  body: z.strictObject({ credentialUuid: CredentialUuid }),
  reply: Done,
  refusals: ['auth/caller-kind', 'credential/unknown', 'authority/last-administrator', 'authority/uncertified'],
});
