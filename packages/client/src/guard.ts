/**
 * A guard around the unmodified Dfns client. The stock client signs whatever challenge it is handed; behind this guard
 * it signs only the request its caller made.
 *
 * Every call of the table is worked out before it is made: method, path and body text. Its challenge must commit to just
 * that. Calls that the table does not have go through as long as they need no signature.
 *
 * @module
 */
import type { CredentialSigner, DfnsApiClient, DfnsApiClientOptions } from '@dfns/sdk';
import { type Endpoint, endpoints } from '@quorate/wire';
import { challengeCheck, type Trust } from './check-challenge.ts';
import { checkedSigner, type OnAction, refusingSigner } from './checked-signer.ts';
import { sdkRequest } from './sdk-request.ts';

export interface GuardOptions extends Trust {
  readonly orgId: string;
  readonly onAction?: OnAction;
}

const signedCalls: ReadonlyMap<string, Endpoint> = new Map(endpoints.filter(({ userAction }) => userAction).map((endpoint) => [endpoint.name, endpoint]));

/** What the SDK's client and each of its areas hold; TypeScript alone calls it private. */
interface Holder {
  readonly apiOptions: DfnsApiClientOptions;
}

/**
 * The same client, guarded: use it in place of the one given. A refused call rejects with {@link Refusal}
 * `guard/foreign-challenge` or `guard/unknown-call`, and nothing has been signed.
 * @throws {TypeError} for a delegated client: its challenges are signed elsewhere, past any guard
 */
export function guard<C extends DfnsApiClient>(client: C, options: GuardOptions): C {
  if ('createWalletInit' in client.wallets) throw new TypeError('a delegated client hands its challenges out: no guard can see what is signed');
  const { signer } = (client as unknown as Holder).apiOptions;
  const check = challengeCheck(options);
  const callSigner = (endpoint: Endpoint, request: unknown): CredentialSigner | undefined =>
    signer && checkedSigner(signer, sdkRequest(endpoint, request), check, options.onAction);
  // Whatever a proxy below does not catch ends at a signer that refuses.
  return new Proxy(withSigner(client, signer && refusingSigner), {
    get: (target, name) => {
      const area: unknown = Reflect.get(target, name, target);
      return isHolder(area) ? guardArea(area, String(name), callSigner) : area;
    },
  });
}

const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null && 'apiOptions' in value;

function guardArea<A extends Holder>(area: A, areaName: string, callSigner: (endpoint: Endpoint, request: unknown) => CredentialSigner | undefined): A {
  return new Proxy(area, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      const endpoint = signedCalls.get(`${areaName}.${String(name)}`);
      if (endpoint === undefined || typeof member !== 'function') return typeof member === 'function' ? member.bind(target) : member;
      return async (request: unknown) => Reflect.apply(member, withSigner(target, callSigner(endpoint, request)), [request]);
    },
  });
}

/** The same object with another signer in its options; everything else is looked up in the original. */
function withSigner<T extends object>(holder: T, signer: CredentialSigner | undefined): T {
  const { apiOptions } = holder as Holder;
  return Object.create(holder, { apiOptions: { value: { ...apiOptions, signer }, enumerable: true } }) as T;
}
