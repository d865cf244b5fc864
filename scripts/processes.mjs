/**
 * Starting other programs.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Programs that must not outlive this one, should it stop early. */
const followed = new Set();
process.once('exit', () => {
  for (const child of followed) child.kill();
});

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const localBin = join(root, 'node_modules', '.bin');

/** The system's programs first found on PATH, our own `node_modules/.bin` left out. */
export function systemPath(path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
}

/** Full path of a program on PATH, or `null`. */
export function which(program, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, program);
    if (folder !== '' && existsSync(file)) return file;
  }
  return null;
}

/** Runs a program that says its version; its first line, or `null` where it is missing or fails. */
export function firstLine(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return status === 0 ? (stdout.split('\n')[0] ?? '') : null;
}

/**
 * Runs a program whose output goes straight to ours. Signals reach it: on a terminal both get Ctrl-C anyway,
 * otherwise it is passed on.
 * @returns {Promise<number>} its exit code; 128 + n after signal n
 */
export function run(program, args, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${localBin}${delimiter}${process.env.PATH ?? ''}`, ...env },
    });
    const forward = (signal) => {
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/**
 * Runs a program and hands each of its lines to `onOut` or `onErr`.
 * @returns {Promise<{code: number, tail: string}>} `tail`: the last lines it printed on either stream
 */
export function follow(program, args, { env = {}, onOut = () => {}, onErr = () => {}, keep = 60 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    followed.add(child);
    const tail = [];
    const listen = (stream, each, remember) =>
      createInterface({ input: stream }).on('line', (line) => {
        if (remember(line)) tail.push(line);
        if (tail.length > keep) tail.shift();
        each(line);
      });
    listen(child.stdout, onOut, (line) => !line.startsWith('{'));
    listen(child.stderr, onErr, () => true);
    child.once('error', reject);
    child.once('close', (code) => {
      followed.delete(child);
      resolve({ code: code ?? 1, tail: tail.join('\n') });
    });
  });
}
