import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPostgres, newestFirst } from './postgres.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-find-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const install = (version, programs = ['initdb', 'pg_ctl', 'postgres']) => {
  const bin = join(folder, version, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const program of programs) {
    writeFileSync(join(bin, program), '');
    chmodSync(join(bin, program), 0o755);
  }
  return bin;
};

test('the newest version comes first, whatever else lies beside it', () => {
  expect(newestFirst(['9', '15', '13', 'common', '100x'])).toEqual(['15', '13', '9']);
  expect(newestFirst(['postgresql@14', 'node@22', 'postgresql@17'])).toEqual(['postgresql@17', 'postgresql@14']);
});

test('a version of which only the client is there is passed over', () => {
  const older = install('14');
  install('16', ['psql']);
  expect(findPostgres([folder], '')).toBe(older);
});

test('one on PATH counts too, and none at all is said', () => {
  expect(findPostgres([join(folder, 'nowhere')], '')).toBeNull();
  const bin = install('elsewhere');
  expect(findPostgres([], bin)).toBe(bin);
});
