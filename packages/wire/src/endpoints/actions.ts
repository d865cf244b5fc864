/**
 * User actions (contract §2).
 *
 * @module
 */
import * as z from 'zod';
import { endpoint } from '../endpoint.ts';
import { Assertion, FactorKind, Payload } from '../evidence.ts';
import { Method, RawPath, Statement } from '../statement.ts';
import { CredentialDescriptor, passkeyRefusals, RelyingParty } from './passkey-objects.ts';

export const initUserAction = endpoint({
  name: 'auth.createUserActionChallenge',
  method: 'POST',
  path: '/auth/action/init',
  about: 'Starts a user action: answers with a challenge that commits to the request, and the statement it is the hash of.',
  access: 'bearer',
  body: z.object({
    userActionPayload: Payload.optional(),
    userActionHttpMethod: Method,
    userActionHttpPath: RawPath,
    userActionServerKind: z.enum(['Api', 'Staff']).optional(),
  }),
  reply: z.object({
    challenge: z.string(),
    challengeIdentifier: z.string(),
    statement: Statement,
    allowCredentials: z.object({ key: z.array(CredentialDescriptor), webauthn: z.array(CredentialDescriptor) }),
    supportedCredentialKinds: z.array(z.object({ kind: z.string(), factor: z.string(), requiresSecondFactor: z.boolean() })),
    userVerification: z.string(),
    attestation: z.string(),
    externalAuthenticationUrl: z.string(),
    rp: RelyingParty.optional(),
  }),
  refusals: ['auth/not-authorized', 'auth/inactive', 'action/credential-unknown'],
});

export const completeUserAction = endpoint({
  name: 'auth.createUserActionSignature',
  method: 'POST',
  path: '/auth/action',
  about: 'Completes a user action with the credential’s assertion; answers with a token for one call.',
  access: 'bearer',
  body: z.object({
    challengeIdentifier: z.string().min(1).max(4096),
    firstFactor: z.object({ kind: FactorKind, credentialAssertion: Assertion }),
    secondFactor: z.unknown().optional(),
  }),
  reply: z.object({ userAction: z.string() }),
  refusals: [
    'action/challenge-invalid',
    'action/credential-unknown',
    'action/signature-invalid',
    'action/client-data-invalid',
    'action/expired',
    ...passkeyRefusals,
  ],
});
