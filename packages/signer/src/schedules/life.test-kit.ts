/**
 * One life of a signer, from its start to the moment its power is cut: nothing that is not durable by then has happened,
 * and nothing more is heard of it.
 *
 * The store is the real one, transaction for transaction, on its real file; only that it runs in the test's own thread,
 * so that it can be cut between any two steps.
 *
 * @module
 */
import type { Transport } from '@quorate/link';
import { Refusal, type Signed, type SignerId } from '@quorate/wire';
import { type AuditHead, EMPTY_HEAD } from '../audit/rows.ts';
import { headOf } from '../store/audit.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { StoreRefusal } from '../store/refuse.ts';
import { type Store, StoreError, type StoreOptions } from '../store/store.ts';
import { type DurableStep, perform } from '../store/transactions.ts';

/** The power is cut right before or right after this step is taken for the n-th time in a life. */
export interface Cut {
  readonly step: DurableStep | 'any';
  readonly nth: number;
  readonly when: 'before' | 'after';
}

export interface Life {
  readonly transport: Transport;
  readonly alive: boolean;
  openStore(path: string, options: StoreOptions): Promise<Store>;
  cut(): void;
}

export interface LifeOptions {
  readonly transport: Transport;
  readonly cuts: readonly Cut[];
  /** Whether the cuts still count. */
  readonly armed: () => boolean;
  /** Right after a step has become durable. */
  readonly durable: (step: DurableStep, args: unknown) => void;
  readonly sent: (bytes: Uint8Array) => void;
  readonly died: () => void;
}

export function createLife({ transport, cuts, armed, durable, sent, died }: LifeOptions): Life {
  let alive = true;
  let db: Database | null = null;
  const leaving: (() => void)[] = [];
  const taken = new Map<string, number>();

  function cut(): void {
    if (!alive) return;
    alive = false;
    for (const leave of leaving) leave();
    db?.close();
    died();
  }
  function meet(step: DurableStep, when: Cut['when']): void {
    for (const one of armed() ? cuts : []) {
      if (one.when !== when || (one.step !== step && one.step !== 'any')) continue;
      if ((taken.get(one.step) ?? 0) === one.nth + (when === 'after' ? 1 : 0)) cut();
    }
  }
  const dead = (): StoreError => new StoreError('the power is cut');

  async function openStore(path: string, { durable: hook, writing }: StoreOptions): Promise<Store> {
    if (!alive) throw dead();
    const opened = openDatabase(path);
    // Whoever is cut here leaves a file that the system still has: what disks forget is not tried, and need not be waited for.
    opened.run('PRAGMA synchronous = OFF');
    db = opened;
    let auditHead: AuditHead = headOf(opened) ?? EMPTY_HEAD;
    const heads = new Map<SignerId, Signed<'auditHead'>>();
    const ask = async <T>(question: Parameters<typeof perform>[1]): Promise<T> => {
      // What was asked in one turn of the loop is done in a later one, as with a thread.
      await new Promise((resolve) => setImmediate(resolve));
      if (!alive) throw dead();
      try {
        const { result, audit } = perform(opened, question);
        if (audit !== null) auditHead = audit;
        return result as T;
      } catch (error) {
        if (error instanceof StoreRefusal) throw new Refusal(error.code, error.detail);
        throw new StoreError(error instanceof Error ? error.message : 'unknown');
      }
    };
    const close = async (): Promise<void> => cut();
    return {
      get auditHead() {
        return auditHead;
      },
      keepHead: (head) => void heads.set(head.signerId, head),
      read: (name, args) => ask({ kind: 'read', id: 0, name, args }),
      async write(name, args) {
        writing?.();
        const riding = [...heads.values()];
        meet(name, 'before');
        const result = await ask<never>({ kind: 'write', id: 0, name, args, heads: riding });
        durable(name, args);
        for (const head of riding) if (heads.get(head.signerId) === head) heads.delete(head.signerId);
        for (const counted of [name, 'any']) taken.set(counted, (taken.get(counted) ?? 0) + 1);
        meet(name, 'after');
        if (!alive) throw dead();
        await hook?.(name);
        return result;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  return {
    get alive() {
      return alive;
    },
    transport: {
      publish(to, bytes) {
        if (!alive) return;
        sent(bytes);
        transport.publish(to, bytes);
      },
      subscribe(self, receive) {
        const leave = transport.subscribe(self, receive);
        leaving.push(leave);
        return leave;
      },
    },
    openStore,
    cut,
  };
}
