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
/** A call by nobody known: `bearer` is what came as one, unread. */
export interface PublicCall<E extends Endpoint = Endpoint> extends Omit<Call<E>, 'caller'> {
  readonly bearer: string | null;
}
/** A call whose user action has been spent for exactly this request. */
export interface SignedCall<E extends Endpoint = Endpoint> extends Call<E> {
  readonly evidence: Evidence;
}

export interface Route {
  readonly endpoint: Endpoint;
  /** `evidence` is there if the endpoint takes a user action, `caller` unless anybody may call it. */
  answer(call: PublicCall & { readonly caller: Caller | null; readonly evidence: Evidence | null }, app: App): Promise<unknown>;
}

/** Whether a call of this endpoint has a caller that the organisation's acts know. */
export const hasCaller = ({ access }: Endpoint): boolean => access !== 'public' && access !== 'temporary';

/** @throws {TypeError} at definition, for an endpoint that has a caller */
export function publicRoute<E extends Endpoint>(endpoint: E, answer: (call: PublicCall<E>, app: App) => Promise<ReplyOfEndpoint<E>>): Route {
  if (hasCaller(endpoint)) throw new TypeError(`${endpoint.name} is not for everybody`);
  return { endpoint, answer: async (call, app) => answer(call as PublicCall<E>, app) };
}

/** @throws {TypeError} at definition, for an endpoint that anybody may call */
export function route<E extends Endpoint>(endpoint: E, answer: (call: Call<E>, app: App) => Promise<ReplyOfEndpoint<E>> | ReplyOfEndpoint<E>): Route {
  if (!hasCaller(endpoint)) throw new TypeError(`${endpoint.name} has no caller`);
  return { endpoint, answer: async (call, app) => answer(call as unknown as Call<E>, app) };
}

/** @throws {TypeError} at definition, for an endpoint that takes no user action */
export function signedRoute<E extends Endpoint>(endpoint: E, answer: (call: SignedCall<E>, app: App) => Promise<ReplyOfEndpoint<E>>): Route {
  if (!endpoint.userAction) throw new TypeError(`${endpoint.name} takes no user action`);
  return { endpoint, answer: async (call, app) => answer(call as unknown as SignedCall<E>, app) };
}
