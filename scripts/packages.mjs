/**
 * The npm packages, among them the Node that runs everything else.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { follow, root, systemPath } from './processes.mjs';
import { Stop, duration, say } from './say.mjs';
import { atLeast, readVersion } from './toolchain.mjs';

const stampFile = join(root, 'node_modules', '.quorate-stamp');
/** The oldest Node that runs TypeScript sources, and has `node:sqlite` and `AsyncDisposableStack` without a flag. */
const NODE_NEEDED = [24, 0, 0];

/**
 * Whether what is installed (npm's own record of it) is what the lock file says. Optional packages are for
 * other platforms and may be missing.
 */
export function matchesLock(lock, installed) {
  return Object.entries(lock.packages ?? {}).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link === true) return true;
    const here = installed.packages?.[path];
    if (here === undefined) return entry.optional === true || entry.devOptional === true;
    return here.version === entry.version;
  });
}

/** Whether every package has its folder: an installation that was cut off, or tidied by hand, does not. `has`: whether a path is there. */
export function foldersThere(lock, has = (path) => existsSync(join(root, path))) {
  return Object.entries(lock.packages ?? {}).every(
    ([path, { optional, devOptional }]) => !path.includes('node_modules/') || optional === true || devOptional === true || has(path),
  );
}

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const lockText = () => readFileSync(join(root, 'package-lock.json'), 'utf8');
const hash = (text) => createHash('sha256').update(text).digest('hex');

function upToDate() {
  if (!existsSync(join(root, 'node_modules'))) return false;
  const lock = lockText();
  if (!foldersThere(JSON.parse(lock))) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash(lock)) return true;
  // Somebody ran `npm install`: what is there may do.
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !matchesLock(JSON.parse(lock), read(record))) return false;
  writeFileSync(stampFile, hash(lock));
  return true;
}

/** npm says what is wrong first and then prints its manual. */
const firstLines = (text, count) => text.split('\n').slice(0, count).join('\n');

/** Installs exactly the locked packages, unless they are there. @throws {Stop} */
export async function installPackages() {
  if (upToDate()) return;
  const started = Date.now();
  say('Installing the npm packages (npm ci) …');
  const { code, tail } = await follow('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env: { PATH: systemPath() }, keep: 400 });
  if (code !== 0) throw new Stop(`npm ci failed:\n${firstLines(tail, 15)}`);
  writeFileSync(stampFile, hash(lockText()));
  say(`npm packages installed in ${duration(Date.now() - started)}.`);
}

/** The Node that runs the job: the one among our packages, else this one where it is new enough. @throws {Stop} */
export function nodeForJobs() {
  const own = join(root, 'node_modules', '.bin', 'node');
  for (const node of [own, process.execPath]) {
    if (!existsSync(node)) continue;
    const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    const version = status === 0 ? readVersion(stdout) : null;
    if (version !== null && atLeast(version, NODE_NEEDED)) return node;
  }
  throw new Stop(
    `Quorate runs on Node ${NODE_NEEDED.join('.')} or newer; the Node that npm brings does not run on this platform and yours is ${process.version}: install Node 24 and run the same command again.`,
  );
}
