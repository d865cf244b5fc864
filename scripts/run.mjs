/**
 * `node scripts/run.mjs <job>`: prepares what the job needs and runs it. Plain JavaScript without dependencies, so
 * that it is the first thing that works in a clean clone, on Node 20.
 *
 * @module
 */
import { buildAddons, inputsHash, readyBackend } from './addon.mjs';
import { jobs } from './jobs.mjs';
import { installPackages } from './packages.mjs';
import { Stop, endStatus, say } from './say.mjs';
import { checkCargo, chooseBackend } from './toolchain.mjs';

/** Installs the packages and builds the addons; both at once, since neither needs the other. */
async function prepare(addons) {
  if (addons.length === 0) {
    await installPackages();
    return null;
  }
  const inputs = inputsHash(checkCargo());
  const backend = await chooseBackend(readyBackend(addons, inputs));
  await Promise.all([installPackages(), buildAddons(addons, inputs, backend)]);
  return backend;
}

async function main([name, ...args]) {
  const job = Object.hasOwn(jobs, name ?? '') ? jobs[name] : undefined;
  if (job === undefined) throw new Stop(`node scripts/run.mjs ${Object.keys(jobs).join('|')}`);
  const backend = await prepare(job.addons);
  return job.run({ args, backend });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  endStatus();
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  process.exit(1);
}
