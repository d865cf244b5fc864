/** A server, and its signers once it is told so, as daemons on one line within this process. */
import { join } from 'node:path';
import { type Program, runProgram, thisProcess } from '@quorate/daemon';
import { memoryTransport } from '@quorate/link';
import { serverProgram } from '@quorate/server';
import { signerProgram } from '@quorate/signer';

const [dir = '', count = '0'] = process.argv.slice(2);
const transport = memoryTransport();
const options = {
  openTransport: async () => ({ transport, connected: () => true, waitingBytes: () => 0, close: async () => {} }),
  testFixtures: true,
};
const start = async (program: Program, name: string): Promise<void> => {
  const code = await runProgram(program, ['start', '--config', join(dir, `${name}.yaml`)], thisProcess);
  process.exitCode ||= code;
};
process.once('message', () => {
  process.disconnect?.();
  for (let number = 1; number <= Number(count); number++) void start(signerProgram(options), `signer-${number}`);
});
await start(serverProgram(options), 'server');
