/**
 * `/livez` and `/readyz` for a daemon that has no HTTP of its own. Nothing else is answered, and nothing is read.
 *
 * @module
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CannotRun, causeOf } from './exit.ts';

export interface Readiness {
  readonly ready: boolean;
  /** 'ok', or what is wrong, by name. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface HealthListener {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws {CannotRun} where the address cannot be listened on */
export async function listenForHealth({ host, port }: { readonly host: string; readonly port: number }, readiness: () => Readiness): Promise<HealthListener> {
  const server = createServer({ maxHeaderSize: 4_096, requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const answer = (status: number, body: object, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close', ...headers });
      response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { error: { message: 'Method Not Allowed' } }, { allow: 'GET, HEAD' });
    if (request.url === '/livez') return answer(200, { status: 'alive' });
    if (request.url !== '/readyz') return answer(404, { error: { message: 'Not Found' } });
    const { ready, checks } = readiness();
    return answer(ready ? 200 : 503, { ready, checks });
  });
  server.maxConnections = 32;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((error: unknown) => {
    throw new CannotRun('unavailable', `Nothing can listen on ${host}:${port} (${causeOf(error)}): choose another address.`);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
