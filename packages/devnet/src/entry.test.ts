import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { saidOnce } from './entry.ts';
import { readPort } from './port.ts';

test.each(['abc', '', ' 7', '-1', '65536', '7e3', '1.5', '0x10'])('%j is no port', (text) => {
  expect(readPort(text)).toBeNull();
});

test.each(['0', '7310', '65535'])('%j is a port', (text) => {
  expect(readPort(text)).toBe(Number(text));
});

test('a port that is taken is said in a sentence, and what is our fault with its stack', async () => {
  await using taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const said: unknown[] = [];
  const { error } = console;
  console.error = (text: unknown) => void said.push(text);
  const before = process.exitCode;
  const fault = new Error('ours');
  try {
    await saidOnce(() => once(createServer().listen(port, '127.0.0.1'), 'listening').then(() => {}));
    await saidOnce(() => Promise.reject(fault));
  } finally {
    console.error = error;
    process.exitCode = before;
  }
  expect(said).toEqual([expect.stringMatching(/^\nThe server cannot listen there \(.*EADDRINUSE.*\): choose another --port/), fault]);
});
