/**
 * What the build needs from the machine: cargo, a C compiler, and m4 and make for GMP.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { firstLine, follow, root, which } from './processes.mjs';
import { Stop, say } from './say.mjs';

/** `[1, 95, 0]` of any text that holds a version; `null` where none does. */
export function readVersion(text) {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found === null ? null : [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

/** Whether version `a` is at least `b`. */
export function atLeast(a, b) {
  for (let i = 0; i < 3; i += 1) if (a[i] !== b[i]) return a[i] > b[i];
  return true;
}

/** The `rust-version` that the workspace asks for. */
export function neededRust(manifest = readFileSync(join(root, 'Cargo.toml'), 'utf8')) {
  const found = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest);
  if (found === null) throw new Error('Cargo.toml names no rust-version');
  return found[1];
}

/** The one sentence for a cargo that does not do, or `null` for one that does. `version`: what `cargo --version` said. */
export function cargoProblem(version, needed) {
  if (version === null)
    return `Quorate builds its protocol core with Rust ${needed} or newer, and there is no working cargo here: install Rust from https://rustup.rs, then run the same command again.`;
  const has = readVersion(version);
  if (has !== null && atLeast(has, readVersion(needed))) return null;
  return `Quorate builds its protocol core with Rust ${needed} or newer, and this machine has ${version.trim()}: update it (rustup update, or install from https://rustup.rs), then run the same command again.`;
}

/** @throws {Stop} */
export function checkCargo() {
  const home = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'bin');
  // A fresh rustup is not on the PATH of shells that were open before it.
  if (which('cargo') === null && existsSync(join(home, 'cargo'))) process.env.PATH = `${process.env.PATH ?? ''}${delimiter}${home}`;
  const version = which('cargo') === null ? null : firstLine('cargo', ['--version']);
  const problem = cargoProblem(version, neededRust());
  if (problem !== null) throw new Stop(problem);
  if (which('cc') === null && which('gcc') === null && which('clang') === null) {
    throw new Stop(
      'Rust needs a C compiler to link with, and there is none here: install gcc and make (Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install), then run the same command again.',
    );
  }
  return version;
}

/** What is to be done about missing tools. Pure; the caller looks and acts. */
export function planForTools({ missing, isRoot, isDebian, noApt, isTerminal }) {
  if (missing.length === 0) return 'gmp';
  if (!isRoot || !isDebian || noApt) return 'fallback';
  return isTerminal ? 'ask' : 'install';
}

/** Whether apt-get may be expected to have Debian's packages. */
export const isDebian = () => {
  if (which('apt-get') === null) return false;
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
};

const installers = {
  'apt-get': 'sudo apt-get install',
  dnf: 'sudo dnf install',
  apk: 'sudo apk add',
  pacman: 'sudo pacman -S',
  zypper: 'sudo zypper install',
  brew: 'brew install',
};

/** The command that installs packages here, by which of the installers there is; without any of them, in words. `has`: whether a program is there. */
export function installCommand(packages, has = (program) => which(program) !== null) {
  const found = Object.keys(installers).find(has);
  return found === undefined ? `install ${packages.join(' and ')}` : `${installers[found]} ${packages.join(' ')}`;
}

/**
 * Which big integers to build with. Installs what GMP's build needs where that is allowed. `ready` is the backend
 * of addons that need no work: nobody is asked twice.
 * @returns {Promise<'gmp' | 'num-bigint'>}
 */
export async function chooseBackend(ready) {
  const missing = ['m4', 'make'].filter((tool) => which(tool) === null);
  if (ready !== null && (ready === 'gmp' || missing.length > 0)) return ready;
  const plan = planForTools({
    missing,
    isRoot: process.getuid?.() === 0,
    isDebian: isDebian(),
    noApt: process.env.QUORATE_NO_APT === '1',
    isTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  });
  if (plan === 'gmp') return 'gmp';
  const names = missing.join(' and ');
  const list = missing.join(' ');
  if (plan === 'install') say(`GMP's build needs ${names}, missing here: installing with apt-get install ${list} (QUORATE_NO_APT=1 forbids it).`);
  if (plan === 'install' || (plan === 'ask' && (await ask(`GMP's build needs ${names}, missing here. Run apt-get install ${list} now? [Y/n] `)))) {
    if (await aptInstall(missing)) return 'gmp';
    say(`apt-get could not install ${names}.`);
  }
  say(
    `Building with num-bigint instead of GMP: it works the same, signing takes several times as long. For GMP: ${installCommand(missing)}, then run this again.`,
  );
  return 'num-bigint';
}

async function ask(question) {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return !/^\s*n/i.test(await lines.question(question));
  } finally {
    lines.close();
  }
}

/** Whether they are there afterwards. Fetches the lists anew where the present ones do not do. */
export async function aptInstall(packages, env = {}) {
  const install = () => follow('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env: { DEBIAN_FRONTEND: 'noninteractive', ...env } });
  if ((await install()).code === 0) return true;
  await follow('apt-get', ['update']);
  const { code, tail } = await install();
  if (code !== 0) say(tail);
  return code === 0;
}
