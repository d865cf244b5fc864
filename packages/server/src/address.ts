/**
 * Which address a request came from, as limits count it.
 *
 * @module
 */
import { isIPv6 } from 'node:net';

/** Of an IPv6 address, what a single subscriber usually has to itself: the first 64 bits. */
const NETWORK_GROUPS = 4;

/**
 * `forwarded` is the header `x-forwarded-for`. Each trusted proxy has appended the address it was called from, so the
 * one that counts stands as many places from the end as there are proxies; what a client writes further left is its own
 * invention.
 */
export function sourceOf(remote: string | undefined, forwarded: string | undefined, trustedProxies: number): string {
  const hops = [...(trustedProxies === 0 ? [] : (forwarded ?? '').split(',')), remote ?? ''].map((hop) => hop.trim()).filter((hop) => hop !== '');
  return networkOf(hops[Math.max(0, hops.length - 1 - trustedProxies)] ?? 'unknown');
}

function networkOf(address: string): string {
  const plain = address.replace(/^\[|\](:\d+)?$/g, '').replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(plain)) return plain.slice(0, 64);
  const [head = '', tail] = plain.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  const groups = [...front, ...middle, ...back].map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
