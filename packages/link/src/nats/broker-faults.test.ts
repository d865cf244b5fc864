import { afterEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../limits.ts';
import { goodCall, NETWORK, openNetwork, settled, type TestNetwork } from '../network.test-kit.ts';
import { brokersMissing, titled } from './brokers.test-kit.ts';
import { type NatsNetwork, startNatsNetwork } from './nats-line.test-kit.ts';

const MiB = 1024 * 1024;

describe.skipIf(brokersMissing !== null)(titled('brokers that fail'), () => {
  let nats: NatsNetwork;
  afterEach(() => nats[Symbol.asyncDispose]());

  async function openOver(o: Parameters<typeof startNatsNetwork>[1] = {}): Promise<TestNetwork> {
    nats = await startNatsNetwork(NETWORK, o);
    const network = openNetwork({}, nats.line());
    await network.settled();
    return network;
  }

  /** The next call that works, within a minute or so. */
  async function nextGoodCall(network: TestNetwork): Promise<number> {
    for (const end = performance.now() + 60_000; performance.now() < end; ) {
      const signal = AbortSignal.timeout(500);
      const { signers, deadline } = network;
      const call = network.server.channel.call(signers[0].party.id, 'certify', { number: 3, acks: [] }, { deadline, signal });
      const reply = await call.catch(() => null);
      if (reply !== null) return reply.head.number;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('no call worked any more');
  }

  test('one that is killed and started again is found again, and nobody restarts', async () => {
    await using network = await openOver();
    expect(await goodCall(network)).toBe(3);
    for (let round = 0; round < 2; round++) {
      await nats.brokers.kill(0);
      await expect.poll(() => nats.events.filter(({ code }) => code === 'disconnected').length).toBe(4 * (round + 1));
      await nats.brokers.start(0);
      expect(await nextGoodCall(network)).toBe(3);
    }
  });

  test('what is said while none is there arrives when there is one again', async () => {
    await using network = await openOver();
    await nats.brokers.kill(0);
    await expect.poll(() => nats.events.filter(({ code }) => code === 'disconnected').length).toBe(4);
    const call = goodCall(network);
    await settled();
    // The receiver has to be there before the sender, or the broker knows nobody to give it to.
    await nats.brokers.start(0);
    expect(await Promise.race([call, nextGoodCall(network)])).toBe(3);
    call.catch(() => {});
  });

  test('of three, one is killed and the others carry on', async () => {
    await using network = await openOver({ brokers: 3 });
    expect(await goodCall(network)).toBe(3);
    for (const i of [0, 1, 2]) {
      await nats.brokers.kill(i);
      expect(await nextGoodCall(network)).toBe(3);
      await nats.brokers.start(i);
    }
    await network.settled();
    expect(await nextGoodCall(network)).toBe(3);
  });

  test('of three, with certificates for parties too', async () => {
    await using network = await openOver({ brokers: 3, clientCertificates: true });
    expect(await goodCall(network)).toBe(3);
    const { cert: _c, key: _k, ...without } = nats.brokers.tls;
    await expect(Promise.race([nats.connect(1, { tls: without }), settled().then(() => Promise.reject(new Error('not let in')))])).rejects.toThrow(
      'not let in',
    );
  });

  test('the largest envelope passes, one byte more is refused before it is sent', async () => {
    nats = await startNatsNetwork(NETWORK);
    const [from, to] = [await nats.connect(0), await nats.connect(1)];
    const sizes: number[] = [];
    to.subscribe(nats.ids[1] as string, (bytes) => sizes.push(bytes.length));
    expect(() => from.publish(nats.ids[1] as string, new Uint8Array(defaultLimits.envelopeBytes + 1))).toThrow(RangeError);
    from.publish(nats.ids[1] as string, new Uint8Array(defaultLimits.envelopeBytes));
    await expect.poll(() => sizes).toEqual([defaultLimits.envelopeBytes]);
    expect(from.connected).toBe(true);
  });

  test('one that stands still fills neither memory nor line, and goes on with what is fresh', async () => {
    nats = await startNatsNetwork(NETWORK);
    const limits = { waitingBytes: 4 * MiB, windowBytes: 2 * MiB };
    const [from, to] = [await nats.connect(0, { limits }), await nats.connect(1)];
    const got: number[] = [];
    to.subscribe(nats.ids[1] as string, (bytes) => got.push(new DataView(bytes.buffer).getUint32(0)));
    const publish = (n: number): void => {
      const bytes = new Uint8Array(MiB / 2);
      new DataView(bytes.buffer).setUint32(0, n);
      from.publish(nats.ids[1] as string, bytes);
    };
    publish(0);
    await expect.poll(() => got).toEqual([0]);
    nats.brokers.signal(0, 'SIGSTOP');
    for (let n = 1; n <= 200; n++) publish(n);
    expect(from.waitingBytes).toBeLessThanOrEqual(4 * MiB);
    await expect.poll(() => nats.events.find(({ code }) => code === 'dropped')).toBeDefined();
    const dropped = nats.events.find(({ code }) => code === 'dropped')?.count ?? 0;
    expect(dropped).toBeGreaterThan(150);
    nats.brokers.signal(0, 'SIGCONT');
    await expect.poll(() => got.at(-1)).toBe(200);
    expect(got.length).toBe(201 - dropped);
    expect(got).toEqual([...got].sort((a, b) => a - b));
    expect(from.waitingBytes).toBe(0);
  });

  test('close sends what was given before it', async () => {
    nats = await startNatsNetwork(NETWORK);
    const [from, to] = [await nats.connect(0), await nats.connect(1)];
    let got = 0;
    to.subscribe(nats.ids[1] as string, () => got++);
    for (let n = 0; n < 100; n++) from.publish(nats.ids[1] as string, new Uint8Array(100_000));
    await from.close();
    await expect.poll(() => got).toBe(100);
    expect(from.connected).toBe(false);
    from.publish(nats.ids[1] as string, new Uint8Array(1));
    await expect(from.ready()).rejects.toThrow('closed');
  });
});
