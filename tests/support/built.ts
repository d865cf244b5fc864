/** What operators run: the distribution, made of what `tsc -b` leaves and the release addon, in a folder of its own. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Built {
  readonly folder: string;
  readonly bin: string;
}

/** Two test files that compile at once would write into each other's output: the lock is SQLite's, and goes with the process. */
async function compile(): Promise<void> {
  const lock = new DatabaseSync(join(root, 'node_modules', '.quorate-compile.db'));
  try {
    lock.exec('PRAGMA busy_timeout = 0');
    while (!take(lock)) await pause(200);
    await promisify(execFile)(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], { cwd: root });
  } finally {
    lock.close();
  }
}

function take(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && /locked|busy/i.test(error.message)) return false;
    throw error;
  }
}

export async function build(dir: string): Promise<Built> {
  await compile();
  // Plain JavaScript, which works before anything is installed, and so without types.
  const scripts: string = new URL('../../scripts/dist.mjs', import.meta.url).href;
  const { assemble } = (await import(scripts)) as { assemble(out: string): unknown };
  const folder = join(dir, 'quorate');
  assemble(folder);
  return { folder, bin: join(folder, 'bin') };
}

/**
 * The same programs on the published test primes, which no distribution has: a folder to put on PATH. `primes` does
 * nothing there.
 */
export async function withFixtures({ folder }: Built, dir: string): Promise<string> {
  const addon = ['node_modules', '@quorate', 'mpc', 'native', 'quorate-mpc.test.node'];
  await copyFile(join(root, 'packages', 'mpc', 'native', 'quorate-mpc.test.node'), join(folder, ...addon));
  const bin = join(dir, 'fixture-bin');
  await mkdir(bin);
  const room = (name: string): string => JSON.stringify(pathToFileURL(join(folder, 'node_modules', '@quorate', name, 'dist', 'index.js')).href);
  await writeFile(
    join(bin, 'run.mjs'),
    `import { openNats, runProgram, thisProcess } from ${room('daemon')};
const [which, ...args] = process.argv.slice(2);
const options = { openTransport: openNats, testFixtures: true };
const program = which === 'server' ? (await import(${room('server')})).serverProgram(options) : (await import(${room('signer')})).signerProgram(options);
process.exitCode = args[0] === 'primes' ? 0 : await runProgram(program, args, thisProcess);
`,
  );
  for (const which of ['signer', 'server']) {
    const path = join(bin, `quorate-${which}`);
    await writeFile(path, `#!/bin/sh\nQUORATE_ADDON=test exec '${process.execPath}' '${join(bin, 'run.mjs')}' ${which} "$@"\n`);
    await chmod(path, 0o755);
  }
  return bin;
}
