/**
 * The console as operators serve it: the built files behind nginx, with the configuration that the image has, in front of
 * an API. The website's address is known before there is an API, for a genesis names it.
 *
 * @module
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const find = (name: string): string | null =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin'].map((dir) => join(dir, name)).find((path) => existsSync(path)) ?? null;

export const nginx = find('nginx');
export const chromium = find('chromium');
export const nginxMissing = nginx === null ? 'skipped: install nginx (Debian: apt-get install nginx-light)' : null;
export const browserMissing = nginx === null || chromium === null ? 'skipped: install chromium and nginx (Debian: apt-get install chromium nginx-light)' : null;

/** Vite's build, in a folder of its own. */
export async function buildConsole(out: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [vite, 'build', join(root, 'packages', 'console'), '--outDir', out, '--emptyOutDir'], { cwd: root, env });
}

export interface Website extends AsyncDisposable {
  /** `http://localhost:…`: browsers have passkeys there without a certificate. */
  readonly origin: string;
  readonly port: number;
}

/** An address on which connections are passed on to a socket, once somebody listens there. */
export async function openWebsite(socket: string): Promise<Website> {
  const server = createServer((from) => {
    const to = connect(socket);
    from.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => from.destroy()).pipe(from);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

export interface ServedConsole {
  /** Has `site` in it; everything else is put there. */
  readonly dir: string;
  readonly socket: string;
  /** `host:port`. */
  readonly api: string;
  readonly config: unknown;
}

/** Lays out the folder as the image has it, and returns the path of a configuration for this machine. */
export async function layOut({ dir, socket, api, config }: ServedConsole): Promise<string> {
  await mkdir(join(dir, 'etc'), { recursive: true });
  await mkdir(join(dir, 'tmp'), { recursive: true });
  await writeFile(join(dir, 'etc', 'config.json'), JSON.stringify(config));
  await writeFile(join(dir, 'etc', 'api.conf'), `server ${api};\n`);
  const text = await readFile(join(root, 'deploy', 'container', 'console.nginx.conf'), 'utf8');
  const own = text
    .replaceAll('/tmp/', `${dir}/tmp/`)
    .replaceAll('/etc/quorate/console/', `${dir}/etc/`)
    .replaceAll('/opt/quorate/console/', `${dir}/`)
    .replace('listen 8080;', `listen unix:${socket};`);
  const path = join(dir, 'nginx.conf');
  await writeFile(path, own);
  return path;
}

/** nginx's complaint about a configuration, or `null`. */
export function complaintOf(conf: string): string | null {
  const { status, stderr } = spawnSync(nginx ?? 'nginx', ['-t', '-e', 'stderr', '-c', conf], { encoding: 'utf8' });
  return status === 0 ? null : stderr;
}

/** nginx, until it is disposed of; ready when this resolves. */
export async function serveConsole(given: ServedConsole, origin: string): Promise<AsyncDisposable> {
  const conf = await layOut(given);
  // Its workers would else be somebody who cannot read a folder of root's.
  const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
  const child = spawn(nginx ?? 'nginx', ['-e', 'stderr', '-c', conf, ...user], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'exit');
  while (!(await isServing(origin))) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    await pause(20);
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function isServing(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/healthz`)).ok;
  } catch {
    return false;
  }
}
