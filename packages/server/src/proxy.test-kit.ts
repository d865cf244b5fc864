/**
 * A database that can go away and come back: a proxy in front of the real one.
 *
 * @module
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface DatabaseProxy extends AsyncDisposable {
  /** The same database through the proxy. */
  through(url: string): string;
  /** Ends all connections and takes no new ones. */
  stop(): Promise<void>;
  /** Takes connections, and passes on nothing: neither those there are nor new ones. */
  silence(): void;
  /** As at the beginning. */
  restore(): Promise<void>;
}

export async function startProxy(target: string): Promise<DatabaseProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  let port = 0;
  let server: Server;

  const open = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(Number(targetPort === '' ? 5432 : targetPort), hostname);
      const pair = [near, far] as const;
      pairs.add(pair);
      for (const [from, to] of [pair, [far, near] as const]) {
        from.on('data', (bytes) => isSilent || to.write(bytes));
        from.on('error', () => {});
        from.on('close', () => {
          to.destroy();
          pairs.delete(pair);
        });
      }
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const drop = (): void => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    drop();
    await closed;
  };
  await open();
  return {
    through(url) {
      const through = new URL(url);
      through.hostname = '127.0.0.1';
      through.port = String(port);
      return through.href;
    },
    stop,
    silence() {
      isSilent = true;
    },
    async restore() {
      isSilent = false;
      await stop();
      await open();
    },
    [Symbol.asyncDispose]: stop,
  };
}
