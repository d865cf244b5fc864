/** Service accounts. @module */
import { createServiceAccount, deriveId, getServiceAccount, listServiceAccounts, Refusal } from '@quorate/wire';
import { indexOf } from '../authority-index.ts';
import { route, signedRoute } from '../route.ts';
import { serviceAccountView } from '../views.ts';

export const serviceAccountRoutes = [
  signedRoute(createServiceAccount, async ({ evidence }, { authority, tokens }) => {
    const { state, challenge, certified } = await authority.act(evidence);
    const user = state.users.get(deriveId('us', 0, challenge));
    if (user === undefined) throw new TypeError('the act made no user');
    return { ...serviceAccountView(state, user, await tokens.issue(user, user.createdAt)), certified };
  }),
  route(listServiceAccounts, ({ state }) => ({ items: indexOf(state).serviceAccounts.map((user) => serviceAccountView(state, user)) })),
  route(getServiceAccount, ({ state, params }) => {
    const user = state.users.get(params.serviceAccountId);
    if (user === undefined || !user.isServiceAccount) throw new Refusal('service-account/unknown');
    return serviceAccountView(state, user);
  }),
];
