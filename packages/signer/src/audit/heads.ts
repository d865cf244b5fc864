/**
 * Signed audit heads: this signer's own, said to peers and kept with its trail, and the latest of each peer, which is
 * what that peer's trail is held against should it ever be put back or changed.
 *
 * One signature stands for all entries up to it, since each entry's hash covers the one before.
 *
 * @module
 */
import { verifyBySigner } from '@quorate/authority';
import { type Head, Refusal, type Signed, type SignerId } from '@quorate/wire';
import type { Self } from '../self.ts';
import type { Store } from '../store/store.ts';

export interface Heads {
  /** Where this signer's trail ends, signed; the same again until it has gone on. */
  own(): Signed<'auditHead'>;
  /** What a peer says of its own trail. @throws {Refusal} `envelope/refused` where it is not that peer's */
  heard(head: Signed<'auditHead'> | undefined, from: SignerId): Promise<void>;
  /** The latest that is known of a signer. */
  of(signerId: SignerId): Signed<'auditHead'> | null;
}

export interface HeadsOptions {
  readonly self: Self;
  readonly store: Store;
  readonly kept: readonly Signed<'auditHead'>[];
  /** Where this signer stands in the chain of acts. */
  readonly acts: () => Head;
  /** Two heads of one signer for one number. */
  readonly forked: (first: Signed<'auditHead'>, second: Signed<'auditHead'>) => void;
}

export function createHeads({ self, store, kept, acts, forked }: HeadsOptions): Heads {
  const latest = new Map<SignerId, Signed<'auditHead'>>(kept.map((head) => [head.signerId, head]));
  let own: Signed<'auditHead'> | null = null;

  return {
    own() {
      const { number, hash } = store.auditHead;
      const act = acts();
      if (own === null || own.body.hash !== hash || own.body.actHash !== act.hash) {
        own = self.sign('auditHead', { genesisHash: self.genesisHash, number, hash, actNumber: act.number, actHash: act.hash, time: self.now() });
        store.keepHead(own);
      }
      return own;
    },
    async heard(head, from) {
      if (head === undefined) return;
      const known = latest.get(from);
      if (known?.signature === head.signature && known.body.hash === head.body.hash) return;
      const good = head.signerId === from && head.body.genesisHash === self.genesisHash && (await verifyBySigner(self.keys, 'auditHead', head, 'present'));
      if (!good) throw new Refusal('envelope/refused', { problem: 'another signer’s audit head' });
      const before = latest.get(from);
      if (before !== undefined && before.body.number === head.body.number && before.body.hash !== head.body.hash) return forked(before, head);
      // Messages overtake each other: an earlier head that comes late says nothing.
      if (before !== undefined && before.body.number > head.body.number) return;
      latest.set(from, head);
      store.keepHead(head);
    },
    of: (signerId) => latest.get(signerId) ?? null,
  };
}
