/**
 * @module
 */
import { natsEvents, natsTransport } from '@quorate/link';
import { CannotRun } from './exit.ts';
import { readText } from './files.ts';
import { readNkeyFile } from './nkey-file.ts';
import type { OpenTransport } from './open-transport.ts';

/** NATS brokers behind TLS, with an nkey to log in. */
export const openNats: OpenTransport = async ({ broker, brokerCa, genesisHash, self, seedFile, log }) => {
  const { seed } = readNkeyFile(seedFile);
  const ca = readText(brokerCa, 'The certificate');
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw new CannotRun('configuration', `brokerCa: ${brokerCa} is no certificate in PEM.`);
  const nats = natsTransport({
    servers: broker,
    tls: { ca },
    seed,
    network: genesisHash,
    self,
    log: (event) => (event.code === 'connected' ? log.info({ ...event }, natsEvents[event.code]) : log.warn({ ...event }, natsEvents[event.code])),
  });
  return { transport: nats, connected: () => nats.connected, waitingBytes: () => nats.waitingBytes, close: () => nats.close() };
};
