/**
 * What the stock SDK sends for a call, derived before the call is made: its rules for paths and bodies, contract §1.3.
 *
 * @module
 */
import { type Endpoint, pathOf, Refusal } from '@quorate/wire';
import type { ExpectedRequest } from './check-challenge.ts';

/** `request`: the argument of the SDK's method, path parameters beside `body`. @throws {Refusal} `request/invalid` */
export function sdkRequest(endpoint: Endpoint, request: unknown): ExpectedRequest {
  const { body, ...params } = (request ?? {}) as Readonly<Record<string, unknown>>;
  // A missing id would be sent as the text `undefined`; nothing good comes of signing that.
  const given = Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const missing = Object.keys(endpoint.params.shape).find((name) => given[name] === undefined);
  if (missing !== undefined) throw new Refusal('request/invalid', { where: 'path', member: missing });
  return { method: endpoint.method, path: pathOf(endpoint, given), payload: payloadOf(endpoint, body) };
}

/** A call that takes no body sends `{}`; one whose optional body is left out sends nothing. */
export function payloadOf(endpoint: Endpoint, body: unknown): string {
  const takesNone = endpoint.body.safeParse(undefined).success && !endpoint.body.safeParse({}).success;
  if (takesNone) return '{}';
  return body ? JSON.stringify(body) : '';
}
