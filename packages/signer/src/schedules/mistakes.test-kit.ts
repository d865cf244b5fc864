/**
 * Signers that break a promise, to see that the schedules find it out: each is the real signer with a store that does
 * one thing otherwise.
 *
 * @module
 */
import type { DurableStep, ReadName, WriteArgs, WriteResult } from '../store/transactions.ts';
import type { Mistake } from './stage.test-kit.ts';

/** Says that the key is retired before it is: the tombstone is written only after the share has been released. */
export const lateTombstone: Mistake = (store) => {
  const owed: WriteArgs<'tombstone'>[] = [];
  const write = async (name: DurableStep, args: unknown): Promise<unknown> => {
    if (name === 'tombstone') {
      const given = args as WriteArgs<'tombstone'>;
      const past = given.ciphertext === null ? await store.read('export', given) : null;
      owed.push(given);
      return { ciphertext: given.ciphertext ?? past?.ciphertext ?? new Uint8Array(), auditHead: store.auditHead.hash } satisfies WriteResult<'tombstone'>;
    }
    if (name !== 'release') return store.write(name, args as never);
    const { release, statements } = args as WriteArgs<'release'>;
    setTimeout(() => void payUp(args as WriteArgs<'release'>).catch(() => {}), 50);
    return { release, tombstones: statements } satisfies WriteResult<'release'>;
  };
  async function payUp(release: WriteArgs<'release'>): Promise<void> {
    for (const tombstone of owed.splice(0)) await store.write('tombstone', tombstone);
    await store.write('release', release);
  }
  return Object.assign(Object.create(store) as typeof store, { write: write as typeof store.write });
};

/** Remembers at no start which keys are retired, and does not ask the store again before it signs. */
export const forgottenTombstone: Mistake = (store) => {
  const read = async (name: ReadName, args: never): Promise<unknown> => {
    const result = await store.read(name, args);
    return name === 'load' ? { ...(result as object), retired: [] } : result;
  };
  const write = async (name: DurableStep, args: never): Promise<unknown> => (name === 'sign-begin' ? undefined : store.write(name, args));
  return Object.assign(Object.create(store) as typeof store, { read: read as typeof store.read, write: write as typeof store.write });
};

/** Knows of no ciphertext that it has given, and makes another one. */
export const secondCiphertext: Mistake = (store) => {
  const read = async (name: ReadName, args: never): Promise<unknown> => {
    const result = await store.read(name, args);
    if (name !== 'export' || result === null) return result;
    const { ciphertext, released } = result as { ciphertext: Uint8Array; released: unknown };
    const other = ciphertext.slice();
    other[0] = (other[0] as number) ^ 1;
    return { ciphertext: other, released };
  };
  return Object.assign(Object.create(store) as typeof store, { read: read as typeof store.read });
};
