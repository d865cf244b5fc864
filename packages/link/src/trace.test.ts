import { readTraceId, type TraceId } from '@quorate/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openChannel } from './channel.ts';
import { keyParty, publicPartyOf } from './key-party.ts';
import { HEAD, NETWORK, openNetwork, type TestNetwork } from './network.test-kit.ts';
import { currentTrace, traceFields, withTrace } from './trace.ts';

const A = readTraceId('4bf92f3577b34da6a3ce929d0e0e4736') as TraceId;
const B = readTraceId('0af7651916cd43dd8448eb211c80319c') as TraceId;

let network: TestNetwork;
beforeEach(() => {
  network = openNetwork();
});
afterEach(() => network[Symbol.asyncDispose]());

/** A party of the network that serves `certify` and tells under which trace, and another that asks it. */
function pair(readsTraces: boolean) {
  const [askerKeys, ownKeys] = [network.newKeys(), network.newKeys()];
  const parties = new Map([publicPartyOf(askerKeys, 'server'), publicPartyOf(ownKeys, 'signer')].map((party) => [party.id, party]));
  const common = { transport: network.transport, network: NETWORK, parties: (id: string) => parties.get(id) ?? null, now: () => network.clock.now };
  const heard: (TraceId | null)[] = [];
  const own = openChannel({ ...common, self: keyParty(ownKeys) });
  own.serve('certify', async ({ number }) => {
    heard.push(currentTrace());
    // What it goes on to do belongs to it too.
    await new Promise((done) => setTimeout(done, 1));
    heard.push(currentTrace());
    return { head: { ...HEAD, number } };
  });
  const asker = openChannel({ ...common, self: keyParty(askerKeys), readsTraces: () => readsTraces });
  const to = keyParty(ownKeys).id;
  return {
    heard,
    call: () => asker.call(to, 'certify', { number: 3, acks: [] }, { deadline: network.deadline }),
    close() {
      asker.close();
      own.close();
    },
  };
}

describe('a trace', () => {
  test('travels with a call, and each call has its own', async () => {
    const { heard, call, close } = pair(true);
    await withTrace(A, call);
    await withTrace(B, call);
    await call();
    expect(heard).toEqual([A, A, B, B, null, null]);
    close();
  });

  test('does not travel to who does not say that it reads it', async () => {
    const { heard, call, close } = pair(false);
    expect((await withTrace(A, call)).head.number).toBe(3);
    expect(heard).toEqual([null, null]);
    close();
  });

  test('stands in the fields of a log line by the name that collectors know', () => {
    expect(withTrace(A, traceFields)).toEqual({ trace_id: A });
    expect(traceFields()).toEqual({});
    expect(withTrace(A, () => withTrace(null, traceFields))).toEqual({});
  });
});

describe('a server that writes something else in place of a trace', () => {
  test.each([
    ['a line of its own for the log', 'x"}\n{"level":50}'],
    ['upper case', A.toUpperCase()],
    ['zeros', '0'.repeat(32)],
    ['an object', { toString: 'no' }],
    ['more than fits a log', 'a'.repeat(8_000)],
  ])('gains nothing by %s: the call is answered as without any', async (_, trace) => {
    const { server } = network;
    const seen: (TraceId | null)[] = [];
    const complaints: string[] = [];
    const keys = network.newKeys();
    const own = keyParty(keys);
    const channel = openChannel({
      transport: network.transport,
      self: own,
      network: NETWORK,
      parties: (id) => (id === server.party.id ? server.remote : null),
      now: () => network.clock.now,
      log: ({ code }) => complaints.push(code),
    });
    const asked = Promise.withResolvers<void>();
    channel.serve('certify', async ({ number }) => {
      seen.push(currentTrace());
      asked.resolve();
      return { head: { ...HEAD, number } };
    });
    const body = JSON.stringify({ number: 3, acks: [], trace });
    const bytes = await network.forgeCall(server.party, publicPartyOf(keys, 'signer'), 'call/certify', body);
    network.transport.publish(own.id, bytes);
    await asked.promise;
    expect(seen).toEqual([null]);
    expect(complaints).toEqual([]);

    const { heard, call, close } = pair(true);
    await withTrace(A, call);
    expect(heard).toEqual([A, A]);
    close();
    channel.close();
  });
});
