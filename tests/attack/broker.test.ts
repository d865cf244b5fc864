/**
 * Those who use the brokers for what they are not meant for, with nkeys of their own, stolen or none. Envelopes would stop
 * them behind it; here the brokers do.
 */
import type { Msg } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokersMissing, titled } from '../../packages/link/src/nats/brokers.test-kit.ts';
import { listen, rawClient, rawClientOf, subjectsOf } from '../../packages/link/src/nats/raw-client.test-kit.ts';
import { type NatsTestNetwork, startNatsTestNetwork } from '../support/nats.ts';

describe.skipIf(brokersMissing !== null)(titled('at the brokers'), () => {
  let net: NatsTestNetwork;
  let walletId: string;
  beforeAll(async () => {
    net = await startNatsTestNetwork(1);
    walletId = (await net.admin.wallets.createWallet({ body: { network: 'Ethereum' } })).id;
  });
  afterAll(() => net[Symbol.asyncDispose]());

  async function expectSigned(n: number): Promise<void> {
    const made = await net.admin.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: String(n).padStart(64, '3') } });
    expect(made.status).toBe('Signed');
  }
  const subjects = (id: string) => subjectsOf(net.parties.genesisHash, id);

  test('a server that listens at the brokers to hear what signers say to each other', async () => {
    const { server, signers } = net.parties;
    const client = await rawClientOf(net.brokers, net.brokers.seed(server));
    const tried = ['>', 'quorate.>', ...signers.flatMap((id) => [subjects(id).inbox, subjects(id).outbox, subjects(signers[0] as string).to(id)])];
    const heard = await listen(client, tried);
    await expectSigned(1);
    expect(heard).toEqual({ refused: tried.length, messages: [] });
    // What is its own it hears: the signers' answers.
    const own = await listen(client, [subjects(server).inbox]);
    await expectSigned(2);
    expect(own.refused).toBe(0);
    await expect.poll(() => own.messages.length).toBeGreaterThan(0);
    await client.close();
  });

  test('a signer that speaks under the server’s subject to be heard as the server', async () => {
    const [liar = '', victim = ''] = net.parties.signers;
    const client = await rawClientOf(net.brokers, net.brokers.seed(liar));
    const refusals: string[] = [];
    void (async () => {
      for await (const status of client.status()) if (status.type === 'error') refusals.push(status.error.message);
    })();
    client.publish(subjects(net.parties.server).to(victim), new Uint8Array(1000));
    client.publish(subjects(victim).to(net.parties.server), new Uint8Array(1000));
    await client.flush();
    await expect.poll(() => refusals.length).toBe(2);
    expect(client.isClosed()).toBe(false);
    await expectSigned(3);
    await client.close();
  });

  test('a signer that sends on another’s envelope under its own subject, to have it count twice', async () => {
    const [liar = '', victim = ''] = net.parties.signers;
    const client = await rawClientOf(net.brokers, net.brokers.seed(liar));
    const stolen: Msg[] = [];
    client.subscribe(subjects(net.parties.server).to(liar), { callback: (error, message) => void (error === null && stolen.push(message)) });
    await client.flush();
    // Five take turns by threes.
    for (let n = 4; stolen.length === 0 && n < 12; n++) await expectSigned(n);
    await expect.poll(() => stolen.length).toBeGreaterThan(0);
    for (const { data } of stolen) client.publish(subjects(liar).to(victim), data);
    await client.flush();
    await expect.poll(() => net.events.some(({ code }) => code === 'foreign-sender')).toBe(true);
    await expectSigned(20);
    await client.close();
  });

  test('a stranger without an nkey that wants to be taken in, and one that fills the brokers with connections', async () => {
    await expect(rawClient(net.brokers)).rejects.toThrow(/authorization/i);
    const attempts = await Promise.allSettled(Array.from({ length: 50 }, () => rawClient(net.brokers)));
    expect(attempts.every(({ status }) => status === 'rejected')).toBe(true);
    await expectSigned(21);
  });
});
