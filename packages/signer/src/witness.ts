/**
 * Watches acknowledgements: a signer gives one per number, so two of one signer with different heads prove that it lies
 * or has lost its memory. Whoever sees that stops for this organisation until an operator decides, since one more such
 * signer could have two histories certified.
 *
 * @module
 */
import { verifyBySigner } from '@quorate/authority';
import { type ActRecord, type Head, Refusal, type Signed, type SignerId } from '@quorate/wire';
import type { Conflicts } from './conflicts.ts';
import type { Events } from './events.ts';
import type { Self } from './self.ts';
import { MAX_SEEN_ACKS } from './store/conflicts.ts';
import type { Store } from './store/store.ts';

type Ack = Signed<'ack'>;

export interface Seen {
  /** Where this signer stands. */
  readonly head: Head;
  /** The hash of the certified act of a number. */
  readonly hashAt: (number: number) => string | undefined;
}

export interface Witness {
  /** What stops this signer, if anything does. */
  readonly stopped: { readonly party: string; readonly number: number } | null;
  /** @throws {Refusal} `authority/double-acknowledgement` once one has been seen */
  check(): void;
  /** Compares what came with what was seen before, and remembers it. @throws {Refusal} as {@link check} */
  look(acks: readonly Ack[], seen: Seen): Promise<void>;
  /** The same for acknowledgements that stand in a certificate, which is kept: nothing needs remembering. */
  compare(acks: readonly Ack[]): Promise<void>;
}

export interface WitnessOptions {
  readonly self: Self;
  readonly store: Store;
  readonly conflicts: Conflicts;
  readonly events: Events;
  /** From now on this signer does nothing more: what is under way ends. */
  readonly stop: (error: Refusal) => void;
}

/** Reads what was seen, and whether this signer has stopped, from the store. */
export async function openWitness({ self, store, conflicts, events, stop }: WitnessOptions): Promise<Witness> {
  const { acks, stopped: before } = await store.read('witnessed', {});
  const remembered = new Map<string, Ack>();
  const nameOf = (ack: Ack): string => `${ack.body.number} ${ack.signerId}`;
  for (const ack of acks) remembered.set(nameOf(ack), ack);
  let stopped: { readonly party: string; readonly number: number } | null = before[0] ?? null;
  if (stopped !== null) events.doubleAcknowledgement(stopped.party, stopped.number);

  const refusal = ({ party, number }: { readonly party: string; readonly number: number }): Refusal =>
    new Refusal('authority/double-acknowledgement', { signerId: party, number });
  const check = (): void => {
    if (stopped !== null) throw refusal(stopped);
  };

  const isOurs = ({ body, signerId }: Ack): boolean =>
    body.genesisHash === self.genesisHash && body.orgId === self.genesis.orgId && self.roster.some(({ id }) => id === signerId);
  // By the present keys: with a replaced one whoever stole it could stop everybody.
  const isGood = (ack: Ack): Promise<boolean> => verifyBySigner(self.keys, 'ack', ack, 'present');
  const stoodGood = (ack: Ack): Promise<boolean> => verifyBySigner(self.keys, 'ack', ack, ack.body.number - 1);

  /** What is known of this signer for this number with another head, and was verified. */
  async function otherThan(ack: Ack, { head, hashAt }: Seen): Promise<Ack | null> {
    const { number } = ack.body;
    const known = remembered.get(nameOf(ack));
    if (known !== undefined && known.body.head !== ack.body.head) return known;
    if (ack.signerId === self.id) {
      const own = await store.read('ack', { number });
      if (own !== null && own.head !== ack.body.head) return own.ack;
    }
    if (number > head.number || hashAt(number) === ack.body.head) return null;
    const [act]: readonly ActRecord[] = await store.read('acts', { after: number - 1, limit: 1, maxChars: 1 });
    const certified = act?.acks.find(({ signerId, body }) => signerId === ack.signerId && body.number === number && body.head === hashAt(number));
    return certified !== undefined && (await stoodGood(certified)) ? certified : null;
  }

  async function prove(first: Ack, second: Ack): Promise<void> {
    const party: SignerId = second.signerId;
    const { number } = second.body;
    const kept = await conflicts.keep({ kind: 'double-acknowledgement', number, party, first, second });
    // One that an operator has decided on stops nothing again.
    const open = kept || (await store.read('witnessed', {})).stopped.some((known) => known.party === party && known.number === number);
    const decided =
      !open && (await store.read('conflicts', {})).some((known) => known.kind === 'double-acknowledgement' && known.party === party && known.number === number);
    if (decided || stopped !== null) return;
    stopped = { party, number };
    events.doubleAcknowledgement(party, number);
    stop(refusal(stopped));
  }

  return {
    get stopped() {
      return stopped;
    },
    check,
    async compare(acks) {
      if (remembered.size === 0) return;
      for (const ack of acks) {
        const known = remembered.get(nameOf(ack));
        if (known !== undefined && known.body.head !== ack.body.head && isOurs(ack) && (await isGood(ack))) await prove(known, ack);
      }
    },
    async look(acks, seen) {
      check();
      const fresh: Ack[] = [];
      for (const ack of acks) {
        // A number that cannot be acknowledged yet is not this signer's business: there would be no end of them.
        if (!isOurs(ack) || ack.body.number > seen.head.number + 1) continue;
        const other = await otherThan(ack, seen);
        const known = remembered.get(nameOf(ack));
        if (other === null && (known !== undefined || seen.hashAt(ack.body.number) === ack.body.head)) continue;
        if (!(await isGood(ack))) continue;
        if (other !== null) await prove(other, ack);
        else fresh.push(ack);
      }
      if (fresh.length > 0) {
        for (const ack of fresh) remembered.set(nameOf(ack), ack);
        while (remembered.size > MAX_SEEN_ACKS) remembered.delete(remembered.keys().next().value as string);
        await store.write('seen-acks', { acks: fresh });
      }
      check();
    },
  };
}
