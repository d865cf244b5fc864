import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coreDumpsIn, warnOfCoreDumps } from './core-dumps.ts';

const limits = (core: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax data size             unlimited            unlimited            bytes\nMax core file size        ${core}            unlimited            bytes\n`;

test('core dumps are told by the soft limit', () => {
  expect([limits('unlimited'), limits('4096'), limits('0'), 'nothing'].map(coreDumpsIn)).toEqual([true, true, false, null]);
});

test('a process that may dump its memory says so once, and one that may not says nothing', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-core-'));
  const file = join(dir, 'limits');
  const said: string[] = [];
  const log = { warn: (_: object, text: string) => void said.push(text) };
  await writeFile(file, limits('unlimited'));
  warnOfCoreDumps(log, file);
  expect(said).toEqual([expect.stringContaining('LimitCORE=0')]);
  await writeFile(file, limits('0'));
  warnOfCoreDumps(log, file);
  warnOfCoreDumps(log, join(dir, 'nowhere'));
  expect(said.length).toBe(1);
  await rm(dir, { recursive: true });
});
