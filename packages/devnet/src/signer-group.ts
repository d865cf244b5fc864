/**
 * The signers of a devnet, each of which can be stopped and started by itself.
 *
 * @module
 */
import type { Signer, SignerOptions } from '@quorate/signer';
import { startSigner } from '@quorate/signer';
import type { SignerId } from '@quorate/wire';

/** Signers are numbered from 1 in roster order: a signer's number is the index of its shares. */
export interface SignerGroup {
  readonly count: number;
  id(number: number): SignerId;
  /** The number of the signer with this id, or 0. */
  numberOf(id: string): number;
  /** The running signer, or `null`. */
  signer(number: number): Signer | null;
  /** Stops it as a clean shutdown would. Does nothing to one that is stopped. */
  stop(number: number): Promise<void>;
  /** Starts it on its kept data and waits until it takes part again. Does nothing to one that runs. */
  start(number: number): Promise<void>;
}

export interface OwnedSignerGroup extends SignerGroup {
  /** Starts all of them; resolves when all are up, which is before they are ready. */
  startAll(): Promise<readonly Signer[]>;
  stopAll(): Promise<void>;
}

export function signerGroup(ids: readonly SignerId[], optionsOf: (number: number) => SignerOptions): OwnedSignerGroup {
  const running = new Map<number, Signer>();
  const known = (number: number): SignerId => {
    const id = ids[number - 1];
    if (id === undefined) throw new RangeError(`no signer ${number}: they are numbered 1 to ${ids.length}`);
    return id;
  };
  const up = async (number: number): Promise<Signer> => {
    known(number);
    const signer = running.get(number) ?? (await startSigner(optionsOf(number)));
    running.set(number, signer);
    return signer;
  };
  const down = async (number: number): Promise<void> => {
    known(number);
    const signer = running.get(number);
    running.delete(number);
    await signer?.stop();
  };
  const numbers = ids.map((_, i) => i + 1);
  return {
    count: ids.length,
    id: known,
    numberOf: (id) => ids.indexOf(id as SignerId) + 1,
    signer: (number) => running.get(number) ?? null,
    stop: down,
    start: async (number) => (await up(number)).ready,
    startAll: () => Promise.all(numbers.map(up)),
    stopAll: async () => {
      await Promise.all(numbers.map(down));
    },
  };
}
