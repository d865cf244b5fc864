/** How server and signers reach each other: signed, sealed envelopes over a transport that is trusted with nothing. @module */
export type { CallContext, CallHandler } from './answering.ts';
export type { CallOptions } from './asking.ts';
export * from './channel.ts';
export * from './envelope.ts';
export type { BlameEvent, LinkEvent, LinkEventCode } from './events.ts';
export { linkEvents } from './events.ts';
export * from './hpke.ts';
export * from './key-party.ts';
export * from './limits.ts';
export * from './link-error.ts';
export * from './memory-transport.ts';
export * from './nats/index.ts';
export * from './party.ts';
export * from './rate.ts';
export * from './trace.ts';
export * from './transport.ts';
