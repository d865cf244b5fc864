/** `quorate-signer`, as a process. @module */
import { CannotRun, openNats, runProgram, thisProcess } from '@quorate/daemon';
import { requireAddon } from './require-addon.ts';
import { signerProgram } from './program.ts';

try {
  requireAddon();
  process.exitCode = await runProgram(signerProgram({ openTransport: openNats }), process.argv.slice(2), thisProcess);
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  thisProcess.say(`quorate-signer: ${error.message}`);
  process.exitCode = error.exitCode;
}
