import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CannotStart } from './cannot-start.ts';
import { lockFolder } from './lock.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is open once, also within one process; when it is given back it can be taken again', () => {
  const giveBack = lockFolder(lock);
  expect(readFileSync(lock, 'utf8')).toBe(`${process.pid}\n`);
  expect(() => lockFolder(lock)).toThrow(CannotStart);
  giveBack();
  lockFolder(lock)();
});

test('a folder that another living process has is refused', () => {
  writeFileSync(lock, `${process.ppid}\n`);
  expect(() => lockFolder(lock)).toThrow(String(process.ppid));
  rmSync(lock);
  lockFolder(lock)();
});

test('a lock left by a process that was killed does not keep anybody out', () => {
  // Process ids end far below.
  writeFileSync(lock, '2000000000\n');
  lockFolder(lock)();
});

test('a lock left by an earlier process with our own id does not either', () => {
  writeFileSync(lock, `${process.pid}\n`);
  lockFolder(lock)();
});
