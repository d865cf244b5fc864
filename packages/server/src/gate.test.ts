import { endpoint, type Endpoint, endpoints, Refusal } from '@quorate/wire';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ServerLimits } from './limits.ts';
import { startNetwork, type TestNetwork } from './network.test-kit.ts';
import { limitCalls } from './gate.ts';
import { createLimits } from './limits.ts';

let network: TestNetwork | null = null;
afterEach(async () => {
  await network?.[Symbol.asyncDispose]();
  network = null;
});
async function start(limits: Partial<ServerLimits>, trustedProxies = 0): Promise<TestNetwork> {
  network = await startNetwork({ limits, trustedProxies });
  return network;
}
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${network?.server.url}${path}`, { headers });
const times = (n: number, call: () => Promise<Response>): Promise<Response[]> => Promise.all(Array.from({ length: n }, call));
const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status).sort();

describe('a limit at the door', () => {
  test('stops one bearer with 429, a stable code and the time to wait, and no other bearer', async () => {
    const { admin, otherAdmin } = await start({ caller: { points: 5, seconds: 60 } });
    const bearer = { authorization: `Bearer ${admin.token}` };
    expect(statuses(await times(8, () => get('/wallets', bearer)))).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const refused = await get('/wallets', bearer);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    const { error } = (await refused.json()) as { error: { code: string; details: { retryAfter: number } } };
    expect(error).toMatchObject({ code: 'request/too-many', details: { retryAfter: Number(refused.headers.get('retry-after')) } });
    expect((await get('/wallets', { authorization: `Bearer ${otherAdmin.token}` })).status).toBe(200);
    expect((await get('/livez')).status).toBe(200);
  });

  test('stops who asks for challenges faster than it can sign them, and lets it read on', async () => {
    const { admin, server } = await start({ challenges: { points: 2, seconds: 60 } });
    const headers = { authorization: `Bearer ${admin.token}` };
    const init = () =>
      fetch(`${server.url}/auth/action/init`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ userActionPayload: '{"network":"KeyECDSA"}', userActionHttpMethod: 'POST', userActionHttpPath: '/wallets' }),
      });
    expect(statuses(await times(4, init))).toEqual([200, 200, 429, 429]);
    expect((await get('/wallets', headers)).status).toBe(200);
  });

  test('counts strangers by their address, also those with a bearer that is none, and leaves bearers alone', async () => {
    const { admin } = await start({ source: { points: 4, seconds: 60 } });
    const forged = { authorization: 'Bearer not.a.token' };
    expect(statuses([...(await times(2, () => get('/wallets', forged))), ...(await times(2, () => get('/openapi.json')))])).toEqual([200, 200, 401, 401]);
    expect((await get('/wallets', forged)).status).toBe(429);
    expect((await get('/nowhere')).status).toBe(429);
    expect((await get('/wallets', { authorization: `Bearer ${admin.token}` })).status).toBe(200);
  });

  test('takes the address from a proxy only where one is trusted', async () => {
    await start({ source: { points: 2, seconds: 60 } });
    for (const ip of ['198.51.100.1', '198.51.100.2']) expect((await get('/openapi.json', { 'x-forwarded-for': ip })).status).toBe(200);
    expect((await get('/openapi.json', { 'x-forwarded-for': '198.51.100.3' })).status).toBe(429);
    await network?.[Symbol.asyncDispose]();
    await start({ source: { points: 2, seconds: 60 } }, 1);
    for (let i = 0; i < 2; i++) expect((await get('/openapi.json', { 'x-forwarded-for': `${i}, 198.51.100.1` })).status).toBe(200);
    expect((await get('/openapi.json', { 'x-forwarded-for': 'invented, 198.51.100.1' })).status).toBe(429);
    expect((await get('/openapi.json', { 'x-forwarded-for': '198.51.100.2' })).status).toBe(200);
  });
});

test('the paths beside the table are for reading: another method is 405 in JSON', async () => {
  await start({});
  for (const path of ['/livez', '/readyz', '/openapi.json', '/.well-known/jwks.json']) {
    const answer = await fetch(`${network?.server.url}${path}`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect(await answer.json()).toMatchObject({ error: { code: 'request/method-not-allowed', details: { allowed: ['GET'] } } });
    expect([200, 503]).toContain((await get(path)).status);
  }
});

describe('a call that anybody may make', () => {
  /** Added to the table for one test: what makes it limited is its access alone. */
  const door = endpoint({
    name: 'tests.enter',
    method: 'POST',
    path: '/tests/enter',
    about: 'Lets in whoever knows the code.',
    access: 'public',
    reply: z.object({}),
  }) as unknown as Endpoint;
  const table = endpoints as Endpoint[];
  const knock = (gate: ReturnType<typeof limitCalls>) =>
    gate({
      req: { method: 'POST', raw: { url: '/tests/enter' }, header: () => undefined },
      env: { incoming: { url: '/tests/enter', socket: { remoteAddress: '203.0.113.9' } } },
    } as unknown as Parameters<typeof gate>[0]).then(
      () => 'in',
      (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
    );

  test('is stopped after so many wrong guesses, also when they come at once; right ones and our own faults do not count', async () => {
    table.push(door);
    try {
      let outcome: () => Promise<Response> = async () => new Response();
      const gate = limitCalls({ limits: createLimits({ guesses: { points: 3, seconds: 60 } }), trustedProxies: 0 }, () => outcome());
      for (let i = 0; i < 5; i++) expect(await knock(gate)).toBe('in');
      outcome = () => Promise.reject(new Error('our fault'));
      for (let i = 0; i < 5; i++) expect(await knock(gate)).toBe('Error: our fault');
      outcome = () => Promise.reject(new Refusal('action/challenge-invalid'));
      const answers = await Promise.all(Array.from({ length: 6 }, () => knock(gate)));
      expect(answers.sort()).toEqual([...Array(3).fill('action/challenge-invalid'), ...Array(3).fill('request/too-many')]);
      outcome = async () => new Response();
      expect(await knock(gate)).toBe('request/too-many');
    } finally {
      table.splice(table.indexOf(door), 1);
    }
  });
});
