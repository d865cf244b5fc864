/** Addresses of the loopback interface, one for each host that a test plays, so that all of them have the usual ports. */
import { createServer, type Server } from 'node:net';
import { randomInt } from 'node:crypto';

export interface Hosts extends AsyncDisposable {
  /** Of the host with this number, from 1 to 200. */
  address(number: number): string;
}

const anyNet = (): string => `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;

/** Why hosts with these ports cannot be played here, or `null`. */
export async function whyNoHosts(ports: readonly number[]): Promise<string | null> {
  if (process.platform !== 'linux') return 'skipped: Linux has addresses enough on its loopback interface, other systems do not';
  const host = `${anyNet()}.253`;
  for (const port of ports) {
    const server = await listenOn(host, port);
    if (server === null) return `skipped: stop what listens at port ${port} of all addresses`;
    await closed(server);
  }
  return null;
}

/** Whoever else does the same takes other addresses: a listener that stays open until the end marks ours. */
export async function takeHosts(): Promise<Hosts> {
  for (let tries = 0; tries < 100; tries++) {
    const net = anyNet();
    const mark = await listenOn(`${net}.254`, 4222);
    if (mark !== null) return { address: (number) => `${net}.${number}`, [Symbol.asyncDispose]: () => closed(mark) };
  }
  throw new Error('no address of the loopback interface is free');
}

const closed = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()));

function listenOn(host: string, port: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, host, () => resolve(server));
  });
}
