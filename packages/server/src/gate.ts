/**
 * Who gets in how often (contract §1.10): strangers by where they come from, callers by their bearer. A call that anybody
 * may make is limited by being one, whoever adds it.
 *
 * @module
 */
import { createCredentialChallenge, type Endpoint, initUserAction, isRefusal, match } from '@quorate/wire';
import type { Context, MiddlewareHandler } from 'hono';
import { sourceOf } from './address.ts';
import type { App } from './app.ts';
import type { Caller } from './caller.ts';
import type { Limits } from './limits.ts';
import { type Bindings, rawTarget } from './raw-request.ts';

type Gate = Pick<App, 'limits' | 'trustedProxies'>;
type Handler = (c: Context<Bindings>) => Promise<Response>;

const addressOf = ({ trustedProxies }: Gate, c: Context<Bindings>): string =>
  sourceOf(c.env?.incoming?.socket.remoteAddress, c.req.header('x-forwarded-for'), trustedProxies);

const hasBearer = (c: Context<Bindings>): boolean => c.req.header('authorization') !== undefined;

/** Counts whatever comes without a bearer, also what leads nowhere. */
export const limitStrangers =
  (gate: Gate): MiddlewareHandler<Bindings> =>
  async (c, next) => {
    if (!hasBearer(c)) await gate.limits.count('source', addressOf(gate, c));
    await next();
  };

/** Around the calls of the table: a bearer that is none counts like no bearer, and what a public call is refused for is a guess. */
export const limitCalls =
  (gate: Gate, handler: Handler): Handler =>
  async (c) => {
    const { limits } = gate;
    const source = addressOf(gate, c);
    const access = match(c.req.method, rawTarget(c).pathname)?.endpoint.access;
    const isPublic = access === 'public' || access === 'temporary';
    if (isPublic) {
      await limits.count('entry', source);
      // Taken for a wrong guess before it is known, so that many at the same moment are no way around.
      await limits.count('guesses', source);
    }
    try {
      const answer = await handler(c);
      if (isPublic) await limits.forgive('guesses', source);
      return answer;
    } catch (error) {
      if (isPublic && !(isRefusal(error) && error.status < 500)) await limits.forgive('guesses', source);
      if (isRefusal(error, 'auth/not-authorized') && hasBearer(c)) await limits.count('source', source);
      throw error;
    }
  };

/** @throws {Refusal} `request/too-many` */
export async function limitCaller(limits: Limits, { tokenId }: Caller, endpoint: Endpoint): Promise<void> {
  await limits.count('caller', tokenId);
  if (endpoint === initUserAction || endpoint === createCredentialChallenge) await limits.count('challenges', tokenId);
}
