import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { closureOf, consoleName, distName } from './dist.mjs';
import { root } from './processes.mjs';
import { Stop } from './say.mjs';

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

describe('the distribution', () => {
  test('has what a program needs, nearest version first, and leaves out peers that need not be there', () => {
    const packages = {
      'packages/one': { dependencies: { a: '1', '@quorate/two': '1' } },
      'packages/two': { dependencies: { b: '1' } },
      'packages/three': {},
      'node_modules/@quorate/two': { resolved: 'packages/two', link: true },
      'packages/two/node_modules/b': { dependencies: { c: '1' } },
      'node_modules/a': {
        dependencies: { b: '2' },
        peerDependencies: { p: '1' },
        peerDependenciesMeta: { p: { optional: true } },
        optionalDependencies: { o: '1' },
      },
      'node_modules/b': {},
      'node_modules/c': {},
      'node_modules/d': {},
    };
    expect(closureOf({ packages }, ['one'])).toEqual({
      packages: ['node_modules/a', 'node_modules/b', 'node_modules/c', 'packages/two/node_modules/b'],
      rooms: ['one', 'two'],
    });
    delete packages['node_modules/c'];
    expect(() => closureOf({ packages }, ['one'])).toThrow(Stop);
    expect(closureOf({ packages }, ['three'])).toEqual({ packages: [], rooms: ['three'] });
  });

  test('has no share of a key to lose where there is only the server: neither signer nor addon', () => {
    const { rooms, packages } = closureOf(lock, ['server']);
    expect(rooms).toEqual(['authority', 'chains', 'daemon', 'link', 'server', 'wire']);
    expect(packages).toContain('node_modules/pg');
    expect(closureOf(lock, ['signer']).rooms).toEqual(['authority', 'chains', 'daemon', 'link', 'mpc', 'signer', 'wire']);
    expect(closureOf(lock, ['signer']).packages).not.toContain('node_modules/pg');
  });

  test('has no tools of development in it', () => {
    const { packages } = closureOf(lock, ['signer', 'server']);
    expect(packages.length).toBeGreaterThan(30);
    expect(packages.filter((path) => lock.packages[path].dev === true)).toEqual([]);
  });

  test('is named for the version and the platform', () => {
    expect(distName()).toMatch(/^quorate-\d+\.\d+\.\d+-[a-z0-9]+-[a-z0-9]+$/);
    expect(distName('signer')).toMatch(/^quorate-signer-\d/);
    expect(consoleName()).toMatch(/^quorate-console-\d+\.\d+\.\d+$/);
  });
});
