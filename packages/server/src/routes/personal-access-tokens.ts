/** Personal access tokens of the caller. @module */
import { ownToken } from '@quorate/authority';
import {
  activatePersonalAccessToken,
  archivePersonalAccessToken,
  createPersonalAccessToken,
  deactivatePersonalAccessToken,
  deriveId,
  getPersonalAccessToken,
  listPersonalAccessTokens,
  updatePersonalAccessToken,
} from '@quorate/wire';
import { indexOf } from '../authority-index.ts';
import { tokenView } from '../identity-views.ts';
import { route, signedRoute } from '../route.ts';

/** Makes the act and shows the token as it has become. */
const changing = (
  endpoint: typeof updatePersonalAccessToken | typeof activatePersonalAccessToken | typeof deactivatePersonalAccessToken | typeof archivePersonalAccessToken,
) =>
  signedRoute(endpoint, async ({ evidence, params }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    return { ...tokenView(state, params.tokenId), certified };
  });

export const personalAccessTokenRoutes = [
  signedRoute(createPersonalAccessToken, async ({ evidence, caller }, { authority, tokens }) => {
    const { state, challenge, certified } = await authority.act(evidence);
    const token = state.tokens.get(deriveId('to', 0, challenge));
    if (token === undefined) throw new TypeError('the act made no token');
    return { ...tokenView(state, token.id), accessToken: await tokens.issuePersonal(token, caller.user), certified };
  }),
  route(listPersonalAccessTokens, ({ state, caller }) => ({
    items: (indexOf(state).tokens.get(caller.user.id) ?? []).map(({ id }) => tokenView(state, id)),
  })),
  route(getPersonalAccessToken, ({ state, caller, params }) => tokenView(state, ownToken(state, caller.user, params.tokenId).id)),
  changing(updatePersonalAccessToken),
  changing(activatePersonalAccessToken),
  changing(deactivatePersonalAccessToken),
  changing(archivePersonalAccessToken),
];
