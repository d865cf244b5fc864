import { expect, test } from 'vitest';
import { mayInstall, missingPackages } from './network.mjs';

test('what is missing is named by its package', () => {
  expect(missingPackages({ nats: null, openssl: null, postgres: null })).toEqual(['nats-server', 'openssl', 'postgresql']);
  expect(missingPackages({ nats: '/usr/sbin/nats-server', openssl: '/usr/bin/openssl', postgres: '/usr/lib/postgresql/15/bin' })).toEqual([]);
});

test('packages are installed by root on Debian only, where nobody sits at a terminal or forbids it', () => {
  const here = { isRoot: true, isDebian: true, noApt: false, isTerminal: false };
  expect(mayInstall(here)).toBe(true);
  for (const other of [{ isRoot: false }, { isDebian: false }, { noApt: true }, { isTerminal: true }]) expect(mayInstall({ ...here, ...other })).toBe(false);
});
