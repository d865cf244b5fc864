/**
 * A server taken over, as its clients meet it: everything goes to the real one and comes back, unless the test lies.
 *
 * @module
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LyingProxy extends AsyncDisposable {
  readonly url: string;
  /** What went through since the last call of this. */
  seen(): readonly Exchange[];
  /** Changes the JSON of later answers to this method and path, until `honest`. */
  lie(method: string, path: RegExp, change: (answer: never) => unknown): void;
  /** Changes later requests before they go on. */
  turn(method: string, path: RegExp, change: (body: never) => unknown): void;
  honest(): void;
}

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly change: (value: never) => unknown;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function startLyingProxy(target: string): Promise<LyingProxy> {
  let lies: Rule[] = [];
  let turns: Rule[] = [];
  let log: Exchange[] = [];
  const changed = (rules: readonly Rule[], { method, url }: Exchange, text: string): string =>
    rules
      .filter((rule) => rule.method === method && rule.path.test(url))
      .reduce((value, rule) => JSON.stringify(rule.change(JSON.parse(value) as never)), text);

  // A client that was held up would else write into a connection that is just being closed.
  const http = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
    const exchange: Exchange = { method: request.method ?? '', url: request.url ?? '', headers, body: await textOf(request) };
    log.push(exchange);
    const { host: _, connection: __, 'content-length': ___, 'accept-encoding': ____, ...passed } = headers;
    const body = changed(turns, exchange, exchange.body);
    const answer = await fetch(new URL(exchange.url, target), { method: exchange.method, headers: passed, ...(body === '' ? {} : { body }) });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.ok ? changed(lies, exchange, text) : text);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    seen() {
      const seen = log;
      log = [];
      return seen;
    },
    lie: (method, path, change) => void lies.push({ method, path, change }),
    turn: (method, path, change) => void turns.push({ method, path, change }),
    honest() {
      lies = [];
      turns = [];
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}
