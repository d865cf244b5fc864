/** The programs as operators get them: built JavaScript, the release addon, nothing of this repository beside them. */
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, type Built } from './support/built.ts';

let dir: string;
let built: Built;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-bins-'));
  built = await build(dir);
}, 600_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** With nothing in the environment that this test was started with. */
const run = (program: string, args: readonly string[], execArgv: readonly string[] = []): Promise<Ended> =>
  new Promise((resolve) => {
    const file = join(built.bin, program);
    execFile(process.execPath, [...execArgv, file, ...args], { cwd: dir, env: { PATH: dirname(process.execPath) } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });

test('both programs tell version and help, and say nothing else', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  for (const program of ['quorate-signer', 'quorate-server']) {
    expect(await run(program, ['--version'])).toEqual({ code: 0, out: `${program} ${version}\n`, err: '' });
    expect(await run(program, ['--help'])).toMatchObject({ code: 0, out: expect.stringContaining(`${program} COMMAND --help`), err: '' });
  }
});

/** A daemon until it says this; then it is asked to end. Its exit code and all it said. */
async function startAndStop(program: string, args: readonly string[], until: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const daemon = spawn(process.execPath, [join(built.bin, program), 'start', ...args], {
    cwd: dir,
    env: { PATH: dirname(process.execPath) },
    timeout: 500_000,
    killSignal: 'SIGKILL',
  });
  let said = '';
  let asked = false;
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
      if (!asked && said.includes(until)) asked = daemon.kill('SIGTERM');
    });
  }
  const [code] = (await once(daemon, 'close')) as [number | null];
  return { code, said };
}

test('a program starts by itself, through a link to its folder', async () => {
  await symlink(built.folder, join(dir, 'link'));
  const env = { PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) };
  const { stdout } = await promisify(execFile)(join(dir, 'link', 'bin', 'quorate-server'), ['--version'], { env });
  expect(stdout).toMatch(/^quorate-server \d/);
});

test('a network is founded, and its signer and server start and stop, on the release addon and without a broker', { timeout: 600_000 }, async () => {
  const good = async (program: string, ...args: string[]): Promise<string> => {
    const { code, out, err } = await run(program, args);
    expect(code, err).toBe(0);
    return out.trim();
  };
  const fingerprints = await Promise.all([1, 2].map((n) => good('quorate-signer', 'init', '--data-dir', `signer-${n}`, '--out', `card-${n}.json`)));
  for (const [i, fingerprint] of fingerprints.entries())
    await good('quorate-server', 'roster-add', '--roster', 'roster.json', '--card', `card-${i + 1}.json`, '--fingerprint', fingerprint);
  await good('quorate-server', 'init', '--keys-dir', 'server', '--out', 'server-card.json');
  const { publicKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(join(dir, 'operations.pem'), publicKey);
  const drafting = ['--roster', 'roster.json', '--threshold', '2', '--service-account', 'operations=operations.pem', '--out', 'genesis.json'];
  const hash = await good('quorate-server', 'genesis-draft', ...drafting);
  const draft = ['--genesis', 'genesis.json', '--genesis-hash', hash];
  const said = fingerprints.flatMap((fingerprint) => ['--fingerprint', fingerprint]);
  for (const n of [1, 2]) await good('quorate-signer', 'approve', '--data-dir', `signer-${n}`, ...draft, ...said, '--out', `approval-${n}.json`);
  await good('quorate-server', 'genesis-finish', ...draft, '--approval', 'approval-1.json', '--approval', 'approval-2.json', '--out', 'founding.json');

  // Nothing is listening there, and no certificate is looked at.
  await writeFile(join(dir, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
  await writeFile(join(dir, 'database-url'), `pglite:${join(dir, 'database')}\n`, { mode: 0o600 });
  const common = ['--founding', 'founding.json', '--genesis-hash', hash, '--broker', '127.0.0.1:9', '--broker-ca', 'ca.pem'];
  const signer = ['--data-dir', 'signer-1', '--servers', 'server-card.json', '--health', '127.0.0.1:0', ...common];
  expect(await good('quorate-signer', 'start', '--check', ...signer)).toContain('The configuration is good.');
  expect(await startAndStop('quorate-signer', signer, 'waiting for the broker')).toEqual({ code: 0, said: expect.stringContaining('signer stopped') });
  const server = ['--keys-dir', 'server', '--database-url-file', 'database-url', '--listen', '127.0.0.1:0', ...common];
  expect(await startAndStop('quorate-server', server, 'waiting for the broker')).toEqual({ code: 0, said: expect.stringContaining('"stopping"') });
});

test('there is no TypeScript, no type, no test and no addon with published primes in it', () => {
  expect(globSync('**/*.ts', { cwd: join(built.folder, 'node_modules', '@quorate') })).toEqual([]);
  expect(globSync('node_modules/@quorate/**/*{.test.,.test-kit.,.map}*', { cwd: built.folder })).toEqual([]);
  expect(existsSync(join(built.folder, 'node_modules', 'vitest'))).toBe(false);
  expect(existsSync(join(built.folder, 'node_modules', '@quorate', 'devnet'))).toBe(false);
});

test('a missing addon, a part that is not built, and a Node that is too old are told apart', async () => {
  const rooms = join(built.folder, 'node_modules', '@quorate');
  const addon = join(rooms, 'mpc', 'native', 'quorate-mpc.node');
  const bin = join(rooms, 'signer', 'dist', 'daemon', 'bin.js');
  await rename(addon, `${addon}.away`);
  expect(await run('quorate-signer', ['--version'])).toEqual({ code: 70, out: '', err: expect.stringMatching(/^quorate-signer: The addon .* is not built/) });
  await writeFile(addon, 'not a library');
  expect(await run('quorate-signer', ['--version'])).toEqual({
    code: 70,
    out: '',
    err: expect.stringMatching(/^quorate-signer: The addon .* does not load here/),
  });
  expect(await run('quorate-server', ['--version'])).toMatchObject({ code: 0 });
  await rename(`${addon}.away`, addon);

  await rename(bin, `${bin}.away`);
  expect(await run('quorate-signer', ['--version'])).toEqual({ code: 70, out: '', err: 'quorate-signer: not built. Run: npm run build\n' });
  await rename(`${bin}.away`, bin);

  // What an old Node says of itself.
  const old = join(dir, 'old.mjs');
  await writeFile(
    old,
    "Object.defineProperty(process.versions, 'node', { value: '22.12.0' });\nObject.defineProperty(process, 'version', { value: 'v22.12.0' });\n",
  );
  for (const program of ['quorate-signer', 'quorate-server']) {
    expect(await run(program, ['--version'], ['--import', old])).toEqual({
      code: 69,
      out: '',
      err: `${program}: Node 24 or newer is needed, and this is v22.12.0 at ${process.execPath}.\n`,
    });
  }
  expect(await run('quorate-signer', ['--version'])).toMatchObject({ code: 0 });
});

test('health says that nothing answers, and where', async () => {
  const card = 'server-card.json';
  await writeFile(
    join(dir, 'health.yaml'),
    `keysDir: server\nfounding: ${card}\ngenesisHash: '${'0'.repeat(64)}'\nbroker: [127.0.0.1:9]\nbrokerCa: ${card}\ndatabaseUrlFile: database-url\nlisten: 127.0.0.1:9\n`,
  );
  const health = (...args: string[]) => run('quorate-server', ['health', '--config', 'health.yaml', ...args]);
  expect(await health()).toMatchObject({ code: 69, err: expect.stringContaining('Nothing answers at http://127.0.0.1:9/readyz') });
  expect(await health('--wait', 'long')).toMatchObject({ code: 64 });
});
