/** Credentials of the caller. @module */
import { ownCredential } from '@quorate/authority';
import { activateCredential, createCredential, createCredentialChallenge, deactivateCredential, deriveId, listCredentials } from '@quorate/wire';
import { ownCredentialsOf } from '../authority-index.ts';
import { credentialView } from '../identity-views.ts';
import { beginRegistration, checkRegistration } from '../registration.ts';
import { route, signedRoute } from '../route.ts';

const setting = (endpoint: typeof activateCredential | typeof deactivateCredential) =>
  signedRoute(endpoint, async ({ evidence }, { authority }) => {
    const { certified } = await authority.act(evidence);
    return { message: 'success' as const, certified };
  });

export const credentialRoutes = [
  route(createCredentialChallenge, ({ state, caller, body }, app) => beginRegistration(app, caller.user, ownCredentialsOf(state, caller.user.id), body)),
  signedRoute(createCredential, async ({ evidence, caller, body }, app) => {
    await checkRegistration(app, caller.user, body);
    const { state, challenge, certified } = await app.authority.act(evidence);
    return { ...credentialView(state, ownCredential(state, caller.user, deriveId('cr', 0, challenge))), certified };
  }),
  route(listCredentials, ({ state, caller }) => ({ items: ownCredentialsOf(state, caller.user.id).map((credential) => credentialView(state, credential)) })),
  setting(activateCredential),
  setting(deactivateCredential),
];
