/**
 * The signer's store, seen from its event loop: SQLite is synchronous, so it lives in a thread of its own.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { Refusal } from '@quorate/wire';
import type { Answer, Question } from './messages.ts';
import type { DurableStep, ReadArgs, ReadName, ReadResult, WriteArgs, WriteName, WriteResult } from './transactions.ts';

export interface Store extends AsyncDisposable {
  read<K extends ReadName>(name: K, args: ReadArgs<K>): Promise<ReadResult<K>>;
  /**
   * Durable when it resolves.
   * @throws {Refusal} where a rule of the store says no; then nothing was written
   */
  write<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Called, and awaited, right after each durable transaction. */
  readonly durable?: (step: DurableStep) => void | Promise<void>;
}

/** Not the caller's fault: the database failed, or is closed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Opens, or makes, the database at `path`. @throws {StoreError} */
export async function openStore(path: string, { durable }: StoreOptions = {}): Promise<Store> {
  // The same entry, as source or as built.
  const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  const worker = new Worker(entry, { workerData: { path }, execArgv: ['--disable-warning=ExperimentalWarning'], stdin: false });
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  let last = 0;
  let ended: StoreError | null = null;

  const end = (reason: string): void => {
    ended ??= new StoreError(reason);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (answer: Answer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (caller === undefined) return;
    if (answer.ok) caller.resolve(answer.result as never);
    else caller.reject(answer.refused === null ? new StoreError(answer.text) : new Refusal(answer.refused.code, answer.refused.detail));
  });
  worker.on('error', (error) => end(error instanceof Error ? error.message : 'the store’s thread failed'));
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      end('the store is closed');
      resolve();
    });
  });

  const ask = <T>(kind: 'read' | 'write', name: string, args: unknown): Promise<T> => {
    if (ended !== null) return Promise.reject(ended);
    const id = ++last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ kind, id, name, args } satisfies Question);
    });
  };
  await new Promise<void>((resolve, reject) => waiting.set(0, { resolve, reject }));

  const close = async (): Promise<void> => {
    if (ended === null) worker.postMessage({ kind: 'close' } satisfies Question);
    await exited;
  };
  return {
    read: (name, args) => ask('read', name, args),
    async write<K extends WriteName>(name: K, args: WriteArgs<K>) {
      const result = await ask<WriteResult<K>>('write', name, args);
      await durable?.(name);
      return result;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
