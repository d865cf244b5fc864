/**
 * A server for tests that speaks the user action protocol over real HTTP and can be told to lie in it.
 *
 * @module
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { b64url, CHALLENGE_LIFETIME_MS, challengeOf, deriveId, hex, type Method, payloadHashOf, type Statement } from '@quorate/wire';
import { platformRandom as random } from './random.ts';

export const orgId = deriveId('or', 0, 'test');
export const userId = deriveId('us', 0, 'test');
export const genesisHash = 'aeebad4a796fcc2e15dc4c6061b45ed9b373f26adfc798ca7d2d8cc58182718e';

interface Call {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly body: string;
  readonly userAction: string | undefined;
}

export interface HostileServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** The next statement is changed by this, and its challenge is the hash of the changed one. */
  lie(change: (statement: Statement) => Partial<Statement>): void;
  /** The next answer to `init` is changed by this, after its challenge was made. */
  swap(change: (init: Record<string, unknown>) => Record<string, unknown>): void;
  /** Of every later statement. */
  head: { number: string; hash: string };
  /** What the next calls answer. */
  reply: { status: number; body: unknown };
  /** Assertions that were made. */
  readonly signed: unknown[];
  /** Calls other than those of the user action. */
  readonly calls: Call[];
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return new TextDecoder().decode(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
}

export async function startHostileServer(credId: string, now: () => number = Date.now): Promise<HostileServer> {
  let lie: (statement: Statement) => Partial<Statement> = () => ({});
  let swap: (init: Record<string, unknown>) => Record<string, unknown> = (init) => init;

  function init(text: string): Record<string, unknown> {
    const asked = JSON.parse(text) as { userActionPayload?: string; userActionHttpMethod: Method; userActionHttpPath: string };
    const issuedAt = now();
    const honest: Statement = {
      v: '1',
      genesisHash,
      headNumber: server.head.number,
      headHash: server.head.hash,
      orgId,
      userId,
      tokenId: '',
      method: asked.userActionHttpMethod,
      path: asked.userActionHttpPath,
      payloadHash: payloadHashOf(asked.userActionPayload ?? ''),
      nonce: hex.encode(random(32)),
      issuedAt: String(issuedAt),
      expiresAt: String(issuedAt + CHALLENGE_LIFETIME_MS),
    };
    const statement = { ...honest, ...lie(honest) };
    const answer = swap({
      challenge: challengeOf(statement),
      challengeIdentifier: b64url.encode(random(16)),
      statement,
      allowCredentials: { key: [{ type: 'public-key', id: credId }], webauthn: [] },
      supportedCredentialKinds: [{ kind: 'Key', factor: 'first', requiresSecondFactor: false }],
      userVerification: 'required',
      attestation: 'direct',
      externalAuthenticationUrl: '',
    });
    lie = () => ({});
    swap = (given) => given;
    return answer;
  }

  // A client that was held up would else write into a connection that is just being closed.
  const http = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const body = await textOf(request);
    const answer = (status: number, value: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.url === '/auth/action/init') return answer(200, init(body));
    if (request.url === '/auth/action') {
      server.signed.push((JSON.parse(body) as { firstFactor: unknown }).firstFactor);
      return answer(200, { userAction: 'a-token' });
    }
    const userAction = request.headers['x-dfns-useraction'];
    server.calls.push({ method: request.method ?? '', url: request.url ?? '', body, userAction: typeof userAction === 'string' ? userAction : undefined });
    return answer(server.reply.status, server.reply.body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));

  const server: HostileServer = {
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    lie: (change) => {
      lie = change;
    },
    swap: (change) => {
      swap = change;
    },
    head: { number: '7', hash: 'be37694521ea2f94dbb3318a850a769b091bafb7f8bec818c6a125b2e5f8d571' },
    reply: { status: 200, body: { ok: true } },
    signed: [],
    calls: [],
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}
