/**
 * Registration with a code (contract §3.3). What comes of it is stored here and nowhere else: no act, because nothing
 * vouches for the key yet, and nobody obeys it before an administrator's act has named it.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { type AuthorityState, newCredentialKey, publicKeyHashOf, registeredUuid, unregisteredUser, type User, verifyNewCredential } from '@quorate/authority';
import {
  b64url,
  type BodyOfEndpoint,
  CHALLENGE_LIFETIME_MS,
  CLOCK_ALLOWANCE_MS,
  hasPasskeys,
  hashFields,
  type initRegistration,
  Refusal,
  type register,
  type Registration,
  type ReplyOfEndpoint,
  type UserId,
} from '@quorate/wire';
import type * as z from 'zod';
import { newKeyOffer, newPasskeyOffer } from './credential-offers.ts';
import type { Db } from './db.ts';
import type { RegistrationCodes } from './registration-codes.ts';
import type { RegistrationRow } from './schema.ts';
import type { Tokens } from './tokens.ts';

const DEFAULT_NAME = 'Default Credential';
/** Its own domain, so that what a new credential signs is never taken for anything else. */
const DOMAIN = 'quorate/registration-with-code/v1';

export interface Registrations {
  /** @throws {Refusal} `authority/foreign`, `registration/code-invalid`, `registration/code-expired`; whether the user exists does not show */
  begin(state: AuthorityState, request: BodyOfEndpoint<typeof initRegistration>): Promise<ReplyOfEndpoint<typeof initRegistration>>;
  /** `bearer`: the temporary token. @throws {Refusal} `auth/not-authorized`, and what the endpoint lists */
  complete(state: AuthorityState, bearer: string | null, request: BodyOfEndpoint<typeof register>): Promise<ReplyOfEndpoint<typeof register>>;
  /** Unconfirmed ones of a user, oldest first. */
  of(user: User): Promise<z.input<typeof Registration>[]>;
  /** Once a credential of the user's is confirmed. */
  forget(userId: UserId): Promise<void>;
}

interface Options {
  readonly db: Db;
  readonly tokens: Tokens;
  readonly codes: RegistrationCodes;
  readonly now: () => number;
}

export function createRegistrations({ db, tokens, codes, now }: Options): Registrations {
  return {
    async begin(state, { orgId, username, registrationCode }) {
      if (orgId !== state.genesis.orgId) throw new Refusal('authority/foreign');
      const user = registering(state, state.userNames.get(username));
      const codeId = await codes.check(user?.id ?? null, registrationCode);
      if (user === null) throw new Refusal('registration/code-invalid');
      const rules = state.genesis.passkeys;
      const expiresAt = now() + CHALLENGE_LIFETIME_MS;
      const parts = [state.genesisHash, orgId, user.id, codeId, new Uint8Array(randomBytes(32)), expiresAt];
      const challenge = b64url.encode(hashFields(DOMAIN, parts));
      return {
        temporaryAuthenticationToken: await tokens.issueTemporary({ userId: user.id, challenge, codeId }, expiresAt + CLOCK_ALLOWANCE_MS),
        challenge,
        user: { id: user.id, displayName: user.name, name: user.name },
        supportedCredentialKinds: { firstFactor: hasPasskeys(rules) ? ['Key', 'Fido2'] : ['Key'], secondFactor: [] },
        authenticatorSelection: { residentKey: 'preferred', requireResidentKey: false, userVerification: rules.userVerification },
        excludeCredentials: [],
        otpUrl: '',
        ...newKeyOffer(),
        ...(hasPasskeys(rules) ? newPasskeyOffer(rules, []) : {}),
      };
    },

    async complete(state, bearer, { firstFactorCredential, secondFactorCredential, recoveryCredential }) {
      const { userId, challenge, codeId } = await tokens.readTemporary(bearer ?? '');
      const user = registering(state, userId);
      if (user === null) throw new Refusal('registration/code-invalid');
      const { credentialKind: kind, credentialInfo, credentialName: name = DEFAULT_NAME, encryptedPrivateKey } = firstFactorCredential;
      const unsupported = (member: string): never => {
        throw new Refusal('request/unsupported', { member });
      };
      if (kind !== 'Key' && kind !== 'Fido2') return unsupported('firstFactorCredential.credentialKind');
      if (encryptedPrivateKey !== undefined) unsupported('firstFactorCredential.encryptedPrivateKey');
      if (secondFactorCredential !== undefined) unsupported('secondFactorCredential');
      if (recoveryCredential !== undefined) unsupported('recoveryCredential');
      const { publicKey } = await verifyNewCredential(state.genesis.passkeys, kind, credentialInfo, challenge);
      const { fingerprint } = newCredentialKey(state, credentialInfo.credId, publicKey);
      const uuid = registeredUuid(fingerprint);
      await db.transaction().execute(async (tx) => {
        await codes.use(user.id, codeId, tx);
        await tx
          .insertInto('registrations')
          .values({ uuid, user_id: user.id, cred_id: credentialInfo.credId, kind, name, public_key: publicKey, created_at: now() })
          .onConflict((conflict) => conflict.columns(['user_id', 'uuid']).doUpdateSet({ cred_id: credentialInfo.credId, name, created_at: now() }))
          .execute();
      });
      return {
        credential: { uuid, kind, credentialKind: kind, name, fingerprint },
        user: { id: user.id, username: user.name, orgId: state.genesis.orgId },
      };
    },

    async of({ id, credId }) {
      if (credId !== null) return [];
      const rows = await db.selectFrom('registrations').selectAll().where('user_id', '=', id).orderBy('seq').execute();
      return rows.map(view);
    },

    async forget(userId) {
      await db.deleteFrom('registrations').where('user_id', '=', userId).execute();
    },
  };
}

/** Who can register: a person who is active and has no credential yet. */
function registering(state: AuthorityState, id: UserId | undefined): User | null {
  if (id === undefined) return null;
  try {
    const user = unregisteredUser(state, id);
    return user.isActive ? user : null;
  } catch {
    return null;
  }
}

const view = ({ uuid, cred_id, kind, name, public_key, created_at }: RegistrationRow): z.input<typeof Registration> => {
  const publicKeyHash = publicKeyHashOf(public_key);
  return {
    credentialUuid: uuid,
    credentialId: cred_id,
    credentialKind: kind,
    credentialName: name,
    publicKey: public_key,
    publicKeyHash,
    fingerprint: `SHA256:${Buffer.from(publicKeyHash, 'hex').toString('base64').replace(/=+$/, '')}`,
    dateCreated: new Date(created_at).toISOString(),
  };
};
