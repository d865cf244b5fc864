import { concat, utf8 } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openChannel } from './channel.ts';
import { type Envelope, EVERYONE, envelopeOf, type Frame, frameOf } from './envelope.ts';
import { generatePartyKeys, keyParty } from './key-party.ts';
import { bodyLimits } from './limits.ts';
import { goodCall, HEAD, NETWORK, nextId, openNetwork, settled, text, until } from './network.test-kit.ts';

/** What good bytes hold. */
const read = (bytes: Uint8Array): Envelope => envelopeOf(frameOf(bytes) as Frame) as Envelope;
const numRuns = process.env.SLOW === '1' ? 200 : 20;
const join = JSON.stringify({ sessionTag: 'c3'.repeat(32), nonce: 'd4'.repeat(32), head: HEAD });
const certify = JSON.stringify({ number: 3, acks: [] });

/** A network whose first signer counts what reaches its handlers, with the target's view of it. */
function open(limits = {}) {
  const network = openNetwork({ limits });
  const [target] = network.signers;
  const reached: string[] = [];
  target.channel.serve('act', async () => {
    reached.push('act');
    throw new Error('must not be reached');
  });
  target.channel.onNotice('join', (_notice, from) => reached.push(`join ${from.id}`));
  target.channel.onProtocol(({ from, body }) => reached.push(`protocol ${from.id} ${body.length}`));
  const send = (bytes: Uint8Array) => network.transport.deliver(target.party.id, bytes);
  const events = (count: number) => until(() => target.events.length >= count, 'events').then(() => target.events);
  return { network, target, reached, send, events, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}

describe('who sent it', () => {
  test('a sender that names another is dropped: the key decides, not the name', async () => {
    await using scene = open();
    const { network, target, reached, send } = scene;
    const [, second, third] = network.signers;
    send(network.forge(second.party, { to: EVERYONE, kind: 'notice/join', from: third.party.id, body: text(join) }));
    send(network.forge(second.party, { to: target.party.id, kind: 'protocol', session: 's', from: third.party.id, body: text('x') }));
    send(await network.forgeCall(second.party, target.remote, 'call/certify', certify, { from: network.server.party.id }));
    expect(await scene.events(3)).toEqual([{ code: 'bad-signature' }, { code: 'bad-signature' }, { code: 'bad-signature' }]);
    expect(reached).toEqual([]);
    expect(target.blamed).toEqual([]);
    expect(await goodCall(network)).toBe(3);
  });

  test('a stranger with keys of its own is dropped, also under a known name', async () => {
    await using scene = open();
    const { network, reached, send } = scene;
    const stranger = keyParty(generatePartyKeys());
    send(network.forge(stranger, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    send(network.forge(stranger, { to: EVERYONE, kind: 'notice/join', from: network.signers[1].party.id, body: text(join) }));
    expect((await scene.events(2)).map(({ code }) => code)).toEqual(['unknown-sender', 'bad-signature']);
    expect(reached).toEqual([]);
    expect(await goodCall(network)).toBe(3);
  });

  test('our own message sent back to us is dropped', async () => {
    await using scene = open();
    const { network, target, reached, send } = scene;
    send(network.forge(target.party, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    expect(await scene.events(1)).toEqual([{ code: 'reflected' }]);
    expect(reached).toEqual([]);
    expect(await goodCall(network)).toBe(3);
  });

  test('a reply by someone who was not asked leaves the call open', async () => {
    await using network = openNetwork();
    const { server, signers, transport } = network;
    const sent: Uint8Array[] = [];
    transport.setTap(({ bytes }) => {
      sent.push(bytes);
      return [];
    });
    const call = server.channel.call(signers[0].party.id, 'certify', { number: 3, acks: [] }, { deadline: network.deadline });
    await until(() => sent.length === 1);
    transport.setTap(null);
    const asked = read(sent[0] as Uint8Array);
    const reply = (by: 1 | 0, more = {}) =>
      network.forgeCall(signers[by].party, server.remote, 'reply/certify', JSON.stringify({ reply: { head: { ...HEAD, number: by } } }), {
        re: asked.id,
        ...more,
      });
    transport.deliver(server.party.id, await reply(1));
    transport.deliver(server.party.id, await reply(0, { kind: 'reply/act' }));
    transport.deliver(server.party.id, await reply(0, { re: nextId() }));
    await until(() => server.events.length === 3);
    expect(server.events.map(({ code }) => code)).toEqual(['foreign-reply', 'foreign-reply', 'unexpected-reply']);
    transport.deliver(server.party.id, await reply(0));
    expect((await call).head.number).toBe(0);
  });
});

describe('when and for whom', () => {
  test('a message that comes twice, or three times at once, counts once', async () => {
    await using scene = open();
    const { network, target, reached, send } = scene;
    const [, second] = network.signers;
    const notice = network.forge(second.party, { to: EVERYONE, kind: 'notice/join', body: text(join) });
    send(notice);
    send(notice);
    send(notice);
    await scene.events(2);
    send(notice);
    expect((await scene.events(3)).map(({ code }) => code)).toEqual(['replayed', 'replayed', 'replayed']);
    expect(reached).toEqual([`join ${second.party.id}`]);
    expect(target.blamed).toEqual([]);
    expect(await goodCall(network)).toBe(3);
  });

  test('a recorded call that is played again is not answered again', async () => {
    const line: { to: string; bytes: Uint8Array }[] = [];
    await using network = openNetwork({
      tap: (delivery) => {
        line.push(delivery);
        return [delivery.bytes];
      },
    });
    expect(await goodCall(network)).toBe(3);
    const recorded = line.splice(0);
    for (const { to, bytes } of recorded) network.transport.deliver(to, bytes);
    await until(() => network.signers[0].events.length + network.server.events.length === 2);
    expect([...network.signers[0].events, ...network.server.events].map(({ code }) => code)).toEqual(['replayed', 'replayed']);
    expect(line).toEqual([]);
    network.clock.now += 70_000;
    for (const { to, bytes } of recorded) network.transport.deliver(to, bytes);
    await until(() => network.signers[0].events.length === 2);
    expect(network.signers[0].events[1]).toEqual({ code: 'stale' });
    expect(await goodCall(network)).toBe(3);
  });

  test('messages from the past and the future are dropped', async () => {
    await using scene = open();
    const { network, reached, send } = scene;
    const { now } = network.clock;
    const at = (sentAt: number) =>
      send(network.forge(network.signers[1].party, { to: EVERYONE, kind: 'notice/join', sentAt, deadline: now + 200_000, body: text(join) }));
    at(now - 60_001);
    at(now + 60_001);
    at(now - 60_000);
    at(now + 60_000);
    await until(() => reached.length === 2);
    expect(scene.target.events).toEqual([{ code: 'stale' }, { code: 'stale' }]);
    expect(await goodCall(network)).toBe(3);
  });

  test('a message for another network or another receiver is dropped', async () => {
    await using scene = open();
    const { network, target, reached, send } = scene;
    const [, second, third] = network.signers;
    send(network.forge(second.party, { to: EVERYONE, kind: 'notice/join', network: 'b2'.repeat(32), body: text(join) }));
    send(network.forge(second.party, { to: third.party.id, kind: 'protocol', session: 's', body: text('x') }));
    send(await network.forgeCall(network.server.party, third.remote, 'call/certify', certify));
    expect((await scene.events(3)).map(({ code }) => code)).toEqual(['foreign-network', 'other-receiver', 'other-receiver']);
    expect(reached).toEqual([]);
    expect(target.blamed).toEqual([]);
    expect(await goodCall(network)).toBe(3);
  });

  test('a sealed body taken into another envelope by its sender does not open', async () => {
    await using scene = open();
    const { network, target, send } = scene;
    const good = await network.forgeCall(network.server.party, target.remote, 'call/certify', certify);
    const { body } = read(good);
    send(network.forge(network.server.party, { to: target.party.id, kind: 'call/certify', body }));
    expect(await scene.events(1)).toMatchObject([{ code: 'body-unreadable', from: network.server.party.id, kind: 'call/certify' }]);
    expect(target.blamed.length).toBe(1);
    expect(await goodCall(network)).toBe(3);
  });
});

describe('what it may say', () => {
  test('a server that speaks the protocol or sends notices is dropped and named', async () => {
    await using scene = open();
    const { network, target, reached, send } = scene;
    const { party } = network.server;
    send(network.forge(party, { to: target.party.id, kind: 'protocol', session: 's1', seq: 2, body: text('x') }));
    send(network.forge(party, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    await scene.events(2);
    expect(target.blamed).toEqual([
      { code: 'wrong-role', from: party.id, kind: 'protocol', session: 's1' },
      { code: 'wrong-role', from: party.id, kind: 'notice/join' },
    ]);
    expect(reached).toEqual([]);
    expect(await goodCall(network)).toBe(3);
  });

  test('a signer that calls what only a server may call gets no answer', async () => {
    await using network = openNetwork();
    const { signers, clock } = network;
    const [target, second] = signers;
    for (const kind of ['certify', 'status'] as const) {
      const request = (kind === 'certify' ? { number: 3, acks: [] } : {}) as never;
      await expect(second.channel.call(target.party.id, kind, request, { deadline: clock.now + 80 })).rejects.toMatchObject({ code: 'timeout' });
    }
    for (const kind of ['act', 'keygen', 'sign', 'export'])
      network.transport.deliver(target.party.id, await network.forgeCall(second.party, target.remote, `call/${kind}`, '{}'));
    await until(() => target.events.length === 6);
    expect(target.blamed.every(({ code, from }) => code === 'wrong-role' && from === second.party.id)).toBe(true);
    expect(target.blamed.length).toBe(6);
    expect(await second.channel.call(target.party.id, 'chain', { after: 0, limit: 1 }, { deadline: network.deadline })).toEqual({ acts: [] });
    expect(await goodCall(network)).toBe(3);
  });

  test('an authentic call that is malformed is answered envelope/refused', async () => {
    await using network = openNetwork();
    const { server, signers, deadline } = network;
    for (const request of [{ number: 0, acks: [] }, { number: 'three', acks: [] }, [], null]) {
      await expect(server.channel.call(signers[0].party.id, 'certify', request as never, { deadline })).rejects.toMatchObject({
        code: 'envelope/refused',
        detail: { problem: 'malformed' },
      });
    }
    expect(signers[0].blamed.map(({ code, kind }) => `${code} ${kind}`)).toEqual(Array(4).fill('body-malformed call/certify'));
    expect(await goodCall(network)).toBe(3);
  });

  test('an authentic peer that sends rubbish is named, and its good messages still count', async () => {
    await using scene = open({ envelopeBytes: 2 ** 20 });
    const { network, target, reached, send } = scene;
    const { party } = network.signers[1];
    send(network.forge(party, { to: EVERYONE, kind: 'notice/join', body: text('{"sessionTag":1}') }));
    send(network.forge(party, { to: EVERYONE, kind: 'notice/join', body: new Uint8Array([0xff, 0xfe]) }));
    send(network.forge(party, { to: EVERYONE, kind: 'notice/invented', body: text(join) }));
    send(network.forge(party, { to: EVERYONE, kind: 'protocol', session: '', body: text('x') }));
    send(network.forge(party, { to: EVERYONE, kind: 'protocol', session: 's', seq: '01' as never, body: text('x') }));
    send(network.forge(party, { to: EVERYONE, kind: 'call/certify', body: text('x') }));
    send(network.forge(party, { to: target.party.id, kind: 'notice/join', body: text(join) }));
    send(network.forge(party, { to: EVERYONE, kind: 'protocol', session: 's9', body: new Uint8Array(bodyLimits.protocol + 1) }));
    await scene.events(8);
    const from = party.id;
    expect(target.blamed).toEqual([
      { code: 'body-malformed', from, kind: 'notice/join' },
      { code: 'body-malformed', from, kind: 'notice/join' },
      { code: 'header-malformed', from },
      { code: 'header-malformed', from },
      { code: 'header-malformed', from },
      { code: 'header-malformed', from },
      { code: 'header-malformed', from },
      { code: 'body-oversized', from, kind: 'protocol', session: 's9' },
    ]);
    expect(target.events).toEqual(target.blamed);
    expect(reached).toEqual([]);
    send(network.forge(party, { to: EVERYONE, kind: 'protocol', session: 's9', body: new Uint8Array(bodyLimits.protocol) }));
    await until(() => reached.length === 1);
    expect(reached).toEqual([`protocol ${from} ${bodyLimits.protocol}`]);
    expect(await goodCall(network)).toBe(3);
  });

  test('an oversized envelope is dropped before it is read, and an oversized call before it is opened', async () => {
    await using scene = open();
    const { network, target, send } = scene;
    send(concat(utf8.encode('quorate/envelope/v1'), new Uint8Array(2 ** 20)));
    send(
      await network.forgeCall(
        network.server.party,
        target.remote,
        'call/certify',
        JSON.stringify({ number: 3, acks: [], padding: 'x'.repeat(bodyLimits.call.certify) }),
      ),
    );
    expect((await scene.events(2)).map(({ code }) => code)).toEqual(['oversized', 'body-oversized']);
    expect(await goodCall(network)).toBe(3);
  });

  test('a sender that asks what is dear to answer faster than anybody needs to is cut off alone, and for that kind only', async () => {
    await using scene = open();
    const { network, target, reached, send } = scene;
    const [, second, third] = network.signers;
    const here = JSON.stringify({ head: HEAD, ask: true });
    const say = (by: typeof second, kind: string, body: string) => send(network.forge(by.party, { to: EVERYONE, kind, body: text(body) }));
    const begun = performance.now();
    for (let i = 0; i < 50; i++) say(second, 'notice/here', here);
    say(second, 'notice/join', join);
    // What a sender says comes in its order, and another kind is not held up.
    await until(() => reached.length === 1);
    const more = Math.ceil((performance.now() - begun) / 2_000);
    expect(target.events.length).toBeLessThanOrEqual(18);
    expect(target.events.length).toBeGreaterThanOrEqual(18 - more);
    expect(target.events).toEqual(target.events.map(() => ({ code: 'flooding', from: second.party.id, kind: 'notice/here' })));
    const flooded = target.events.length;
    say(third, 'notice/here', here);
    say(third, 'notice/join', join);
    await until(() => reached.length === 2);
    expect(target.events.length).toBe(flooded);
    expect(await goodCall(network)).toBe(3);
  });

  test('a sender that floods is cut off alone', async () => {
    await using scene = open({ rememberedIds: 5 });
    const { network, target, reached, send } = scene;
    const [, second, third] = network.signers;
    for (let i = 0; i < 8; i++) send(network.forge(second.party, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    send(network.forge(third.party, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    await until(() => reached.length === 6 && target.events.length === 3);
    expect(target.events).toEqual(Array(3).fill({ code: 'crowded', from: second.party.id, kind: 'notice/join' }));
    expect(await goodCall(network)).toBe(3);
  });
});

describe('a line that does what it likes', () => {
  test('one flipped bit anywhere in a call: never answered, never a wrong answer', async () => {
    await using network = openNetwork();
    const { server, signers, transport, clock } = network;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(7), fc.boolean(), async (at, bit, inReply) => {
        const victim = inReply ? server.party.id : signers[0].party.id;
        transport.setTap(({ to, bytes }) => {
          if (to !== victim) return [bytes];
          bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
          return [bytes];
        });
        await expect(server.channel.call(signers[0].party.id, 'certify', { number: 3, acks: [] }, { deadline: clock.now + 60 })).rejects.toMatchObject({
          code: 'timeout',
        });
        transport.setTap(null);
        expect(await goodCall(network)).toBe(3);
      }),
      { numRuns },
    );
    expect(signers[0].blamed).toEqual([]);
    expect(server.blamed).toEqual([]);
  });

  test('rubbish of every kind ends in one event each, and calls go on', async () => {
    await using scene = open();
    const { network, target, send } = scene;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, tagged) => {
        const before = target.events.length;
        send(tagged ? concat(utf8.encode('quorate/envelope/v1'), bytes) : bytes);
        await until(() => target.events.length === before + 1);
        expect(target.events.at(-1)).toEqual({ code: 'malformed' });
      }),
      { numRuns },
    );
    expect(await goodCall(network)).toBe(3);
  });

  test('hooks that throw stop nothing', async () => {
    await using network = openNetwork();
    const keys = keyParty(generatePartyKeys());
    const { server, transport, signers } = network;
    let blamed = 0;
    const fragile = openChannel({
      transport,
      self: keys,
      network: NETWORK,
      parties: (id) => (id === signers[1].party.id ? signers[1].remote : null),
      now: () => network.clock.now,
      log: () => {
        throw new Error('log is full');
      },
      onRefused: () => {
        blamed++;
        throw new Error('hook is broken');
      },
    });
    let got = 0;
    fragile.onNotice('join', () => got++);
    const { party } = signers[1];
    transport.deliver(keys.id, network.forge(server.party, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    transport.deliver(keys.id, network.forge(party, { to: EVERYONE, kind: 'notice/join', body: text('{}') }));
    transport.deliver(keys.id, network.forge(party, { to: EVERYONE, kind: 'notice/join', body: text(join) }));
    await until(() => got === 1 && blamed === 1);
    await settled();
    fragile.close();
  });
});
