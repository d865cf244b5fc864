/**
 * An endpoint as a value: method, path, who may call it, what goes in and out. Types, validation, routes, the signers'
 * reading of a signed request, the client's guard and the OpenAPI file all come from these values.
 *
 * @module
 */
import * as z from 'zod';
import type { Operation } from './operations.ts';
import type { RefusalCode } from './refusal.ts';
import type { Method } from './statement.ts';

/** What a signed call does at the signers; `null` for calls they never see. */
export type Effect = 'act' | 'keygen' | 'sign' | 'export' | null;

/** What one signed request does at the signers, and the operations that its author must hold for it. */
export interface Meaning {
  readonly effect: Effect;
  readonly access: Endpoint['access'];
}

export interface Endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  /** Method of the stock SDK that makes this call, as `namespace.method`; ours where the SDK has none. */
  readonly name: string;
  readonly method: Method;
  /** Path with `:name` segments. */
  readonly path: string;
  readonly about: string;
  /** Who may call: anybody, whoever registers (with its temporary token), any bearer, or a bearer whose user holds all these operations. */
  readonly access: 'public' | 'temporary' | 'bearer' | readonly Operation[];
  readonly userAction: boolean;
  readonly effect: Effect;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly reply: R;
  readonly refusals: readonly RefusalCode[];
  /** Where the body decides: read by server and signers alike, from nothing but what the user signed. */
  meaning?(body: z.output<B>): Meaning;
}

const none = z.object({});
type None = typeof none;
type Given<P, Q, B extends z.ZodType, R> = {
  name: string;
  method: Method;
  path: string;
  about: string;
  access: Endpoint['access'];
  effect?: Effect;
  params?: P;
  query?: Q;
  body?: B;
  reply: R;
  refusals?: readonly RefusalCode[];
  meaning?: (body: z.output<B>) => Meaning;
};

/** A call that needs no user action. */
export function endpoint<R extends z.ZodType, P extends z.ZodObject = None, Q extends z.ZodObject = None, B extends z.ZodType = z.ZodUndefined>(
  given: Given<P, Q, B, R>,
): Endpoint<P, Q, B, R> {
  return {
    ...given,
    userAction: false,
    effect: given.effect ?? null,
    params: given.params ?? (none as unknown as P),
    query: given.query ?? (none as unknown as Q),
    body: given.body ?? (z.undefined() as unknown as B),
    refusals: given.refusals ?? [],
  };
}

/** A call that its user signs. */
export function signedEndpoint<R extends z.ZodType, P extends z.ZodObject = None, Q extends z.ZodObject = None, B extends z.ZodType = z.ZodUndefined>(
  given: Given<P, Q, B, R>,
): Endpoint<P, Q, B, R> {
  return { ...endpoint(given), userAction: true };
}

/** What a request with this body means: what stands in the table, unless the body decides. */
export const meaningOf = (endpoint: Endpoint, body: unknown): Meaning => endpoint.meaning?.(body) ?? { effect: endpoint.effect, access: endpoint.access };

export type ParamsOf<E extends Endpoint> = z.output<E['params']>;
export type QueryOf<E extends Endpoint> = z.output<E['query']>;
export type BodyOfEndpoint<E extends Endpoint> = z.output<E['body']>;
export type ReplyOfEndpoint<E extends Endpoint> = z.input<E['reply']>;

/** What a caller writes, before it is parsed: ids are plain text here. */
export type ParamsGiven<E extends Endpoint> = z.input<E['params']>;
export type QueryGiven<E extends Endpoint> = z.input<E['query']>;
export type BodyGiven<E extends Endpoint> = z.input<E['body']>;
/** What a caller reads, after it is parsed. */
export type ReplyRead<E extends Endpoint> = z.output<E['reply']>;
