/**
 * The one place where HTTP becomes a call: finds the endpoint, learns who asks, parses, checks what the caller may do,
 * spends the user action, and lets the route answer. Handlers know no HTTP.
 *
 * @module
 */
import { endpoints, match, type Match, type Method, parseInput, readBody, Refusal } from '@quorate/wire';
import type { Context } from 'hono';
import type { App } from './app.ts';
import { bearerIn, callerOf, requireAccess } from './caller.ts';
import { limitCaller } from './gate.ts';
import { type Bindings, rawBody, rawTarget } from './raw-request.ts';
import { hasCaller, type Route } from './route.ts';
import { refuseKnownKinds } from './signature-kinds.ts';

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

/** @throws {TypeError} when the table has an endpoint without a route */
export function bind(app: App, routes: readonly Route[]): (c: Context<Bindings>) => Promise<Response> {
  const byEndpoint = new Map(routes.map((route) => [route.endpoint, route]));
  const orphan = endpoints.find((endpoint) => !byEndpoint.has(endpoint));
  if (orphan !== undefined) throw new TypeError(`no route for ${orphan.name}`);

  return async (c) => {
    const { pathname, search } = rawTarget(c);
    const { endpoint, params } = find(c.req.method, pathname);
    c.set('route', endpoint.path);
    const state = await app.authority.current();
    const bearer = bearerIn(c.req.header('authorization'));
    const caller = hasCaller(endpoint) ? await callerOf(state, app, bearer) : null;
    if (caller !== null) await limitCaller(app.limits, caller, endpoint);
    const text = await rawBody(c.req.raw);
    refuseKnownKinds(endpoint, text);
    const given = {
      params: parseInput(endpoint.params, params, 'path'),
      query: parseInput(endpoint.query, Object.fromEntries(new URLSearchParams(search)), 'query'),
      // A GET's body, if any, means nothing.
      body: endpoint.method === 'GET' ? undefined : readBody(endpoint, text),
    };
    if (caller !== null) requireAccess(state, caller, endpoint, given.body);
    await app.follow.upTo(state);
    const request = { method: endpoint.method, pathname, search, body: text };
    const evidence = endpoint.userAction && caller !== null ? await app.actions.spend(c.req.header('x-dfns-useraction'), caller, request) : null;
    return c.json(await (byEndpoint.get(endpoint) as Route).answer({ ...given, bearer, caller, state, evidence }, app));
  };
}

/** @throws {Refusal} `request/method-not-allowed` naming the methods there are, `request/unknown-route` */
function find(method: string, pathname: string): Match {
  const found = match(method, pathname);
  if (found !== null) return found;
  const allowed = methods.filter((other) => fits(match(other, pathname)));
  throw allowed.length > 0 ? new Refusal('request/method-not-allowed', { allowed }) : new Refusal('request/unknown-route');
}

/** `/wallets/import` is no wallet, so it is no path of theirs with another method. */
const fits = (found: Match | null): boolean => found?.endpoint.params.safeParse(found.params).success === true;
