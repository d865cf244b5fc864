import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PRIVATE, readJson, writeJson } from './json-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorate-json-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what is written is read, and only its owner may read it', async () => {
  const path = join(folder, 'a.json');
  await writeJson(path, { a: 1 }, PRIVATE);
  expect(await readJson(path)).toEqual({ a: 1 });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('what a crash left behind is neither read nor keeps its wide mode', async () => {
  const path = join(folder, 'a.json');
  await writeFile(`${path}.new`, '{"half', { mode: 0o644 });
  expect(await readJson(path)).toBeNull();
  await writeJson(path, { a: 2 }, PRIVATE);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readJson(path)).toEqual({ a: 2 });
});
