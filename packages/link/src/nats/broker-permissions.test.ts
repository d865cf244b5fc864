import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '@quorate/wire';
import { goodCall, NETWORK, openNetwork, settled, until } from '../network.test-kit.ts';
import { brokersMissing, makeAuthority, titled } from './brokers.test-kit.ts';
import { type NatsNetwork, startNatsNetwork } from './nats-line.test-kit.ts';
import { natsTransport } from './nats-transport.ts';
import { generateNkey } from './nkey.ts';
import { listen, rawClient } from './raw-client.test-kit.ts';
import { partyToken, subjectsOf } from './subjects.ts';

/** Parties by their number on a line: the server first. */
const [SERVER, ONE, TWO] = [0, 1, 2];
const PREFIX = `quorate.${NETWORK.slice(0, 32)}`;

describe.skipIf(brokersMissing !== null)(titled('a broker'), () => {
  let nats: NatsNetwork;
  const open: NatsConnection[] = [];
  beforeAll(async () => {
    nats = await startNatsNetwork(NETWORK);
  });
  afterEach(async () => {
    for (const connection of open.splice(0)) await connection.close();
    const network = openNetwork({}, nats.line());
    await network.settled();
    // Whatever was tried before, honest parties go on.
    expect(await goodCall(network)).toBe(3);
    await network[Symbol.asyncDispose]();
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  /** A client of the attacker's own making, with or without somebody's nkey. */
  async function attacker(o: Partial<ConnectionOptions> = {}): Promise<NatsConnection> {
    const connection = await rawClient(nats.brokers, o);
    open.push(connection);
    return connection;
  }
  const as = (i: number): Promise<NatsConnection> => attacker({ authenticator: nkeyAuthenticator(nats.brokers.seed(nats.ids[i] as string)) });
  const token = (i: number): string => partyToken(nats.ids[i] as string);
  const subject = (to: number, from: number): string => `${PREFIX}.${token(to)}.${token(from)}`;

  /** What the broker says against these subjects, and what comes of them: so many messages, and nothing more. */
  async function heardOn(connection: NatsConnection, subjects: readonly string[], count = 0): Promise<{ refused: number; messages: string[] }> {
    const heard = await listen(connection, subjects);
    const network = openNetwork({}, nats.line());
    await network.settled();
    await goodCall(network);
    network.signers[0].channel.notify([network.signers[1].party.id], 'leave', { sessionTag: 'c3'.repeat(32), code: 'x' });
    await until(() => heard.messages.length >= count);
    await settled();
    await network[Symbol.asyncDispose]();
    return heard;
  }

  /** How many of the messages published under these subjects come to party `to`, where it should be so many. */
  async function arrived(connection: NatsConnection, to: number, subjects: readonly string[], expected = 0): Promise<number> {
    const victim = await nats.connect(to);
    let count = 0;
    const leave = victim.subscribe(nats.ids[to] as string, () => count++);
    for (const each of subjects) connection.publish(each, utf8.encode('x'));
    await connection.flush();
    await until(() => count >= expected);
    await settled();
    leave();
    await victim.close();
    return count;
  }

  test('does not let a signer speak under another’s subject, and lets it under its own', async () => {
    const signer = await as(ONE);
    expect(await arrived(signer, TWO, [subject(TWO, SERVER), subject(TWO, TWO), `${PREFIX}.${token(TWO)}.x`, `${PREFIX}.${token(TWO)}`])).toBe(0);
    expect(await arrived(signer, TWO, [subject(TWO, ONE)], 1)).toBe(1);
  });

  test('does not let the server hear what signers say to each other', async () => {
    const server = await as(SERVER);
    const tried = ['>', 'quorate.>', `${PREFIX}.*.*`, `${PREFIX}.${token(TWO)}.*`, subject(TWO, ONE), `${PREFIX}.*.${token(ONE)}`];
    expect(await heardOn(server, tried)).toEqual({ refused: tried.length, messages: [] });
    expect((await heardOn(await as(SERVER), [subjectsOf(NETWORK, nats.ids[SERVER] as string).inbox], 1)).messages).toEqual([subject(SERVER, ONE)]);
  });

  test('does not let a signer hear what the server says to another, also not in a queue with it', async () => {
    const signer = await as(TWO);
    let refused = 0;
    signer.subscribe(subject(ONE, SERVER), { queue: 'x', callback: (error) => void (error !== null && refused++) });
    await signer.flush();
    expect(refused).toBe(1);
    expect(await heardOn(await as(TWO), [`${PREFIX}.${token(ONE)}.*`])).toEqual({ refused: 1, messages: [] });
  });

  test('gives nobody inboxes, replies or the system’s own subjects', async () => {
    const signer = await as(ONE);
    const tried = ['_INBOX.>', '$SYS.>', '$SYS.ACCOUNT.>', '$JS.API.>', '_R_.>'];
    expect(await heardOn(signer, tried)).toEqual({ refused: tried.length, messages: [] });
    const statuses: string[] = [];
    void (async () => {
      for await (const status of signer.status()) if (status.type === 'error') statuses.push(status.error.message);
    })();
    for (const each of ['_INBOX.x', '$SYS.REQ.SERVER.PING', '$SYS.REQ.USER.INFO', '$JS.API.INFO']) signer.publish(each, utf8.encode(''));
    await signer.flush();
    await expect.poll(() => statuses.length).toBe(4);
  });

  test.each([
    ['without an nkey', {}],
    ['with an nkey of its own', { authenticator: nkeyAuthenticator(generateNkey().seed) }],
    ['with a name and a password', { user: 'admin', pass: 'admin' }],
  ])('does not take in a stranger %s', async (_, o) => {
    await expect(attacker(o)).rejects.toThrow(/authorization/i);
  });

  test('takes nobody in without TLS', async () => {
    await expect(attacker({ tls: null })).rejects.toThrow();
  });

  test('of a stranger is not spoken to: neither under another authority nor under another name', async () => {
    const { dir } = nats.brokers;
    makeAuthority(dir, 'stranger');
    const ca = await readFile(`${dir}/stranger.pem`, 'utf8');
    await using other = startOther({ tls: { ca } });
    await expect.poll(() => other.events[0]).toMatchObject({ code: 'unreachable' });
    // The broker's certificate is for the address, not for the name.
    const [, port] = (nats.brokers.servers[0] as string).split(':');
    await using named = startOther({ servers: [`localhost:${port}`] });
    await expect.poll(() => named.events[0]).toEqual({ code: 'unreachable', server: `localhost:${port}`, fault: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect([other.transport.connected, named.transport.connected]).toEqual([false, false]);
  });

  test('that does not know us yet is asked again until it does', async () => {
    await using stranger = startOther({ seed: generateNkey().seed });
    await expect.poll(() => stranger.events.length).toBeGreaterThan(1);
    expect(stranger.events[0]).toEqual({ code: 'unwelcome', server: nats.brokers.servers[0] });
    expect(JSON.stringify(stranger.events)).not.toContain(new TextDecoder().decode(stranger.seed));
  });

  test('of another network is not taken for ours', async () => {
    await using lost = startOther({ network: 'b2'.repeat(32) });
    await expect.poll(() => lost.events.map(({ code }) => code)).toContain('forbidden');
    expect(lost.transport.connected).toBe(false);
  });

  test('does not help a signer repeat another’s envelope: it comes under the wrong name', async () => {
    const network = openNetwork({}, nats.line());
    await network.settled();
    const [one, two] = network.signers;
    const bytes = network.forge(network.server.party, { to: '*', kind: 'notice/join' });
    (await as(ONE)).publish(subject(TWO, ONE), bytes);
    await expect.poll(() => nats.events.find(({ code }) => code === 'foreign-sender')).toMatchObject({ count: 1 });
    expect([one.events, two.events]).toEqual([[], []]);
    await network[Symbol.asyncDispose]();
  });

  /** A transport of party ONE with something wrong about it. */
  function startOther(more: object) {
    const events: { code: string }[] = [];
    const options = { ...nats.options(ONE), ...more, log: (event: { code: string }) => void events.push(event) };
    const transport = natsTransport(options);
    return { events, transport, seed: options.seed, [Symbol.asyncDispose]: () => transport.close() };
  }
});
