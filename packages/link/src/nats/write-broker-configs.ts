/**
 * @module
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrokerPlan, brokerConfigs } from './broker-config.ts';

/**
 * Writes `<name>.conf` for each broker into `dir`, which is made if it is not there. The paths, in the plan's order. There
 * is no secret in them.
 *
 * @throws {TypeError} as `brokerConfigs`; an error of the file system where they cannot be written
 */
export async function writeBrokerConfigs(plan: BrokerPlan, dir: string): Promise<readonly string[]> {
  const configs = brokerConfigs(plan);
  await mkdir(dir, { recursive: true });
  const paths: string[] = [];
  for (const [name, text] of configs) {
    const path = join(dir, `${name}.conf`);
    // A broker that reads meanwhile reads the old text or the new one.
    await writeFile(`${path}.new`, text, { mode: 0o644 });
    await rename(`${path}.new`, path);
    paths.push(path);
  }
  return paths;
}
