/** `quorate-signer`, as a process. @module */
import { openNats, runProgram, thisProcess } from '@quorate/daemon';
import { signerProgram } from './program.ts';

process.exitCode = await runProgram(signerProgram({ openTransport: openNats }), process.argv.slice(2), thisProcess);
