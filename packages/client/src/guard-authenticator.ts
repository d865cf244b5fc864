/**
 * A guard around the unmodified Dfns authenticator, whose `login` signs whatever challenge it is handed, also that of a
 * user action. Behind this guard it signs logins only.
 *
 * @module
 */
import type { CredentialSigner, DfnsAuthenticator, UserActionChallenge } from '@dfns/sdk';
import { Refusal } from '@quorate/wire';
import { checkLogin } from './check-login.ts';

export interface AuthenticatorGuardOptions {
  readonly orgId: string;
  /** Without it a login at another organisation of the same id would pass; no user action ever does. */
  readonly genesisHash?: string;
  /** Milliseconds. @default Date.now */
  readonly now?: () => number;
}

interface Holder {
  readonly apiOptions: { readonly signer: CredentialSigner };
}
type LoginRequest = Parameters<DfnsAuthenticator['login']>[0];

/**
 * The same authenticator, guarded. A refused login rejects with {@link Refusal} `guard/foreign-challenge`, and nothing
 * has been signed. `register` needs no guard: what a new credential signs is of another form than what an action takes.
 */
export function guardAuthenticator<A extends DfnsAuthenticator>(authenticator: A, { orgId, genesisHash, now = Date.now }: AuthenticatorGuardOptions): A {
  const { apiOptions } = authenticator as unknown as Holder;
  return new Proxy(authenticator, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name !== 'login') return typeof member === 'function' ? member.bind(target) : member;
      return async (request: LoginRequest) => {
        const { username } = request;
        if (request.orgId !== orgId) throw new Refusal('guard/foreign-challenge', { mismatch: 'orgId' });
        if (username === undefined) throw new Refusal('guard/foreign-challenge', { mismatch: 'username' });
        const signer: CredentialSigner = {
          async sign(init: UserActionChallenge) {
            checkLogin(init, { orgId, username, genesisHash, now: now() });
            return apiOptions.signer.sign(init);
          },
        };
        const guarded = Object.create(target, { apiOptions: { value: { ...apiOptions, signer }, enumerable: true } }) as A;
        return target.login.call(guarded, request);
      };
    },
  });
}
