/**
 * The crate's own times, without Node, link or store: what the network is compared with, on the same cores in the same run.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildInfo } from '@quorate/mpc';
import * as z from 'zod';

const Times = z.object({ dkg: z.array(z.number()), sign: z.array(z.number()) });

/** Milliseconds of each key generation (five parties) and each signature (three of them), a thread per party. */
export async function inProcess(dkgs: number, signatures: number): Promise<z.infer<typeof Times>> {
  const backend = buildInfo().bigint === 'gmp' ? 'backend-rug' : 'backend-num-bigint';
  const features = ['--no-default-features', '--features', `${backend},test-fixtures`];
  const { stdout } = await promisify(execFile)(
    'cargo',
    ['run', '--release', '--locked', '--quiet', '-p', 'quorate-mpc', ...features, '--example', 'in_process', '--', String(dkgs), String(signatures)],
    { cwd: new URL('../..', import.meta.url) },
  );
  return Times.parse(JSON.parse(stdout));
}
