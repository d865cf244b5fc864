/**
 * The signer's store, seen from its event loop: SQLite is synchronous, so it lives in a thread of its own.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { Refusal, type Signed, type SignerId } from '@quorate/wire';
import { type AuditHead, EMPTY_HEAD } from '../audit/rows.ts';
import type { Answer, Question } from './messages.ts';
import type { DurableStep, ReadArgs, ReadName, ReadResult, WriteArgs, WriteName, WriteResult } from './transactions.ts';

export interface Store extends AsyncDisposable {
  /** Where the audit trail ends, as of the last write. */
  readonly auditHead: AuditHead;
  /** Kept with whatever is written next; the last one given of a signer counts. */
  keepHead(head: Signed<'auditHead'>): void;
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
  /** Called right before each: the last moment to give a head that is to be kept with it. */
  readonly writing?: () => void;
}

/** Not the caller's fault: the database failed, or is closed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Opens, or makes, the database at `path`. @throws {StoreError} */
export async function openStore(path: string, { durable, writing }: StoreOptions = {}): Promise<Store> {
  // The same entry, as source or as built.
  const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  const worker = new Worker(entry, { workerData: { path }, execArgv: ['--disable-warning=ExperimentalWarning'], stdin: false });
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  const heads = new Map<SignerId, Signed<'auditHead'>>();
  let auditHead = EMPTY_HEAD;
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
    if (answer.ok && answer.audit !== null) auditHead = answer.audit;
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

  const ask = <T>(question: { kind: 'read'; name: string; args: unknown } | { kind: 'write'; name: string; args: unknown; heads: Signed<'auditHead'>[] }) => {
    if (ended !== null) return Promise.reject(ended);
    const id = ++last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...question, id } satisfies Question);
    });
  };
  await new Promise<void>((resolve, reject) => waiting.set(0, { resolve, reject }));

  const close = async (): Promise<void> => {
    if (ended === null) {
      writing?.();
      worker.postMessage({ kind: 'close', heads: [...heads.values()] } satisfies Question);
    }
    await exited;
  };
  return {
    get auditHead() {
      return auditHead;
    },
    keepHead: (head) => void heads.set(head.signerId, head),
    read: (name, args) => ask({ kind: 'read', name, args }),
    async write<K extends WriteName>(name: K, args: WriteArgs<K>) {
      writing?.();
      const riding = [...heads.values()];
      const result = await ask<WriteResult<K>>({ kind: 'write', name, args, heads: riding });
      // What was refused took no head along.
      for (const head of riding) if (heads.get(head.signerId) === head) heads.delete(head.signerId);
      await durable?.(name);
      return result;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
