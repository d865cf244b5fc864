/**
 * The way to the broker, as configured.
 *
 * @module
 */
import type { Transport } from '@quorate/link';
import * as z from 'zod';
import { FileThatIs } from './common-settings.ts';
import type { Settings, ValuesOf } from './settings.ts';

const BrokerName = z.string().regex(/^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/, 'must be host:port, and nothing before or after it');

export const brokerSettings = {
  broker: { kind: 'list', about: 'The brokers, host:port each; several with commas.', schema: z.array(BrokerName, 'is missing').min(1).max(64) },
  brokerCa: { kind: 'path', about: 'Certificate of whoever certifies the brokers, PEM.', schema: FileThatIs },
} as const satisfies Settings;

export interface BrokerAccess extends ValuesOf<typeof brokerSettings> {
  readonly genesisHash: string;
  /** This party's id. */
  readonly self: string;
  /** Where the seed of its nkey lies. */
  readonly seedFile: string;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

export interface OpenedTransport {
  readonly transport: Transport;
  /** Whether a broker hears for us right now. */
  connected(): boolean;
  /** Bytes that wait for a broker. */
  waitingBytes(): number;
  close(): Promise<void>;
}

/**
 * Goes on trying in the background where no broker answers.
 * @throws {CannotRun} for what no waiting mends
 */
export type OpenTransport = (access: BrokerAccess) => Promise<OpenedTransport>;
