/**
 * The signed request read as a command: method, path and payload exactly as the user signed them, through the endpoint
 * table. Server and every signer read it with this one function; a query that was not signed does not exist for it.
 *
 * @module
 */
import type * as z from 'zod';
import { type Endpoint, type Meaning, meaningOf } from './endpoint.ts';
import { Refusal } from './refusal.ts';
import type { Statement } from './statement.ts';
import { parseStrictJson } from './strict-json.ts';
import { match } from './table.ts';

export interface Command<E extends Endpoint = Endpoint> extends Meaning {
  readonly endpoint: E;
  readonly params: z.output<E['params']>;
  readonly body: z.output<E['body']>;
}

/** @throws {Refusal} `request/unknown-route`, `request/malformed-json`, `request/invalid`, `request/unsupported` */
export function readCommand(request: Pick<Statement, 'method' | 'path'> & { readonly payload: string }): Command {
  const pathname = request.path.split('?', 1)[0] ?? '';
  const found = match(request.method, pathname);
  if (found === null || !found.endpoint.userAction) throw new Refusal('request/unknown-route');
  const { endpoint } = found;
  const params = parseInput(endpoint.params, found.params, 'path');
  const body = readBody(endpoint, request.payload);
  return { endpoint, params, body, ...meaningOf(endpoint, body) };
}

/** Parses a body's text by the endpoint's schema; an absent body and `{}` are the same where none is taken. */
export function readBody<E extends Endpoint>(endpoint: E, text: string): z.output<E['body']> {
  const value = text === '' ? undefined : parseStrictJson(text);
  if (endpoint.body.safeParse(undefined).success && isEmptyObject(value)) return undefined as z.output<E['body']>;
  return parseInput(endpoint.body, value, 'body') as z.output<E['body']>;
}

const isEmptyObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** Parses by a schema and names the first offending member. @throws {Refusal} `request/invalid` */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, where: 'path' | 'query' | 'body'): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Refusal('request/invalid', { where, member: issue?.path.join('.') ?? '', problem: problemOf(issue) });
}

/** zod's sentence, except where it would quote what was sent. */
function problemOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'invalid';
  if (issue.code !== 'unrecognized_keys') return issue.message;
  const name = issue.keys[0] ?? '';
  return /^\w{1,64}$/.test(name) ? `takes no member ${name}` : 'takes no such member';
}

/** Whether a command is for this endpoint, with its types. */
export function isFor<E extends Endpoint>(command: Command, endpoint: E): command is Command<E> {
  return command.endpoint === (endpoint as Endpoint);
}
