/** A daemon as a child process: `signer` or `server`, then its command line, on the published test primes. */
import { openNats, runProgram, thisProcess } from '@quorate/daemon';
import { serverProgram } from '@quorate/server';
import { signerProgram } from '@quorate/signer';

const [which, ...args] = process.argv.slice(2);
const options = { openTransport: openNats, testFixtures: true };
process.exitCode = await runProgram(which === 'server' ? serverProgram(options) : signerProgram(options), args, thisProcess);
