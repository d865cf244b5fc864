/**
 * A listener beside everything else, for whoever watches a daemon: a few paths that are read, and nothing that is taken.
 *
 * @module
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CannotRun, causeOf } from './exit.ts';

export interface SmallAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface SmallListener {
  readonly port: number;
  close(): Promise<void>;
}

export const asJson = (status: number, body: object): SmallAnswer => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

/** What is asked of it by path, each answered by its function. @throws {CannotRun} where the address cannot be listened on */
export async function listenSmall(
  { host, port }: { readonly host: string; readonly port: number },
  paths: Readonly<Record<string, () => SmallAnswer | Promise<SmallAnswer>>>,
): Promise<SmallListener> {
  const server = createServer({ maxHeaderSize: 4_096, requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const answer = ({ status, contentType, body }: SmallAnswer, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store', connection: 'close', ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(asJson(405, { error: { message: 'Method Not Allowed' } }), { allow: 'GET, HEAD' });
    const { url = '' } = request;
    const path = Object.hasOwn(paths, url) ? paths[url] : undefined;
    if (path === undefined) return answer(asJson(404, { error: { message: 'Not Found' } }));
    Promise.resolve()
      .then(path)
      .catch(() => asJson(500, { error: { message: 'Internal Server Error' } }))
      .then(answer)
      .catch(() => response.destroy());
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

/** `/metrics`. */
export const metricsPath = (metrics: { readonly contentType: string; text(): Promise<string> }) => ({
  '/metrics': async (): Promise<SmallAnswer> => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
});
