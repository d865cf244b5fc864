/** `quorate-server`, as a process. @module */
import { openNats, runProgram, thisProcess } from '@quorate/daemon';
import { serverProgram } from './program.ts';

process.exitCode = await runProgram(serverProgram({ openTransport: openNats }), process.argv.slice(2), thisProcess);
