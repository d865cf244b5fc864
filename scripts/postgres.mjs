/**
 * A PostgreSQL of our own for tests: found among the system's programs, in a folder that goes away, under a user that is
 * not root. It waits for no disk unless it is told to.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { which } from './processes.mjs';
import { Stop } from './say.mjs';

/** Debian keeps the server's programs off PATH, a folder for each version; so does Homebrew. */
const FOLDERS = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];
const INSTALL = 'install PostgreSQL 15 or newer (Debian: apt install postgresql; macOS: brew install postgresql@17)';
const NEEDED = ['initdb', 'pg_ctl', 'postgres'];

/** Versions of folder names such as `15` or `postgresql@17`, newest first. */
export const newestFirst = (names) => {
  const version = (name) => Number(/^(?:postgresql@)?(\d+)$/.exec(name)?.[1] ?? Number.NaN);
  return names.filter((name) => !Number.isNaN(version(name))).sort((a, b) => version(b) - version(a));
};

/** The folder with the server's programs, or `null`. */
export function findPostgres(folders = FOLDERS, path = process.env.PATH ?? '') {
  const candidates = folders.flatMap((folder) => (existsSync(folder) ? newestFirst(readdirSync(folder)).map((name) => join(folder, name, 'bin')) : []));
  const onPath = which('initdb', path);
  if (onPath !== null) candidates.push(join(onPath, '..'));
  return candidates.find((folder) => NEEDED.every((program) => existsSync(join(folder, program)))) ?? null;
}

/** Why there can be none here, or `null`. */
export function whyNoPostgres() {
  if (findPostgres() === null) return `PostgreSQL was not found: ${INSTALL}`;
  if (isRoot() && accountOf('postgres') === null) return 'PostgreSQL does not run as root, and there is no user `postgres`: run this as another user';
  return null;
}

const isRoot = () => process.getuid?.() === 0;
const output = (program, args) => {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};
function accountOf(name) {
  const [uid, gid] = [output('id', ['-u', name]), output('id', ['-g', name])];
  return uid === null || gid === null ? null : { uid: Number(uid), gid: Number(gid) };
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts one, listening on loopback; by default on a port that is free.
 * @param {{host?: string, port?: number, durable?: boolean}} options `durable`: what is committed is on the disk, as it is for operators
 * @returns {Promise<{url: string, stop(): void}>} a URL whose user may create databases
 */
export async function startPostgres({ host = '127.0.0.1', port: wanted, durable = false } = {}) {
  const why = whyNoPostgres();
  if (why !== null) throw new Stop(why);
  const programs = findPostgres();
  const account = isRoot() ? accountOf('postgres') : null;
  const folder = mkdtempSync(join(tmpdir(), 'quorate-postgres-'));
  const data = join(folder, 'data');
  const run = (program, args) => {
    // Its output goes to a file: a server that keeps our pipe open would keep us waiting.
    const { status, stderr } = spawnSync(join(programs, program), args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], ...account });
    if (status !== 0) throw new Stop(`${program} failed: ${stderr}`);
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    chmodSync(folder, 0o700);
    if (account !== null) chownSync(folder, account.uid, account.gid);
    run('initdb', ['-D', data, '-U', 'quorate', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    const port = wanted ?? (await freePort());
    const settings = [
      `port=${port}`,
      `listen_addresses=${host}`,
      `unix_socket_directories=${folder}`,
      `fsync=${durable ? 'on' : 'off'}`,
      'max_connections=200',
    ];
    const options = settings.map((setting) => `-c ${setting}`).join(' ');
    run('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-w', '-s', '-o', options, 'start']);
    return {
      url: `postgres://quorate@${host}:${port}/postgres`,
      stop() {
        try {
          run('pg_ctl', ['-D', data, '-m', 'immediate', '-w', '-s', 'stop']);
        } finally {
          remove();
        }
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
