/**
 * The request as it came over the wire: what a user has signed is compared with exactly this.
 *
 * @module
 */
import { MAX_PAYLOAD_BYTES, Refusal, utf8 } from '@quorate/wire';
import type { Context } from 'hono';
import type { HttpBindings } from '@hono/node-server';

export type Bindings = {
  Bindings: Partial<HttpBindings>;
  Variables: { requestId: string /** The path as the table has it, once the call is known. */; route?: string };
};

/** Path and query still percent-encoded, before any normalisation; the query with its `?`, or ''. */
export function rawTarget(c: Context<Bindings>): { readonly pathname: string; readonly search: string } {
  const target = c.env?.incoming?.url ?? c.req.raw.url;
  const withoutOrigin = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  const at = withoutOrigin.indexOf('?');
  return at === -1 ? { pathname: withoutOrigin, search: '' } : { pathname: withoutOrigin.slice(0, at), search: withoutOrigin.slice(at) };
}

/** How much of a body that is too large is read and forgotten, so that its sender gets to hear the answer. */
const DRAIN_BYTES = 4 * 1_048_576;

/**
 * The body's text, '' where there is none. No more of it than the limit is ever kept.
 * @throws {Refusal} `request/too-large`, `request/malformed-json` for what is no UTF-8
 */
export async function rawBody(request: Request): Promise<string> {
  if (request.method === 'GET' || request.method === 'HEAD') return '';
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  const bytes = announced <= MAX_PAYLOAD_BYTES ? new Uint8Array(await request.arrayBuffer()) : await readBounded(request);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal('request/malformed-json', { reason: 'not UTF-8' });
  }
}

/** A body of unknown length, or one that says itself that it is too large. */
async function readBounded({ body }: Request): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    size += chunk.length;
    if (size <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
    else if (size > DRAIN_BYTES) break;
  }
  if (size > MAX_PAYLOAD_BYTES) throw new Refusal('request/too-large');
  return new Uint8Array(Buffer.concat(chunks));
}
