/** Service accounts. @module */
import { accountOf } from '@quorate/authority';
import {
  activateServiceAccount,
  archiveServiceAccount,
  createServiceAccount,
  deactivateServiceAccount,
  deriveId,
  getServiceAccount,
  listServiceAccounts,
  updateServiceAccount,
} from '@quorate/wire';
import { indexOf } from '../authority-index.ts';
import { route, signedRoute } from '../route.ts';
import { serviceAccountView } from '../views.ts';

/** Makes the act and shows the account as it has become. */
const changing = (endpoint: typeof updateServiceAccount | typeof activateServiceAccount | typeof deactivateServiceAccount | typeof archiveServiceAccount) =>
  signedRoute(endpoint, async ({ evidence, params }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    const user = state.users.get(params.serviceAccountId);
    if (user === undefined) throw new TypeError('the act was about nobody');
    return { ...serviceAccountView(state, user), certified };
  });

export const serviceAccountRoutes = [
  signedRoute(createServiceAccount, async ({ evidence }, { authority, tokens }) => {
    const { state, challenge, certified } = await authority.act(evidence);
    const user = state.users.get(deriveId('us', 0, challenge));
    if (user === undefined) throw new TypeError('the act made no user');
    return { ...serviceAccountView(state, user, await tokens.issue(user, user.createdAt)), certified };
  }),
  route(listServiceAccounts, ({ state }) => ({ items: indexOf(state).serviceAccounts.map((user) => serviceAccountView(state, user)) })),
  route(getServiceAccount, ({ state, params }) => serviceAccountView(state, accountOf(state, 'service-account', params.serviceAccountId))),
  changing(updateServiceAccount),
  changing(activateServiceAccount),
  changing(deactivateServiceAccount),
  changing(archiveServiceAccount),
];
