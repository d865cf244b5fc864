/**
 * What a browser is told before it asks for a passkey (WebAuthn §5.4, §5.5; contract §2.1, §3.7).
 *
 * @module
 */
import * as z from 'zod';
import type { RefusalCode } from '../refusal.ts';

export const RelyingParty = z.object({ id: z.string(), name: z.string() });
export const CredentialDescriptor = z.object({ type: z.literal('public-key'), id: z.string() });

/** Of a new passkey. */
export const AuthenticatorSelection = z.object({
  residentKey: z.enum(['required', 'preferred', 'discouraged']),
  requireResidentKey: z.boolean(),
  userVerification: z.enum(['required', 'preferred', 'discouraged']),
});

/** What a passkey can be refused for, at its registration and whenever it signs. */
export const passkeyRefusals = [
  'passkey/not-configured',
  'passkey/origin',
  'passkey/relying-party',
  'passkey/authenticator-data',
  'passkey/user-verification',
] as const satisfies readonly RefusalCode[];
