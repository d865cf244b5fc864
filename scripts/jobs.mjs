/**
 * The jobs of `package.json`, one entry each: which addons it needs, and what it runs.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featureArguments } from './addon.mjs';
import { assemble, assembleConsole, consoleName, distName, programs } from './dist.mjs';
import { nodeForJobs } from './packages.mjs';
import { whyNoNetwork } from './network.mjs';
import { startPostgres, whyNoPostgres } from './postgres.mjs';
import { firstLine, follow, root, run, which } from './processes.mjs';
import { say, Stop } from './say.mjs';
import { closingLine, failuresOf, tallyCargo, tallyVitest, withExitCode } from './tally.mjs';

const sourceFlags = ['-C', 'source', '--disable-warning=ExperimentalWarning'];
const crates = ['quorate-primes', 'quorate-protocols', 'quorate-mpc', 'quorate-model'];

const typescript =
  (file, env = {}) =>
  ({ args }) =>
    run(nodeForJobs(), [...sourceFlags, file, ...args], { env });
const bin = (path, args) => run(nodeForJobs(), [join(root, 'node_modules', path), ...args]);

/** @type {Record<string, {addons: string[], run: (o: {args: string[], backend: string}) => Promise<number>}>} */
export const jobs = {
  demo: { addons: ['release'], run: typescript('packages/devnet/src/demo.ts') },
  dev: { addons: ['release'], run: typescript('packages/devnet/src/dev.ts') },
  test: { addons: ['release', 'test'], run: ({ args, backend }) => test(args, backend) },
  'test:slow': { addons: ['release', 'test'], run: ({ args, backend }) => test(args, backend, { SLOW: '1' }) },
  'test:postgres': { addons: [], run: ({ args }) => testOnPostgres(args) },
  'test:network': { addons: ['test'], run: ({ args }) => testOnProcesses(args) },
  check: { addons: [], run: check },
  build: { addons: ['release'], run: () => bin('typescript/bin/tsc', ['-b']) },
  dist: { addons: ['release'], run: () => dist() },
  'dist:signer': { addons: ['release'], run: () => dist('signer') },
  'dist:server': { addons: [], run: () => dist('server') },
  'dist:console': { addons: [], run: distConsole },
  bench: { addons: ['release', 'test'], run: typescript('bench/src/main.ts', { QUORATE_ADDON: 'test' }) },
  'bench:network': { addons: ['test'], run: ({ args }) => benchOnProcesses(args) },
};

/** All tests, TypeScript and Rust; with arguments only the TypeScript tests that they name. The last line is the count. */
async function test(args, backend, env = {}) {
  const tallies = [await vitest(args, env)];
  if (args.length === 0) {
    const why = whyNoPostgres();
    if (why === null) tallies.push(await onPostgres((postgres) => vitest([ONLY_POSTGRES], { ...env, ...postgres })));
    else say(`${why}. Skipped: the tests that need it (npm run test:postgres).`);
    tallies.push(await cargoTest(backend, env));
  }
  return close(tallies);
}

/** The server's tests, or those that are named, on a PostgreSQL that is started for them. */
const testOnPostgres = async (args) =>
  close([await onPostgres((postgres) => vitest(args.length > 0 ? args : ['packages/server/'], { QUORATE_WALLETS: '1000000', ...postgres }))]);

/**
 * The tests on real processes. `--short`: a part of the faults; `--optional`: no failure where the programs for it are
 * missing; any other word: only the faults whose title has it.
 */
async function testOnProcesses(args) {
  const why = await whyNoNetwork();
  if (why !== null) {
    say(`${why}. Skipped: the tests on real processes.`);
    return args.includes('--optional') ? close([]) : 1;
  }
  const only = args.find((arg) => !arg.startsWith('--')) ?? '';
  const env = { QUORATE_NETWORK: args.includes('--short') ? 'short' : 'whole', QUORATE_FAULTS: only };
  return close([await onPostgres((postgres) => vitest(['--config', 'vitest.network.config.ts'], { ...env, ...postgres }))]);
}

/** Two networks of real processes, one of them full of wallets. `--short`: a little of it; `--wallets N`: so many. */
async function benchOnProcesses(args) {
  const why = await whyNoNetwork();
  if (why !== null) throw new Stop(`${why}.`);
  const env = { QUORATE_ADDON: 'test' };
  return onPostgres((postgres) => typescript('bench/src/network/main.ts', { ...env, ...postgres })({ args }), { durable: true });
}

/** What the name of a test file says that has nothing to test without PostgreSQL. */
const ONLY_POSTGRES = '.postgres.test.ts';

async function onPostgres(work, options = {}) {
  const { url, stop } = await startPostgres(options);
  try {
    return await work({ QUORATE_TEST_POSTGRES: url });
  } finally {
    stop();
  }
}

/** @returns {number} the exit code */
function close(tallies) {
  process.stdout.write(`\n${[...failuresOf(tallies), closingLine(tallies)].join('\n')}\n`);
  return tallies.some((tally) => tally.failed > 0) ? 1 : 0;
}

async function vitest(args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-test-'));
  try {
    const report = join(folder, 'vitest.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await run(nodeForJobs(), [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args], { env });
    let tally = { passed: 0, failed: 0, failures: [] };
    try {
      tally = tallyVitest(JSON.parse(readFileSync(report, 'utf8')));
    } catch {
      say('Vitest left no report.');
    }
    return withExitCode(tally, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cargoTest(backend, env) {
  const features = featureArguments(backend, ['quorate-mpc/test-fixtures']);
  const packages = crates.flatMap((crate) => ['-p', crate]);
  const slow = env.SLOW === '1' ? ['--', '--include-ignored'] : [];
  const lines = [];
  const out = (line) => {
    lines.push(line);
    process.stdout.write(`${line}\n`);
  };
  const { code } = await follow('cargo', ['test', '--release', '--locked', '--no-fail-fast', ...packages, ...features, ...slow], {
    env,
    onOut: out,
    onErr: (line) => process.stderr.write(`${line}\n`),
  });
  return withExitCode(tallyCargo(lines.join('\n')), code);
}

/** What an operator takes to a host, with both programs or one of them: a folder, and the same as one file. */
async function dist(only) {
  if ((await bin('typescript/bin/tsc', ['-b'])) !== 0) return 1;
  const name = distName(only);
  assemble(join(root, 'dist', name), { rooms: only === undefined ? programs : [only] });
  const code = await pack(name);
  if (code === 0) say(`dist/${name}.tar.gz: unpack it on each host, and put its bin folder on PATH. It needs Node 24 there.`);
  return code;
}

/** The console, which Vite builds straight from the rooms' sources. */
async function distConsole() {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // Another value of it would put React's development code into the page.
  const env = { NODE_ENV: 'production' };
  if ((await run(nodeForJobs(), [vite, 'build', join(root, 'packages', 'console')], { env })) !== 0) return 1;
  const name = consoleName();
  assembleConsole(join(root, 'dist', name));
  const code = await pack(name);
  if (code === 0) say(`dist/${name}.tar.gz: the console's files, and nginx.conf, which says how to serve them.`);
  return code;
}

/** A folder in `dist` as one file beside it. */
const pack = (name) => run('tar', ['-C', join(root, 'dist'), '-czf', join(root, 'dist', `${name}.tar.gz`), name]);

/** Everything that reads the code without running it. All checks run, also after one has failed. */
async function check() {
  const failed = [];
  const step = async (name, work) => {
    say(`check: ${name}`);
    if ((await work()) !== 0) failed.push(name);
  };
  await step('biome', () => bin('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']));
  await step('types', () => bin('typescript/bin/tsc', ['-b']));
  await step('types of tests', () => bin('typescript/bin/tsc', ['-p', 'tsconfig.check.json']));
  for (const [component, args] of rustChecks()) {
    if (hasComponent(component)) await step(`cargo ${component}`, () => run('cargo', args));
    else say(`check: cargo ${component} is not installed here: skipped`);
  }
  say(failed.length === 0 ? 'check: all is well' : `check: failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

const rustChecks = () => {
  const backend = which('m4') === null ? 'num-bigint' : 'gmp';
  const features = featureArguments(backend, ['quorate-mpc/test-fixtures']);
  return [
    ['fmt', ['fmt', '--all', '--check']],
    ['clippy', ['clippy', '--release', '--locked', '--workspace', '--lib', '--tests', '--examples', ...features, '--', '-D', 'warnings']],
  ];
};

const hasComponent = (component) => which('cargo') !== null && firstLine('cargo', [component, '--version']) !== null;
