/**
 * A client read straight off the endpoint table, for every call and above all for those the stock SDK does not have.
 * Signed calls go through the same check as behind `guard`.
 *
 * @module
 */
import type { CredentialSigner, UserActionChallenge } from '@dfns/sdk';
import {
  type BodyGiven,
  completeUserAction,
  type Endpoint,
  initUserAction,
  type ParamsGiven,
  pathOf,
  type QueryGiven,
  Refusal,
  type ReplyRead,
} from '@quorate/wire';
import { ApiError, errorFrom } from './api-error.ts';
import { challengeCheck, type Trust } from './check-challenge.ts';
import { checkedSigner, type OnAction } from './checked-signer.ts';
import { payloadOf } from './sdk-request.ts';

export interface ConnectOptions extends Trust {
  /** Origin of the API; a path in it is not used, as in the stock SDK. */
  readonly baseUrl: string;
  readonly authToken?: string;
  /** Needed for signed calls. */
  readonly signer?: CredentialSigner;
  readonly onAction?: OnAction;
  readonly fetch?: typeof globalThis.fetch;
}

type Part<Name extends string, T> = undefined extends T
  ? { readonly [N in Name]?: T }
  : Record<never, never> extends T
    ? { readonly [N in Name]?: T }
    : { readonly [N in Name]: T };
/** What a call takes; parts that an endpoint does not have, or that may be empty, can be left out. */
export type CallInput<E extends Endpoint> = Part<'params', ParamsGiven<E>> & Part<'query', QueryGiven<E>> & Part<'body', BodyGiven<E>>;

export interface Connection {
  /**
   * @throws {Refusal} the server's, by its code; `guard/foreign-challenge` when it asked for a signature over something else
   * @throws {ApiError} for an answer without a code of ours, or of another shape than the endpoint's
   */
  call<E extends Endpoint>(endpoint: E, ...input: Record<never, never> extends CallInput<E> ? [CallInput<E>?] : [CallInput<E>]): Promise<ReplyRead<E>>;
}

interface Outgoing {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `null` for none. */
  readonly body: string | null;
  readonly userAction?: string;
}

export function connect(options: ConnectOptions): Connection {
  const { baseUrl, authToken, signer, onAction, fetch = globalThis.fetch } = options;
  const check = challengeCheck(options);

  async function send<E extends Endpoint>(endpoint: E, { method, path, body, userAction }: Outgoing): Promise<ReplyRead<E>> {
    const headers: Record<string, string> = {
      ...(authToken === undefined ? {} : { authorization: `Bearer ${authToken}` }),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(userAction === undefined ? {} : { 'x-dfns-useraction': userAction }),
    };
    const response = await fetch(new URL(path, baseUrl), { method, headers, body, redirect: 'error' });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok || response.status === 202) throw errorFrom(response.status, answer);
    const parsed = endpoint.reply.safeParse(answer);
    if (!parsed.success) throw new ApiError(response.status, `the answer to ${endpoint.name} has not the shape of one`);
    return parsed.data as ReplyRead<E>;
  }

  const post = <E extends Endpoint>(endpoint: E, body: BodyGiven<E>): Promise<ReplyRead<E>> =>
    send(endpoint, { method: endpoint.method, path: endpoint.path, body: JSON.stringify(body) });

  async function userAction(request: { method: string; path: string; payload: string }): Promise<string> {
    if (signer === undefined) throw new Refusal('action/missing', { reason: 'this connection has no signer' });
    const init = await post(initUserAction, {
      userActionPayload: request.payload,
      userActionHttpMethod: request.method as 'POST',
      userActionHttpPath: request.path,
      userActionServerKind: 'Api',
    });
    const firstFactor = await checkedSigner(signer, request, check, onAction).sign(init as unknown as UserActionChallenge);
    return (await post(completeUserAction, { challengeIdentifier: init.challengeIdentifier, firstFactor: firstFactor as never })).userAction;
  }

  return {
    async call(endpoint, ...[input]) {
      const { params, query, body } = (input ?? {}) as { params?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };
      const { method } = endpoint;
      const path = pathOf(endpoint, params ?? {}) + queryText(query ?? {});
      if (!endpoint.userAction) return send(endpoint, { method, path, body: body === undefined ? null : JSON.stringify(body) });
      const payload = payloadOf(endpoint, body);
      return send(endpoint, { method, path, body: payload === '' ? null : payload, userAction: await userAction({ method, path, payload }) });
    },
  };
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? '' : `?${entries.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&')}`;
}
