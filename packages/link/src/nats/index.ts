/** The transport over NATS, and the configuration of its brokers. @module */
export type { NatsTls } from './connection.ts';
export * from './broker-config.ts';
export type { NatsEvent, NatsEventCode } from './nats-events.ts';
export { natsEvents } from './nats-events.ts';
export * from './nats-transport.ts';
export { generateNkey, type Nkey, nkeyOf, readNkey } from './nkey.ts';
export * from './write-broker-configs.ts';
