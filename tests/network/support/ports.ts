/**
 * Ports that can be named before they are listened on, and again after a crash.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST = 10_240;

/** Below where the system takes ports from for connections, so that none of those is ever in the way. */
function highest(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]) - 1;
  } catch {
    return 32_767;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** So many different ones on the loopback interface. */
export async function namedPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  const span = highest() - LOWEST;
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 10_000) throw new Error('no free ports');
    const port = LOWEST + Math.floor(Math.random() * span);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}
