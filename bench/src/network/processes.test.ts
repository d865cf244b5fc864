import { expect, test } from 'vitest';
import { parseBusy, parseMemory, parseStat } from './processes.ts';

test('a process’s times are read behind its name, whatever the name is', () => {
  const rest = 'S 41 42 42 0 -1 4194560 1201 88 0 0 311 47 20 9 20 0 11 0 915 123456 789';
  for (const name of ['(node)', '(a) b)', '(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)', '()'])
    expect(parseStat(`4711 ${name} ${rest}\n`)).toEqual({ parent: 41, own: 358, ended: 29 });
});

test('memory is read by its name, and what is not there is nothing', () => {
  const status = 'Name:\tnode\nVmPeak:\t 1187776 kB\nVmHWM:\t   94208 kB\nVmRSS:\t   90112 kB\nThreads:\t11\n';
  expect(parseMemory(status, 'VmHWM')).toBe(94_208 * 1_024);
  expect(parseMemory(status, 'VmRSS')).toBe(90_112 * 1_024);
  expect(parseMemory(status, 'RSS')).toBe(0);
  expect(parseMemory('', 'VmHWM')).toBe(0);
});

test('a machine is busy in its programs, in its kernel and in interrupts, not while it waits', () => {
  expect(parseBusy('cpu  100 20 30 4000 500 6 7 80 0 0\ncpu0 50 10 15 2000 250 3 3 40 0 0\nintr 12\n')).toBe(163);
});
