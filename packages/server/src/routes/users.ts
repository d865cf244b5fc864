/** Users. @module */
import { accountOf } from '@quorate/authority';
import { activateUser, archiveUser, createUser, deactivateUser, deriveId, getUser, listUsers, updateUser } from '@quorate/wire';
import { indexOf } from '../authority-index.ts';
import { DEFAULT_LIMIT, pageOf, placeAfter } from '../pages.ts';
import { route, signedRoute } from '../route.ts';
import { userView } from '../identity-views.ts';

/** Makes the act and shows the user as it has become. */
const changing = (endpoint: typeof activateUser | typeof deactivateUser | typeof archiveUser | typeof updateUser) =>
  signedRoute(endpoint, async ({ evidence, params }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    return { ...userView(state, params.userId), certified };
  });

export const userRoutes = [
  signedRoute(createUser, async ({ evidence, body }, { authority, codes }) => {
    const { state, challenge, certified } = await authority.act(evidence);
    const id = deriveId('us', 0, challenge);
    const user = { ...userView(state, id), certified };
    if (body.publicKey !== undefined) return user;
    const { code, expiresAt } = await codes.renew(id);
    return { ...user, registrationCode: code, dateRegistrationCodeExpires: new Date(expiresAt).toISOString() };
  }),
  route(listUsers, ({ state, query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const after = placeAfter('users', query);
    const { people } = indexOf(state);
    const shown = [];
    for (let place = after + 1; query.kind !== 'EndUser' && place <= people.length && shown.length <= limit; place++) {
      const user = people[place - 1];
      if (user !== undefined && !user.isArchived) shown.push({ user, place });
    }
    return pageOf(
      'users',
      shown,
      limit,
      ({ place }) => place,
      ({ user }) => userView(state, user.id),
    );
  }),
  route(getUser, ({ state, params }) => userView(state, accountOf(state, 'user', params.userId).id)),
  changing(updateUser),
  changing(activateUser),
  changing(deactivateUser),
  changing(archiveUser),
];
