/**
 * A client that an attacker wrote: it speaks NATS and keeps to no rule of ours.
 *
 * @module
 */
import { type ConnectionOptions, connect, type NatsConnection, nkeyAuthenticator, type TlsOptions } from '@nats-io/transport-node';
import type { Brokers } from './brokers.test-kit.ts';

export { subjectsOf } from './subjects.ts';

/** Connects to any of the brokers, by default as nobody. @throws when it is not let in */
export function rawClient({ servers, tls }: Brokers, o: Partial<ConnectionOptions> = {}): Promise<NatsConnection> {
  const careless = { ca: tls.ca, checkServerIdentity: () => undefined } as TlsOptions;
  return connect({ servers: [...servers], tls: careless, reconnect: false, ...o });
}

/** Connects with a seed, its own or a stolen one. */
export const rawClientOf = (brokers: Brokers, seed: Uint8Array): Promise<NatsConnection> => rawClient(brokers, { authenticator: nkeyAuthenticator(seed) });

/** Subscribes to each of these; what the broker refuses is counted, what comes is noted. */
export async function listen(client: NatsConnection, subjects: readonly string[]): Promise<{ refused: number; readonly messages: string[] }> {
  const heard = { refused: 0, messages: [] as string[] };
  for (const subject of subjects) {
    client.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) heard.messages.push(message.subject);
        else heard.refused++;
      },
    });
  }
  await client.flush();
  return heard;
}
