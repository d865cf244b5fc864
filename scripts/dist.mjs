/**
 * The distribution: one folder with both bins, the built rooms, the packages they need in the locked versions, and the
 * addon. It runs wherever Node and the system's C library fit; nothing is installed or compiled there. The console is
 * files and the web server's configuration, for any platform.
 *
 * @module
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.mjs';
import { Stop } from './say.mjs';

/** The rooms that are programs. */
export const programs = ['signer', 'server'];
const ADDON = 'quorate-mpc.node';

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** The next folder outwards whose `node_modules` Node looks into. */
const parentOf = (folder) => {
  const at = folder.lastIndexOf('/node_modules/');
  return at < 0 ? '' : folder.slice(0, at);
};

/** The path in the lock under which Node finds `name` from the package at `from`, or `undefined`. */
function resolveIn(packages, from, name) {
  for (let folder = from; ; folder = parentOf(folder)) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}

/**
 * Everything that the given rooms need at run time: packages by their path in the lock, and rooms by name.
 * @throws {Stop} for a package that the lock does not have
 */
export function closureOf(lock, rooms) {
  const packages = lock.packages;
  const found = { packages: new Set(), rooms: new Set() };
  const walk = (path) => {
    const entry = packages[path];
    const real = entry.link === true ? entry.resolved : path;
    const room = /^packages\/([^/]+)$/.exec(real)?.[1];
    const seen = room === undefined ? found.packages : found.rooms;
    const name = room ?? real;
    if (seen.has(name)) return;
    seen.add(name);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[real];
    for (const needed of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
      const next = resolveIn(packages, real, needed);
      if (next !== undefined) walk(next);
      else if (optionalDependencies[needed] === undefined && peerDependenciesMeta[needed]?.optional !== true)
        throw new Stop(`package-lock.json does not have ${needed}, which ${real} needs.`);
    }
  };
  for (const room of rooms) walk(`packages/${room}`);
  return { packages: [...found.packages].sort(), rooms: [...found.rooms].sort() };
}

/** What runs, without types and maps. */
const isRunning = (path) => !/\.d\.[cm]?ts(\.map)?$|\.tsbuildinfo$|\.map$/.test(path);

const launcher = (room) => `#!/usr/bin/env node
import('../node_modules/@quorate/${room}/bin/quorate-${room}.mjs');
`;

/**
 * Puts the folder together from what `tsc -b` and the addon's build have left. What stands at `out` is replaced once all
 * of it is there.
 * @throws {Stop} where something is not built
 */
export function assemble(out, { rooms = programs } = {}) {
  const lock = readJson('package-lock.json');
  const closure = closureOf(lock, rooms);
  const draft = `${out}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const inside = (...names) => join(draft, 'node_modules', ...names);
  for (const path of closure.packages) {
    // What lies inside a room moves with it.
    const to = path.replace(/^packages\/([^/]+)\//, 'node_modules/@quorate/$1/');
    cpSync(join(root, path), join(draft, to), { recursive: true, filter: (from) => isRunning(from) && !from.includes(`${path}/node_modules`) });
  }
  for (const room of closure.rooms) {
    const from = join(root, 'packages', room);
    if (!existsSync(join(from, 'dist', 'index.js'))) throw new Stop(`packages/${room} is not built. Run: npm run dist`);
    mkdirSync(inside('@quorate', room), { recursive: true });
    for (const part of ['package.json', 'dist', 'bin', 'migrations']) {
      if (existsSync(join(from, part))) cpSync(join(from, part), inside('@quorate', room, part), { recursive: true, filter: (path) => isRunning(path) });
    }
  }
  if (closure.rooms.includes('mpc')) copyAddon(inside('@quorate', 'mpc', 'native'));
  mkdirSync(join(draft, 'bin'));
  for (const room of rooms) {
    const file = join(draft, 'bin', `quorate-${room}`);
    writeFileSync(file, launcher(room));
    chmodSync(file, 0o755);
  }
  cpSync(join(root, 'LICENSE'), join(draft, 'LICENSE'));
  rmSync(out, { recursive: true, force: true });
  renameSync(draft, out);
  return closure;
}

/** Only the release build: the other one accepts published secrets. */
function copyAddon(to) {
  const native = join(root, 'packages', 'mpc', 'native');
  if (!existsSync(join(native, ADDON))) throw new Stop('The addon is not built. Run: npm run dist');
  mkdirSync(to);
  for (const name of [ADDON, `${ADDON}.json`]) cpSync(join(native, name), join(to, name));
}

/** The console's built files, with the configuration of the web server that they are made for. @throws {Stop} where they are not built */
export function assembleConsole(out) {
  const site = join(root, 'packages', 'console', 'dist', 'site');
  if (!existsSync(join(site, 'index.html'))) throw new Stop('packages/console is not built. Run: npm run dist:console');
  rmSync(out, { recursive: true, force: true });
  cpSync(site, join(out, 'site'), { recursive: true });
  cpSync(join(root, 'deploy', 'container', 'console.nginx.conf'), join(out, 'nginx.conf'));
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
}

/** `quorate-console-0.1.0`. */
export const consoleName = () => `quorate-console-${readJson('package.json').version}`;

/** `quorate-0.1.0-linux-x64`, or `quorate-signer-0.1.0-linux-x64` with one program. */
export const distName = (only) =>
  [`quorate${only === undefined ? '' : `-${only}`}`, readJson('package.json').version, process.platform, process.arch].join('-');
