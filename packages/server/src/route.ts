/**
 * A route: an endpoint of the table and the sentence that answers it.
 *
 * @module
 */
import type { AuthorityState } from '@quorate/authority';
import type { BodyOfEndpoint, Endpoint, Evidence, ParamsOf, QueryOf, ReplyOfEndpoint } from '@quorate/wire';
import type { App } from './app.ts';
import type { Caller } from './caller.ts';

export interface Call<E extends Endpoint = Endpoint> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOfEndpoint<E>;
  readonly caller: Caller;
  /** The organisation at the moment of the call. */
  readonly state: AuthorityState;
}
/** A call whose user action has been spent for exactly this request. */
export interface SignedCall<E extends Endpoint = Endpoint> extends Call<E> {
  readonly evidence: Evidence;
}

export interface Route {
  readonly endpoint: Endpoint;
  /** `evidence` is there if the endpoint takes a user action. */
  answer(call: Call & { readonly evidence: Evidence | null }, app: App): Promise<unknown>;
}

export function route<E extends Endpoint>(endpoint: E, answer: (call: Call<E>, app: App) => Promise<ReplyOfEndpoint<E>> | ReplyOfEndpoint<E>): Route {
  return { endpoint, answer: async (call, app) => answer(call as Call<E>, app) };
}

/** @throws {TypeError} at definition, for an endpoint that takes no user action */
export function signedRoute<E extends Endpoint>(endpoint: E, answer: (call: SignedCall<E>, app: App) => Promise<ReplyOfEndpoint<E>>): Route {
  if (!endpoint.userAction) throw new TypeError(`${endpoint.name} takes no user action`);
  return { endpoint, answer: async (call, app) => answer(call as SignedCall<E>, app) };
}
