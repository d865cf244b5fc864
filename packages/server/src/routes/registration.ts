/** Registration with a code, and its confirmation. @module */
import { accountOf, unregisteredUser } from '@quorate/authority';
import { confirmUser, initRegistration, listRegistrations, Refusal, register, renewRegistrationCode } from '@quorate/wire';
import { userView } from '../identity-views.ts';
import { publicRoute, route, signedRoute } from '../route.ts';

export const registrationRoutes = [
  publicRoute(initRegistration, ({ state, body }, { registrations }) => registrations.begin(state, body)),
  publicRoute(register, ({ state, body, bearer }, { registrations }) => registrations.complete(state, bearer, body)),
  route(renewRegistrationCode, async ({ state, body: { username, orgId } }, { codes }) => {
    if (orgId !== state.genesis.orgId) throw new Refusal('authority/foreign');
    const id = state.userNames.get(username);
    if (id === undefined) throw new Refusal('user/unknown');
    const { code, expiresAt } = await codes.renew(unregisteredUser(state, id).id);
    return { message: 'success' as const, registrationCode: code, dateRegistrationCodeExpires: new Date(expiresAt).toISOString() };
  }),
  route(listRegistrations, async ({ state, params }, { registrations }) => ({
    items: await registrations.of(accountOf(state, 'user', params.userId)),
  })),
  signedRoute(confirmUser, async ({ evidence, params: { userId } }, { authority, codes, registrations }) => {
    const { state, certified } = await authority.act(evidence);
    await Promise.all([codes.forget(userId), registrations.forget(userId)]);
    return { ...userView(state, userId), certified };
  }),
];
