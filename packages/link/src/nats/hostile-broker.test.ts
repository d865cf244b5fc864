import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { NETWORK } from '../network.test-kit.ts';
import { brokersMissing, makeAuthority, makeCertificate, titled } from './brokers.test-kit.ts';
import type { NatsEvent } from './nats-events.ts';
import { natsTransport } from './nats-transport.ts';
import { generateNkey } from './nkey.ts';

const INFO = { server_id: 'x', version: '2.9.0', proto: 1, headers: true, max_payload: 1_048_576, tls_required: true, nonce: 'abcdefghijk' };

describe.skipIf(brokersMissing !== null)(titled('a broker taken over'), () => {
  const dir = mkdtempSync(join(tmpdir(), 'quorate-hostile-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** Speaks NATS well enough to be let in, then says what it likes; counts who comes. */
  async function hostile(info: object, says: (socket: TLSSocket) => void) {
    makeAuthority(dir, 'ca');
    makeCertificate(dir, 'ca', 'broker');
    const secureContext = createSecureContext({ cert: readFileSync(join(dir, 'broker.pem')), key: readFileSync(join(dir, 'broker.key')) });
    let calls = 0;
    const server = createServer((plain) => {
      calls++;
      plain.on('error', () => {});
      plain.write(`INFO ${JSON.stringify(info)}\r\n`);
      const socket = new TLSSocket(plain, { isServer: true, secureContext });
      socket.on('error', () => {});
      let pings = 0;
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.includes('PING\r\n')) return;
        socket.write('PONG\r\n');
        if (++pings === 2) says(socket);
      });
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const events: NatsEvent[] = [];
    const transport = natsTransport({
      servers: [`127.0.0.1:${(server.address() as { port: number }).port}`],
      tls: { ca: readFileSync(join(dir, 'ca.pem'), 'utf8') },
      seed: generateNkey().seed,
      network: NETWORK,
      self: 'a',
      pauses: [5, 20],
      log: (event) => events.push(event),
    });
    const got: Uint8Array[] = [];
    transport.subscribe('a', (bytes) => got.push(bytes));
    return {
      events,
      got,
      transport,
      calls: () => calls,
      async [Symbol.asyncDispose]() {
        await transport.close();
        server.close();
      },
    };
  }

  test('that ends the connection again and again is left and tried again', async () => {
    await using scene = await hostile(INFO, (socket) => socket.destroy());
    await expect.poll(scene.calls).toBeGreaterThan(3);
    expect(scene.events.map(({ code }) => code)).toContain('disconnected');
  });

  test('that says an error of its own making is left and tried again, and its words stay out of events', async () => {
    await using scene = await hostile(INFO, (socket) => socket.write("-ERR 'Authorization Violation from \\u001b[31mnowhere'\r\n"));
    await expect.poll(scene.calls).toBeGreaterThan(2);
    expect(JSON.stringify(scene.events)).not.toContain('nowhere');
  });

  test('that makes senders up hands on what it sends, for the door to judge', async () => {
    await using scene = await hostile(INFO, (socket) => socket.write('MSG quorate.x.y.z 1 5\r\nhello\r\n'));
    await expect.poll(() => scene.got.length).toBe(1);
    expect(new TextDecoder().decode(scene.got[0])).toBe('hello');
    expect(scene.transport.connected).toBe(true);
  });

  test('that offers no TLS is not spoken to', async () => {
    await using scene = await hostile({ ...INFO, tls_required: false }, () => {});
    await expect.poll(() => scene.events.length).toBeGreaterThan(1);
    expect(scene.events[0]).toMatchObject({ code: 'unreachable' });
    expect(scene.transport.connected).toBe(false);
  });

  // It takes two pings without an answer, a quarter of a minute.
  test.skipIf(process.env.SLOW !== '1')('that sends rubbish is left within the time that pings take', async () => {
    await using scene = await hostile(INFO, (socket) => socket.write('\u0000\u0001 rubbish \r\n'));
    await expect.poll(scene.calls, { timeout: 30_000 }).toBeGreaterThan(1);
    expect(scene.got).toEqual([]);
  });
});
