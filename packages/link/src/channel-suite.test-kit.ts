/**
 * What channels do, over whichever transport.
 *
 * @module
 */
import { b64, type NoticeOf, Refusal, type SignerId } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { type IncomingProtocol, openChannel } from './channel.ts';
import { keyParty, publicPartyOf } from './key-party.ts';
import { goodCall, HEAD, NETWORK, type NetworkOptions, PATIENCE, settled, type TestNetwork, text, until } from './network.test-kit.ts';

const join = { sessionTag: 'c3'.repeat(32), nonce: 'd4'.repeat(32), head: HEAD };

/** `openNetwork` gives a new network whose parties hear each other already. */
export function channelSuite(openNetwork: (o?: NetworkOptions) => Promise<TestNetwork>): void {
  describe('a party that is about to change its keys', () => {
    test('is understood by who knows it by the old ones and by who knows it by the new, once by each', async () => {
      await using network = await openNetwork();
      const { server, signers } = network;
      const [old, next] = [network.newKeys(), network.newKeys()];
      const [before, after] = [keyParty(old), keyParty(next)];
      const known = new Map([server, ...signers].map(({ remote }) => [remote.id, remote]));
      const remote = publicPartyOf(old, 'signer');
      const heard: string[] = [];
      const listeners = ([old, next] as const).map((keys, i) => {
        const own = keyParty(network.newKeys());
        const { identityKey, sealingKey } = publicPartyOf(keys, 'signer');
        const channel = openChannel({
          transport: network.transport,
          self: own,
          network: NETWORK,
          parties: (id) => (id === remote.id ? { ...remote, identityKey, sealingKey } : null),
          now: () => network.clock.now,
        });
        channel.onNotice('join', () => heard.push(String(i)));
        known.set(own.id, { id: own.id, role: 'signer', identityKey: b64.decode(own.id), sealingKey: b64.decode(own.id) });
        return { channel, id: own.id };
      });
      const changing = openChannel({
        transport: network.transport,
        self: { ...before, alsoSign: (message) => after.sign(message) },
        network: NETWORK,
        parties: (id) => known.get(id) ?? null,
        now: () => network.clock.now,
      });
      await network.settled();
      changing.notify(
        listeners.map(({ id }) => id),
        'join',
        join,
      );
      await until(() => heard.length === 2);
      await settled();
      expect(heard.sort()).toEqual(['0', '1']);
      changing.close();
      for (const { channel } of listeners) channel.close();
      expect(await goodCall(network)).toBe(3);
    });
  });

  describe('calls', () => {
    test('the handler gets the request, its proven sender and the deadline; the caller gets the reply', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      let seen: unknown = null;
      signers[1].channel.serve('status', async (request, { from, deadline }) => {
        seen = { request, from: from.id, role: from.role, deadline };
        return {
          signerId: signers[1].party.id as SignerId,
          ready: true,
          checks: { store: 'ok' },
          head: HEAD,
          build: { version: '1', impl: 'x', implVersion: '2', bigint: 'gmp' as const, testFixtures: false },
          now: 5,
        };
      });
      const reply = await server.channel.call(signers[1].party.id, 'status', {}, { deadline });
      expect(reply.checks).toEqual({ store: 'ok' });
      expect(seen).toEqual({ request: {}, from: server.party.id, role: 'server', deadline });
    });

    test('signers and server may ask each other for the chain', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      for (const to of [server, signers[1]]) {
        expect(await signers[0].channel.call(to.party.id, 'chain', { after: 0, limit: 5 }, { deadline })).toEqual({ acts: [] });
      }
    });

    test('many calls at once each get their own reply', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      const numbers = Array.from({ length: 50 }, (_, i) => i + 1);
      const replies = await Promise.all(
        numbers.map((number, i) => server.channel.call((signers[i % 3] ?? signers[0]).party.id, 'certify', { number, acks: [] }, { deadline })),
      );
      expect(replies.map(({ head }) => head.number)).toEqual(numbers);
    });

    test('a refusal arrives as the same refusal, and the handler lives on', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      let refuse = true;
      signers[1].channel.serve('status', async () => {
        if (refuse) throw new Refusal('signers/unavailable', { missing: ['a', 'b'], count: 2 });
        throw new Refusal('signers/busy', { padding: 'x'.repeat(40_000) });
      });
      const ask = () => server.channel.call(signers[1].party.id, 'status', {}, { deadline });
      await expect(ask()).rejects.toMatchObject({ name: 'Refusal', code: 'signers/unavailable', detail: { missing: ['a', 'b'], count: 2 } });
      refuse = false;
      await expect(ask()).rejects.toMatchObject({ name: 'Refusal', code: 'signers/busy', detail: {} });
      expect(signers[1].events).toEqual([]);
    });

    test('any other throw is answered request/internal, and the log has the place but not the text', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      signers[1].channel.serve('status', async () => {
        throw new TypeError('foreign words\n    at foreign (place)');
      });
      await expect(server.channel.call(signers[1].party.id, 'status', {}, { deadline })).rejects.toMatchObject({ code: 'request/internal', detail: {} });
      expect(signers[1].events).toMatchObject([{ code: 'handler-failed', from: server.party.id, kind: 'call/status' }]);
      expect(signers[1].events[0]?.fault).toMatch(/^TypeError at .*channel-suite/);
      expect(JSON.stringify(signers[1].events)).not.toContain('foreign');
      expect(await goodCall(network)).toBe(3);
    });

    test('a call that nobody serves is refused at once', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      await expect(server.channel.call(signers[0].party.id, 'status', {}, { deadline })).rejects.toMatchObject({
        code: 'envelope/refused',
        detail: { problem: 'unserved' },
      });
      expect(signers[0].events).toMatchObject([{ code: 'unserved' }]);
      expect(await goodCall(network)).toBe(3);
    });

    test('a call ends at its deadline, and the reply that comes later changes nothing', async () => {
      await using network = await openNetwork();
      const { server, signers, clock } = network;
      const answered = Promise.withResolvers<void>();
      signers[1].channel.serve('status', async () => {
        await answered.promise;
        throw new Refusal('signers/busy');
      });
      await expect(server.channel.call(signers[1].party.id, 'status', {}, { deadline: clock.now + 30 })).rejects.toMatchObject({
        name: 'LinkError',
        code: 'timeout',
      });
      answered.resolve();
      await until(() => server.events.length > 0);
      expect(server.events).toMatchObject([{ code: 'unexpected-reply', from: signers[1].party.id }]);
      await expect(server.channel.call(signers[0].party.id, 'certify', { number: 3, acks: [] }, { deadline: clock.now })).rejects.toMatchObject({
        code: 'timeout',
      });
      expect(await goodCall(network)).toBe(3);
    });

    test('an answer that is ready after the deadline is not sent', async () => {
      await using network = await openNetwork();
      const { server, signers, clock, deadline } = network;
      signers[1].channel.serve('status', async () => {
        clock.now += PATIENCE + 1;
        throw new Refusal('signers/busy');
      });
      const call = server.channel.call(signers[1].party.id, 'status', {}, { deadline, signal: AbortSignal.timeout(200) });
      await expect(call).rejects.toMatchObject({ code: 'aborted' });
      await until(() => signers[1].events.length > 0);
      expect(signers[1].events).toMatchObject([{ code: 'late-answer' }]);
      expect(await goodCall(network)).toBe(3);
    });

    test('a call can be given up, before and after it is sent', async () => {
      await using network = await openNetwork({ tap: () => [] });
      const { server, signers, deadline, transport } = network;
      const ask = (signal: AbortSignal) => server.channel.call(signers[0].party.id, 'certify', { number: 1, acks: [] }, { deadline, signal });
      await expect(ask(AbortSignal.abort())).rejects.toMatchObject({ name: 'LinkError', code: 'aborted' });
      const giver = new AbortController();
      const call = ask(giver.signal);
      giver.abort();
      await expect(call).rejects.toMatchObject({ name: 'LinkError', code: 'aborted' });
      transport.setTap(null);
      expect(await goodCall(network)).toBe(3);
    });

    test('close ends every open call, and nothing works afterwards', async () => {
      await using network = await openNetwork({ tap: () => [] });
      const { server, signers, deadline } = network;
      const call = server.channel.call(signers[0].party.id, 'certify', { number: 1, acks: [] }, { deadline });
      server.channel.close();
      server.channel.close();
      await expect(call).rejects.toMatchObject({ name: 'LinkError', code: 'closed' });
      await expect(server.channel.call(signers[0].party.id, 'certify', { number: 1, acks: [] }, { deadline })).rejects.toMatchObject({ code: 'closed' });
      signers[0].channel.close();
      expect(() => signers[0].channel.notify([signers[1].party.id], 'join', join)).not.toThrow();
    });

    test('unknown parties, oneself and oversized requests are refused before anything is sent', async () => {
      let sent = 0;
      await using network = await openNetwork({
        tap: ({ bytes }) => {
          sent++;
          return [bytes];
        },
      });
      const { server, signers, deadline } = network;
      const ask = (to: string) => server.channel.call(to, 'certify', { number: 1, acks: [] }, { deadline });
      await expect(ask('nobody')).rejects.toMatchObject({ name: 'LinkError', code: 'unknown-party' });
      await expect(ask(server.party.id)).rejects.toMatchObject({ name: 'LinkError', code: 'unknown-party' });
      const acks = Array.from({ length: 400 }, () => ({ body: 'x'.repeat(100) })) as never;
      await expect(server.channel.call(signers[0].party.id, 'certify', { number: 1, acks }, { deadline })).rejects.toMatchObject({ code: 'oversized' });
      expect(sent).toBe(0);
      expect(await goodCall(network)).toBe(3);
    });

    test('a reply that is too large is not sent, and the caller is told', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      signers[1].channel.serve('status', async () => ({ checks: { a: 'x'.repeat(20_000) } }) as never);
      await expect(server.channel.call(signers[1].party.id, 'status', {}, { deadline })).rejects.toMatchObject({ code: 'request/internal' });
      expect(signers[1].events).toMatchObject([{ code: 'answer-oversized' }]);
    });

    test('a reply of the wrong shape is a bad reply', async () => {
      await using network = await openNetwork();
      const { server, signers, deadline } = network;
      signers[1].channel.serve('status', async () => ({ ready: 'perhaps' }) as never);
      await expect(server.channel.call(signers[1].party.id, 'status', {}, { deadline })).rejects.toMatchObject({ name: 'LinkError', code: 'bad-reply' });
      expect(server.events).toMatchObject([{ code: 'bad-reply', from: signers[1].party.id }]);
      expect(await goodCall(network)).toBe(3);
    });

    test('the line sees neither request nor reply', async () => {
      const line: Uint8Array[] = [];
      await using network = await openNetwork({
        tap: ({ bytes }) => {
          line.push(bytes);
          return [bytes];
        },
      });
      await goodCall(network);
      expect(line.length).toBe(2);
      for (const bytes of line) expect(new TextDecoder().decode(bytes)).not.toMatch(/acks|"head"/);
    });
  });

  describe('notices', () => {
    test('are signed once, and the same bytes reach every receiver but oneself', async () => {
      const line = new Map<string, Uint8Array>();
      await using network = await openNetwork({
        tap: ({ to, bytes }) => {
          line.set(to, bytes);
          return [bytes];
        },
      });
      const { signers } = network;
      const got: { notice: NoticeOf<'join'>; from: string }[] = [];
      for (const { channel } of signers) channel.onNotice('join', (notice, from) => got.push({ notice, from: from.id }));
      const ids = signers.map(({ party }) => party.id);
      signers[0].channel.notify(ids, 'join', join);
      await until(() => got.length === 2);
      expect(got).toEqual([1, 2].map(() => ({ notice: join, from: ids[0] })));
      const [first, second] = [...line.values()];
      expect([...line.keys()]).toEqual(ids.slice(1));
      expect(first).toEqual(second);
    });

    test('a handler that throws, at once or later, is logged and hinders nothing', async () => {
      await using network = await openNetwork();
      const { signers } = network;
      let got = 0;
      signers[1].channel.onNotice('join', () => {
        got++;
        throw new Error('no');
      });
      signers[1].channel.onNotice('leave', (async () => {
        got++;
        throw new Error('no');
      }) as () => void);
      signers[0].channel.notify([signers[1].party.id], 'join', join);
      signers[0].channel.notify([signers[1].party.id], 'leave', { sessionTag: join.sessionTag, code: 'x' });
      await until(() => signers[1].events.length === 2);
      expect(got).toBe(2);
      expect(signers[1].events.map(({ code, kind }) => `${code} ${kind}`)).toEqual(['handler-failed notice/join', 'handler-failed notice/leave']);
      expect(await goodCall(network)).toBe(3);
    });

    test('an oversized notice is not sent', async () => {
      await using network = await openNetwork();
      const { signers } = network;
      expect(() => signers[0].channel.notify([signers[1].party.id], 'leave', { sessionTag: join.sessionTag, code: 'x'.repeat(5000) })).toThrow(
        expect.objectContaining({ code: 'oversized' }),
      );
    });
  });

  describe('protocol messages', () => {
    test('broadcasts and messages for one arrive as what they are, in the order in which they were sent', async () => {
      await using network = await openNetwork();
      const { signers, deadline } = network;
      const ids = signers.map(({ party }) => party.id);
      const got: IncomingProtocol[][] = signers.map(() => []);
      for (const [i, { channel }] of signers.entries()) channel.onProtocol((message) => got[i]?.push(message));
      const session = 'e5'.repeat(32);
      for (let seq = 0; seq < 40; seq++) {
        const broadcast = seq % 2 === 0;
        // Long and short ones by turns: verification must not let the short ones overtake.
        signers[0].channel.sendProtocol({
          to: broadcast ? ids : [ids[1] as string],
          broadcast,
          session,
          seq,
          deadline,
          body: new Uint8Array(seq % 3 === 0 ? 200_000 : 10).fill(seq),
        });
      }
      await until(() => got[1]?.length === 40 && got[2]?.length === 20, 'all messages');
      expect(got[0]).toEqual([]);
      expect(got[1]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i));
      expect(
        got[1]?.every(
          ({ seq, broadcast, body, from, session: its }) => broadcast === (seq % 2 === 0) && body[0] === seq && from.id === ids[0] && its === session,
        ),
      ).toBe(true);
      expect(got[2]?.every(({ broadcast }) => broadcast)).toBe(true);
    });

    test('after its deadline a message is dropped', async () => {
      await using network = await openNetwork();
      const { signers, clock } = network;
      let got = 0;
      signers[1].channel.onProtocol(() => got++);
      const send = (deadline: number) =>
        signers[0].channel.sendProtocol({ to: [signers[1].party.id], broadcast: false, session: 's', seq: 0, deadline, body: text('x') });
      send(clock.now - 1);
      send(clock.now + 1);
      await until(() => got === 1);
      await settled();
      expect(got).toBe(1);
      expect(signers[1].events).toEqual([{ code: 'expired' }]);
      expect(signers[1].blamed).toEqual([]);
    });
  });
}
