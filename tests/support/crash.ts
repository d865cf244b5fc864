/**
 * Runs a network in a process that can be killed at a durable step, and reads what its signers' stores then hold.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import type { Genesis } from '@quorate/wire';
import type { AdminFile } from '@quorate/devnet';

export interface Ready {
  readonly url: string;
  readonly admin: AdminFile;
  readonly genesis: Genesis;
  readonly genesisHash: string;
}

export interface Child {
  readonly ready: Ready;
  /** Durable steps since `arm`, in order. */
  readonly steps: string[];
  readonly exited: Promise<NodeJS.Signals | number | null>;
  arm(): Promise<void>;
  stop(): Promise<void>;
}

export async function startChild(dir: string, killAt = 0): Promise<Child> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['-C', 'source', '--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'crash-child.ts'), dir, String(killAt)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, QUORATE_ADDON: 'test' },
    },
  );
  const exited = new Promise<NodeJS.Signals | number | null>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const steps: string[] = [];
  const ready = Promise.withResolvers<Ready>();
  const armed = Promise.withResolvers<void>();
  void exited.then(() => {
    ready.reject(new Error('the network ended before it was ready'));
    armed.reject(new Error('the network ended'));
  });
  armed.promise.catch(() => {});
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const said = JSON.parse(line) as { ready?: Ready; armed?: true; step?: string };
    if (said.ready !== undefined) ready.resolve(said.ready);
    if (said.armed === true) armed.resolve();
    if (said.step !== undefined) steps.push(said.step);
  });
  return {
    ready: await ready.promise,
    steps,
    exited,
    async arm() {
      child.stdin?.write('arm\n');
      await armed.promise;
    },
    async stop() {
      child.stdin?.end();
      await exited;
    },
  };
}

export interface Stored {
  readonly tombstones: number;
  /** Ciphertexts stored for this encryption key, base64, whether released or not. */
  readonly ciphertexts: readonly string[];
  readonly released: number;
}

/** What the five stores hold for a key, read from the files as the dead process left them. */
export function storedFor(dir: string, keyId: string, encryptionKey: string): Stored {
  const rows = [1, 2, 3, 4, 5].map((number) => {
    const folder = join(dir, 'signers', String(number));
    const file = readdirSync(folder).find((name) => /\.(sqlite|db)$/.test(name));
    if (file === undefined) throw new Error(`no store in ${folder}`);
    const db = new DatabaseSync(join(folder, file));
    try {
      const tombstone = db.prepare('SELECT count(*) AS count FROM tombstones WHERE key_id = ?').get(keyId) as { count: number };
      const pair = db.prepare('SELECT ciphertext, release FROM ciphertexts WHERE key_id = ? AND encryption_key = ?').get(keyId, encryptionKey) as
        | { ciphertext: Uint8Array; release: string | null }
        | undefined;
      return { tombstone: tombstone.count, pair };
    } finally {
      db.close();
    }
  });
  return {
    tombstones: rows.reduce((sum, row) => sum + row.tombstone, 0),
    ciphertexts: rows.flatMap(({ pair }) => (pair === undefined ? [] : [Buffer.from(pair.ciphertext).toString('base64')])),
    released: rows.filter(({ pair }) => pair?.release != null).length,
  };
}
