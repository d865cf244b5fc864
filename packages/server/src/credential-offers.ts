/**
 * What clients and browsers are told before a credential signs or a new one is made (contract §2.1, §3.7).
 *
 * @module
 */
import { type Credential, PASSKEY_ALGORITHMS } from '@quorate/authority';
import { type createCredentialChallenge, type Genesis, hasPasskeys, type initUserAction, Refusal, type ReplyOfEndpoint } from '@quorate/wire';

type Rules = Genesis['passkeys'];
type Asked = ReplyOfEndpoint<typeof initUserAction>;
type NewPasskey = Extract<ReplyOfEndpoint<typeof createCredentialChallenge>, { kind: 'Fido2' }>;

/** What browsers show beside the relying party's id. */
const RP_NAME = 'Quorate';
/** COSE names: ES256, RS256, EdDSA, ES256K. */
const KEY_ALGORITHMS = [-7, -257, -8, -47];

/** What of a credential is told. */
export type Offered = Pick<Credential, 'credId' | 'kind'>;

const descriptor = ({ credId }: Offered) => ({ type: 'public-key' as const, id: credId });
const isPasskey = ({ kind }: Offered): boolean => kind === 'Fido2';
const parameters = (algorithms: readonly number[]) => algorithms.map((alg) => ({ type: 'public-key' as const, alg }));

/** For one of these credentials to sign a challenge. */
export function offerOf(
  rules: Rules,
  credentials: readonly Offered[],
): Pick<Asked, 'allowCredentials' | 'supportedCredentialKinds' | 'userVerification' | 'attestation' | 'externalAuthenticationUrl' | 'rp'> {
  const passkeys = hasPasskeys(rules);
  const kinds = passkeys ? ['Key', 'Fido2'] : ['Key'];
  return {
    allowCredentials: {
      key: credentials.filter((credential) => !isPasskey(credential)).map(descriptor),
      webauthn: credentials.filter(isPasskey).map(descriptor),
    },
    supportedCredentialKinds: kinds.map((kind) => ({ kind, factor: 'first', requiresSecondFactor: false })),
    userVerification: rules.userVerification,
    attestation: 'none',
    externalAuthenticationUrl: '',
    ...(passkeys ? { rp: { id: rules.rpId, name: RP_NAME } } : {}),
  };
}

/** For a new key credential. */
export const newKeyOffer = () => ({ attestation: 'none' as const, pubKeyCredParams: parameters(KEY_ALGORITHMS) });

/** For a new passkey, on an authenticator that has none of these. @throws {Refusal} `passkey/not-configured` */
export function newPasskeyOffer(
  rules: Rules,
  own: readonly Credential[],
): Pick<NewPasskey, 'rp' | 'attestation' | 'pubKeyCredParams' | 'authenticatorSelection' | 'excludeCredentials'> {
  if (!hasPasskeys(rules)) throw new Refusal('passkey/not-configured');
  return {
    rp: { id: rules.rpId, name: RP_NAME },
    attestation: 'none',
    pubKeyCredParams: parameters(PASSKEY_ALGORITHMS),
    authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: rules.userVerification },
    excludeCredentials: own.filter(isPasskey).map(descriptor),
  };
}
