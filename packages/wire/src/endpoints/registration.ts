/**
 * How a person without a credential gets one (contract §3.3): a one-time code, a registration that nobody obeys yet, and
 * the signed act in which an administrator vouches for exactly this key.
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { CredentialId, CredentialUuid, OrgId, UserId } from '../ids.ts';
import { Username } from '../login-statement.ts';
import { HashHex } from '../statement.ts';
import { CredentialInfo } from './credentials.ts';
import { IsoDate, Name } from './objects.ts';
import { AuthenticatorSelection, CredentialDescriptor, passkeyRefusals, RelyingParty } from './passkey-objects.ts';
import { UserAnswer } from './users.ts';

const CredentialKind = z.enum(['Key', 'Fido2', 'PasswordProtectedKey', 'RecoveryKey', 'Password', 'Totp']);
/** Kinds that register, and that an administrator can vouch for. */
export const RegisteredKind = z.enum(['Key', 'Fido2']);
const RegistrationCode = z.string().min(1).max(64);

export const renewRegistrationCode = endpoint({
  name: 'auth.resendRegistrationCode',
  method: 'PUT',
  path: '/auth/registration/code',
  about: 'Makes a new registration code for a user without a credential, and voids its older ones. The code stands in the answer, once.',
  access: ['Auth:Users:Create'],
  body: z.object({ username: Username, orgId: OrgId }),
  reply: z.object({ message: z.literal('success'), registrationCode: z.string(), dateRegistrationCodeExpires: IsoDate }),
  refusals: ['auth/caller-kind', 'authority/foreign', 'user/unknown', 'user/registered'],
});
export const initRegistration = endpoint({
  name: 'auth.createRegistrationChallenge',
  method: 'POST',
  path: '/auth/registration/init',
  about: 'Starts a registration with a one-time code: a challenge for the new credential to sign, and a token to send it with.',
  access: 'public',
  body: z.object({ orgId: OrgId, username: Username, registrationCode: RegistrationCode }),
  reply: z.object({
    temporaryAuthenticationToken: z.string(),
    challenge: z.string(),
    user: z.object({ id: z.string(), displayName: z.string(), name: z.string() }),
    supportedCredentialKinds: z.object({ firstFactor: z.array(CredentialKind), secondFactor: z.array(CredentialKind) }),
    authenticatorSelection: AuthenticatorSelection,
    attestation: z.literal('none'),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
    excludeCredentials: z.array(CredentialDescriptor),
    otpUrl: z.string(),
    rp: RelyingParty.optional(),
  }),
  refusals: ['authority/foreign', 'registration/code-invalid', 'registration/code-expired'],
});
export const register = endpoint({
  name: 'auth.register',
  method: 'POST',
  path: '/auth/registration',
  about: 'Registers the credential and uses the code up. No signer obeys it, and no login takes it, before an administrator confirms it.',
  access: 'temporary',
  body: z.object({
    firstFactorCredential: z.object({
      credentialKind: CredentialKind,
      credentialInfo: CredentialInfo,
      credentialName: Name.optional(),
      encryptedPrivateKey: z.string().max(16_384).optional(),
    }),
    secondFactorCredential: z.unknown().optional(),
    recoveryCredential: z.unknown().optional(),
  }),
  reply: z.object({
    credential: z.object({ uuid: CredentialUuid, kind: RegisteredKind, credentialKind: RegisteredKind, name: z.string(), fingerprint: z.string() }),
    user: z.object({ id: UserId, username: z.string(), orgId: OrgId }),
  }),
  refusals: [
    'request/unsupported',
    'action/challenge-invalid',
    'registration/code-invalid',
    'credential/attestation',
    'credential/malformed-key',
    'credential/weak-key',
    'credential/duplicate',
    ...passkeyRefusals,
  ],
});

export const Registration = z
  .object({
    credentialUuid: CredentialUuid,
    credentialId: z.string(),
    credentialKind: RegisteredKind,
    credentialName: z.string(),
    /** PEM. */
    publicKey: z.string(),
    /** SHA-256 of the key's SPKI, lower-case hex. */
    publicKeyHash: HashHex,
    /** The same as `SHA256:` and unpadded base64, which the one who registers compares. */
    fingerprint: z.string(),
    dateCreated: IsoDate,
  })
  .meta({ id: 'Registration' });
const user = z.object({ userId: UserId });
export const listRegistrations = endpoint({
  name: 'auth.listRegistrations',
  method: 'GET',
  path: '/auth/users/:userId/registrations',
  about: 'What was registered for a user and nobody has confirmed yet (not in Dfns). Compare the fingerprint with the user, not with this server.',
  access: ['Auth:Users:Read'],
  params: user,
  reply: z.object({ items: z.array(Registration) }),
  refusals: ['user/unknown'],
});
export const confirmUser = signedEndpoint({
  name: 'auth.confirmUser',
  method: 'POST',
  path: '/auth/users/:userId/confirm',
  about: 'Vouches for a user’s first credential (not in Dfns). If the user holds operations, the author must hold them and Permissions:Assign.',
  access: ['Auth:Users:Create'],
  effect: 'act',
  params: user,
  body: z.strictObject({
    credentialId: CredentialId,
    credentialKind: RegisteredKind,
    credentialName: Name,
    publicKey: z.string().min(1).max(4096),
    publicKeyHash: HashHex,
  }),
  reply: UserAnswer,
  refusals: [
    'auth/caller-kind',
    'user/unknown',
    'user/registered',
    'credential/fingerprint',
    'passkey/not-configured',
    'credential/malformed-key',
    'credential/weak-key',
    'credential/duplicate',
    'authority/exceeds-author',
    'authority/uncertified',
  ],
});
