/** Login and logout. @module */
import { initLogin, login, logout, Refusal } from '@quorate/wire';
import { publicRoute, route } from '../route.ts';

export const loginRoutes = [
  publicRoute(initLogin, ({ state, body }, { logins }) => logins.begin(state, body)),
  publicRoute(login, ({ state, body }, { logins }) => logins.complete(state, body)),
  route(logout, async ({ caller, body }, { sessions }) => {
    if (caller.sessionId === null) throw new Refusal('auth/caller-kind', { kind: caller.token === null ? 'ServiceAccount' : 'Pat' });
    await (body?.allSessions === true ? sessions.endAll(caller.user.id) : sessions.end(caller.sessionId));
    return { message: 'success' as const };
  }),
];
