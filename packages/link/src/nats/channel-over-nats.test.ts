import { afterAll, beforeAll, describe } from 'vitest';
import { channelSuite } from '../channel-suite.test-kit.ts';
import { NETWORK, openNetwork } from '../network.test-kit.ts';
import { brokersMissing, titled } from './brokers.test-kit.ts';
import { type NatsNetwork, startNatsNetwork } from './nats-line.test-kit.ts';

describe.skipIf(brokersMissing !== null)(titled('over NATS'), () => {
  let nats: NatsNetwork;
  beforeAll(async () => {
    nats = await startNatsNetwork(NETWORK);
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  channelSuite(async (o = {}) => {
    const network = openNetwork(o, nats.line(o.tap));
    await network.settled();
    return network;
  });
});
