import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateNkey, isUserKey, nkeyOf, readNkey } from './nkey.ts';
import { natsTransport } from './nats-transport.ts';
import { partyToken, subjectsOf } from './subjects.ts';

/** Looks like one; nobody gets so far as to read it. */
const CA = '-----BEGIN CERTIFICATE-----';
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test('an nkey is read from a file as it was made', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-nkey-'));
  const made = generateNkey();
  await writeFile(join(dir, 'seed'), `${new TextDecoder().decode(made.seed)}\n`);
  expect(readNkey(join(dir, 'seed'))).toEqual(made);
  expect(isUserKey(made.publicKey)).toBe(true);
  await rm(dir, { recursive: true });
});

test('what is no seed of a user is refused without being quoted', () => {
  const seed = new TextDecoder().decode(generateNkey().seed);
  for (const bad of ['', 'secret words', seed.slice(0, -1), `SA${seed.slice(2)}`, seed.slice(0, 30) + (seed[30] === 'A' ? 'B' : 'A') + seed.slice(31)]) {
    const refused = (() => {
      try {
        return nkeyOf(utf8(bad)) && '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(refused).toContain('nkey');
    if (bad !== '') expect(refused).not.toContain(bad.slice(3, 12) || 'x');
  }
  expect(nkeyOf(utf8(` ${seed}\n`)).publicKey).toMatch(/^U/);
});

test('subjects name network, receiver and sender in tokens that mean nothing to NATS', () => {
  const network = 'a1'.repeat(32);
  const ids = ['a+/=', 'b', '*', '>', 'x.y', ''];
  for (const id of ids) expect(partyToken(id)).toMatch(/^[0-9a-f]{40}$/);
  expect(new Set(ids.map(partyToken)).size).toBe(ids.length);
  const own = subjectsOf(network, '>');
  expect(own.to('*')).toBe(`quorate.${network.slice(0, 32)}.${partyToken('*')}.${partyToken('>')}`);
  expect(() => subjectsOf('*', 'a')).toThrow('genesis hash');
});

test('a transport is not made of options that are none', () => {
  const options = { servers: ['127.0.0.1:1'], tls: { ca: CA }, seed: generateNkey().seed, network: 'a1'.repeat(32), self: 'a' };
  expect(() => natsTransport({ ...options, servers: [] })).toThrow('brokers');
  expect(() => natsTransport({ ...options, servers: ['host:1 evil'] })).toThrow('brokers');
  expect(() => natsTransport({ ...options, tls: { ca: '' } })).toThrow('certificate authority');
  expect(() => natsTransport({ ...options, tls: { ca: CA, cert: 'x' } })).toThrow('belong together');
  expect(() => natsTransport({ ...options, seed: utf8('x') })).toThrow('nkey');
  expect(() => natsTransport({ ...options, network: 'x' })).toThrow('genesis hash');
});

test('without any broker messages wait, are bounded, and the end is quick', async () => {
  const events: { code: string; count?: number }[] = [];
  const transport = natsTransport({
    servers: ['127.0.0.1:1'],
    tls: { ca: CA },
    seed: generateNkey().seed,
    network: 'a1'.repeat(32),
    self: 'a',
    limits: { waitingBytes: 1000 },
    pauses: [5, 10],
    log: (event) => events.push(event),
  });
  for (let i = 0; i < 50; i++) transport.publish('b', new Uint8Array(100));
  expect(transport.waitingBytes).toBe(1000);
  expect(transport.connected).toBe(false);
  const waiting = transport.ready();
  await expect.poll(() => events.filter(({ code }) => code === 'unreachable').length).toBeGreaterThan(2);
  expect(events[0]).toEqual({ code: 'unreachable', server: '127.0.0.1:1', fault: 'ECONNREFUSED' });
  const ended = expect(waiting).rejects.toThrow('closed');
  const begun = performance.now();
  await transport.close();
  expect(performance.now() - begun).toBeLessThan(30_000);
  await ended;
  expect(events.at(-1)).toEqual({ code: 'dropped', count: 40, bytes: 4000 });
});
