/**
 * The table: every endpoint there is, and how a method and a path find theirs.
 *
 * @module
 */
import * as actions from './endpoints/actions.ts';
import * as applications from './endpoints/applications.ts';
import * as authority from './endpoints/authority.ts';
import * as changes from './endpoints/changes.ts';
import * as credentials from './endpoints/credentials.ts';
import * as login from './endpoints/login.ts';
import * as registration from './endpoints/registration.ts';
import * as logs from './endpoints/logs.ts';
import * as signers from './endpoints/signers.ts';
import * as tokens from './endpoints/tokens.ts';
import * as users from './endpoints/users.ts';
import * as walletActs from './endpoints/wallet-acts.ts';
import * as wallets from './endpoints/wallets.ts';
import type { Endpoint } from './endpoint.ts';

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'reply' in value;

export const endpoints: readonly Endpoint[] = [
  actions,
  authority,
  signers,
  wallets,
  walletActs,
  changes,
  users,
  tokens,
  credentials,
  login,
  registration,
  applications,
  logs,
].flatMap((room) => Object.values(room).filter(isEndpoint));

export interface Match {
  readonly endpoint: Endpoint;
  /** Path parameters, percent-decoded once, not yet parsed. */
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the endpoint of a raw, percent-encoded path without query. `null` where there is none. */
export function match(method: string, path: string): Match | null {
  for (const endpoint of endpoints) {
    if (endpoint.method !== method) continue;
    const params = matchPath(endpoint.path, path);
    if (params !== null) return { endpoint, params };
  }
  return null;
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const text = given[i] ?? '';
    if (!segment.startsWith(':')) {
      if (segment !== text) return null;
      continue;
    }
    try {
      params[segment.slice(1)] = decodeURIComponent(text);
    } catch {
      return null;
    }
    if (text === '') return null;
  }
  return params;
}

/** The raw path of an endpoint with its parameters percent-encoded, as the stock SDK builds it (contract §1.3). */
export function pathOf(endpoint: Endpoint, params: Readonly<Record<string, string>>): string {
  return endpoint.path.replace(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`missing path parameter ${name}`);
    return encodeURIComponent(value);
  });
}
