/** Addresses of the loopback interface, one for each host that a test plays, so that all of them have the usual ports. */
import { createServer, type Server } from 'node:net';
import { randomInt } from 'node:crypto';

export interface Hosts extends AsyncDisposable {
  /** Of the host with this number, from 1 to 200. */
  address(number: number): string;
}

/** Systems other than Linux have 127.0.0.1 alone. */
export const noHosts = process.platform === 'linux' ? null : 'skipped: Linux has addresses enough on its loopback interface, other systems do not';

/** Whoever else does the same takes other addresses: a listener that stays open until the end marks ours. */
export async function takeHosts(): Promise<Hosts> {
  for (;;) {
    const net = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const mark = await listenOn(`${net}.254`);
    if (mark === null) continue;
    return {
      address: (number) => `${net}.${number}`,
      [Symbol.asyncDispose]: () => new Promise((done) => mark.close(() => done())),
    };
  }
}

function listenOn(host: string): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(4222, host, () => resolve(server));
  });
}
