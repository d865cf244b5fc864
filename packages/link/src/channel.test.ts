import { channelSuite } from './channel-suite.test-kit.ts';
import { openNetwork } from './network.test-kit.ts';

channelSuite(async (o) => openNetwork(o));
