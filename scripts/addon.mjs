/**
 * The Node addon: the crate built by cargo and put where `@quorate/mpc` looks for it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { follow, root } from './processes.mjs';
import { Stop, duration, endStatus, say, status } from './say.mjs';

const native = join(root, 'packages', 'mpc', 'native');

/** The two builds: what users run, and the one with known primes that only tests load. */
export const builds = {
  release: { file: 'quorate-mpc.node', features: [], about: 'the protocol core' },
  test: { file: 'quorate-mpc.test.node', features: ['test-fixtures'], about: 'the protocol core for tests' },
};

/** Folders whose content cannot change the addon. */
const apart = new Set(['target', 'node_modules', 'dist', 'native', 'tests', 'examples', 'benches']);

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!apart.has(entry.name)) yield* filesUnder(path);
    } else yield path;
  }
}

/** SHA-256 over names and contents of everything the addon is made from, and the compiler. */
export function inputsHash(cargoVersion) {
  const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', '.cargo/config.toml', 'packages/mpc/Cargo.toml', 'packages/mpc/build.rs']
    .map((path) => join(root, path))
    .filter((path) => existsSync(path));
  const files = [...sources, ...filesUnder(join(root, 'crates')), ...filesUnder(join(root, 'packages', 'mpc', 'rust'))];
  const hash = createHash('sha256').update(`${cargoVersion}\n${process.platform} ${process.arch}\n`);
  for (const file of files.sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file).split(sep).join('/')} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** The cargo features of a build, as arguments. */
export function featureArguments(backend, features) {
  const all = backend === 'gmp' ? features : ['backend-num-bigint', ...features];
  return [...(backend === 'gmp' ? [] : ['--no-default-features']), ...(all.length === 0 ? [] : ['--features', all.join(',')])];
}

const stampOf = (build) => join(native, `${build.file}.json`);

/** How the addon there was built, or `null` where there is none. */
function built(build) {
  if (!existsSync(join(native, build.file)) || !existsSync(stampOf(build))) return null;
  return JSON.parse(readFileSync(stampOf(build), 'utf8'));
}

/** Those of the builds that are missing or made from something else. */
export function staleBuilds(names, inputs, backend) {
  return names.filter((name) => {
    const stamp = built(builds[name]);
    return stamp === null || stamp.inputs !== inputs || stamp.backend !== backend;
  });
}

/** The backend that all of these builds have and that need no work, or `null`. */
export function readyBackend(names, inputs) {
  const [first] = names;
  const backend = first === undefined ? undefined : built(builds[first])?.backend;
  return backend !== undefined && staleBuilds(names, inputs, backend).length === 0 ? backend : null;
}

/** Builds the named addons. @throws {Stop} when cargo fails */
export async function buildAddons(names, inputs, backend) {
  for (const name of staleBuilds(names, inputs, backend)) await buildAddon(builds[name], inputs, backend);
}

async function buildAddon(build, inputs, backend) {
  const started = Date.now();
  const features = featureArguments(backend, build.features);
  say(`Building ${build.about} (Rust, ${backend === 'gmp' ? 'GMP' : 'num-bigint'}; the first time takes minutes) …`);
  const total = await countCrates(features);
  const progress = compileProgress();
  const show = () => status(`${progress.text(total)}, ${duration(Date.now() - started)}`, progress.done() / Math.max(total, progress.done(), 1));
  const timer = setInterval(show, 1000);
  try {
    const { code, tail } = await follow(
      'cargo',
      ['build', '--release', '--locked', '-p', 'quorate-node', ...features, '--message-format=json-render-diagnostics'],
      {
        onOut: progress.message,
        onErr: progress.line,
      },
    );
    if (code !== 0) throw new Stop(`cargo build failed:\n${tail}`);
  } finally {
    clearInterval(timer);
    endStatus();
  }
  mkdirSync(native, { recursive: true });
  const target = join(native, build.file);
  // Renamed into place: a process that has the old one loaded keeps it whole.
  copyFileSync(progress.library(), `${target}.new`);
  renameSync(`${target}.new`, target);
  writeFileSync(stampOf(build), `${JSON.stringify({ inputs, backend, features: build.features })}\n`);
  say(`Built ${build.about} in ${duration(Date.now() - started)}.`);
}

/** How many crates the build has in all; it fetches them first. */
async function countCrates(features) {
  status('fetching crates');
  const names = new Set();
  const { code, tail } = await follow(
    'cargo',
    ['tree', '--locked', '-p', 'quorate-node', '-e', 'normal,build', '--prefix', 'none', '--format', '{p}', ...features],
    {
      onOut: (line) => names.add(line.replace(/ \(.*$/, '')),
      onErr: (line) => status(line.trim()),
    },
  );
  if (code !== 0) throw new Stop(`cargo could not resolve its packages:\n${tail}`);
  return names.size;
}

/** Follows cargo's output: which crates are being compiled, and how many are done. */
export function compileProgress() {
  const running = new Set();
  const finished = new Set();
  let note = '';
  let library = '';
  return {
    /** One line of cargo's JSON messages. */
    message(line) {
      if (!line.startsWith('{')) return;
      const { reason, package_id: id, target, filenames } = JSON.parse(line);
      if (reason !== 'compiler-artifact' || target.kind.includes('custom-build')) return;
      if (target.name === 'quorate_node') library = filenames.find((name) => /\.(so|dylib)$/.test(name)) ?? '';
      finished.add(id);
      running.delete(target.name.replaceAll('_', '-'));
    },
    /** One line of cargo's plain output. */
    line(line) {
      const compiling = /^\s*Compiling (\S+) v/.exec(line);
      if (compiling !== null) running.add(compiling[1].replaceAll('_', '-'));
      note = /^\s*(Blocking|Downloading|Downloaded|Updating)/.test(line) ? line.trim() : '';
    },
    done: () => finished.size,
    /** Where cargo has put the library. */
    library() {
      if (library === '') throw new Stop('cargo built no library for quorate-node');
      return library;
    },
    text(total) {
      if (note !== '') return note;
      const busy = [...running].slice(0, 2).join(', ');
      return `compiled ${finished.size} of ~${Math.max(total, finished.size)} crates${busy === '' ? '' : ` (now ${busy})`}`;
    },
  };
}
