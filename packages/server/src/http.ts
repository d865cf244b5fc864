/**
 * The HTTP application: the table's calls, the few paths beside it, and JSON for whatever goes wrong, also before any
 * of our code is reached.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { withTrace } from '@quorate/link';
import { openApi, readTraceId, Refusal, type TraceId, traceIdIn } from '@quorate/wire';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { App } from './app.ts';
import { bind } from './bind.ts';
import { isUnavailable } from './database-unavailable.ts';
import { errorAnswer, isOurFault } from './errors.ts';
import { limitCalls, limitStrangers } from './gate.ts';
import { readiness } from './health.ts';
import { describe } from './log.ts';
import { plainPaths } from './meter.ts';
import { type Bindings, rawTarget } from './raw-request.ts';
import { routes } from './routes/index.ts';
import { version } from './version.ts';

/** A decimal number of 63 bits, as clients of this API know request ids. */
const newRequestId = (): string => (randomBytes(8).readBigUInt64BE() >> 1n).toString();

function newTraceId(): TraceId {
  for (;;) {
    const id = readTraceId(randomBytes(16).toString('hex'));
    if (id !== null) return id;
  }
}

const known: ReadonlySet<string> = new Set(plainPaths);

export function createHttp(app: App): Hono<Bindings> {
  const http = new Hono<Bindings>({ strict: true });

  http.use(async (c, next) => {
    const started = performance.now();
    const trace = traceIdIn(c.req.header('traceparent')) ?? newTraceId();
    c.set('requestId', newRequestId());
    await withTrace(trace, async () => {
      await next();
      c.header('x-request-id', c.get('requestId'));
      c.header('x-trace-id', trace);
      const { method } = c.req;
      const { status } = c.res;
      const ms = performance.now() - started;
      const { pathname } = rawTarget(c);
      app.meter.answered({ method, route: c.get('route') ?? (known.has(pathname) ? pathname : 'other'), status, ms });
      app.log.debug({ event: 'answered', requestId: c.get('requestId'), method, status, ms: Math.round(ms) }, 'answered');
    });
  });
  http.use(
    cors({
      origin: '*',
      allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
      allowHeaders: ['authorization', 'content-type', 'x-dfns-useraction', 'x-dfns-sdk-version', 'x-dfns-appid', 'x-dfns-nonce', 'traceparent', 'tracestate'],
      exposeHeaders: ['x-request-id', 'x-trace-id', 'retry-after'],
      maxAge: 600,
    }),
  );

  http.get('/livez', (c) => c.json({ status: 'alive' }));
  http.use(limitStrangers(app));
  http.get('/readyz', async (c) => {
    const { ready, checks, warnings } = await readiness(app);
    return c.json({ status: ready ? 'ready' : 'not ready', checks, warnings }, ready ? 200 : 503);
  });
  const document = openApi({ version });
  http.get('/openapi.json', (c) => c.json(document));
  http.get('/.well-known/jwks.json', (c) => c.json(app.tokens.jwks));
  for (const path of plainPaths)
    http.all(path, () => {
      throw new Refusal('request/method-not-allowed', { allowed: ['GET'] });
    });
  http.all('*', limitCalls(app, bind(app, routes)));

  http.onError((error, c) => {
    const requestId = c.get('requestId') ?? newRequestId();
    if (isOurFault(error)) app.log.error({ event: 'failed', requestId, error: describe(error) }, 'a request failed by our fault');
    if (isUnavailable(error)) app.log.warn({ event: 'database-unavailable', requestId, code: error.code }, 'the database could not be used');
    const { status, body } = errorAnswer(error, requestId);
    app.meter.refused(body.error.code);
    if (body.error.code === 'request/method-not-allowed') c.header('allow', String(body.error.details['allowed']));
    const { retryAfter } = body.error.details;
    if (typeof retryAfter === 'number') c.header('retry-after', String(retryAfter));
    // The rest of a body that is too large is not read: the connection ends with the answer.
    if (body.error.code === 'request/too-large') c.header('connection', 'close');
    return c.json(body, status as ContentfulStatusCode);
  });
  return http;
}

/** The listening side: what the HTTP parser refuses gets JSON as well. */
export function createListener(http: Hono<Bindings>): Server {
  const notHttp = () => errorAnswer(new Refusal('request/invalid', { problem: 'not HTTP as this server reads it' }), newRequestId());
  const listener = getRequestListener(http.fetch as Parameters<typeof getRequestListener>[0], {
    errorHandler: () => {
      const { status, body } = notHttp();
      return Response.json(body, { status });
    },
  });
  const server = createServer(
    { requireHostHeader: false, requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 60_000 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.on('clientError', (_: Error, socket: Socket) => {
    if (!socket.writable) return void socket.destroy();
    const { status, body } = notHttp();
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${status} Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  });
  return server;
}
