/**
 * This signer on the link, also while its keys change: who hears of a rotation first and who last is up to the line.
 *
 * With keys prepared it signs everything with both and reads what is sealed to either, so that those who have applied the
 * act and those who have not both understand it. Once it has applied the act itself there are only the new ones.
 *
 * @module
 */
import { keysOf, partyOf, type Roster } from '@quorate/authority';
import type { LocalParty, RemoteParty } from '@quorate/link';
import type { Identity, Vault } from '@quorate/mpc';
import type { Events } from './events.ts';
import { keysIn, openNext, promoteNext, sameKeys } from './identities.ts';
import type { Self } from './self.ts';

export interface Speaker {
  readonly party: LocalParty;
  /** A peer by its present keys; `null` for one that is not of the roster. */
  peer(id: string): RemoteParty | null;
  /** From here on these keys count; this signer's own take the present ones' place where they have come. */
  follow(keys: Roster): void;
}

export function createSpeaker({ self, vault, dir, events }: { self: Self; vault: Vault; dir: string; events: Events }): Speaker {
  let next: Identity | null = openNext(vault, dir);
  /** Looked for again, because the operator prepares a rotation while the signer runs. */
  const prepared = (): Identity | null => (next ??= openNext(vault, dir));

  function switchTo(identity: Identity, since: number): void {
    self.adopt(identity);
    next = null;
    try {
      promoteNext(dir);
      events.keysRotated(since);
    } catch (error) {
      // The acts say which keys count: the next start finds both files and does it then.
      events.failed('putting the new keys in place', error);
    }
  }

  return {
    party: {
      id: self.id,
      sign: (message) => self.identity.sign(message),
      alsoSign: (message) => next?.sign(message) ?? null,
      seal: (...given) => self.identity.seal(...given),
      open(...given) {
        try {
          return self.identity.open(...given);
        } catch (error) {
          const other = prepared();
          if (other === null) throw error;
          return other.open(...given);
        }
      },
    },
    peer: (id) => partyOf(self.keys, id),
    follow(keys) {
      self.follow(keys);
      const own = keysOf(keys, self.id);
      const held = keysIn(self.identity);
      if (own === null || sameKeys(own, held)) return;
      // What lies on the disk takes the present ones' place, whatever was prepared and looked at before.
      next = openNext(vault, dir);
      if (next !== null && sameKeys(own, keysIn(next))) return switchTo(next, own.since);
      // Keys that are in no act yet are those of acts still to come, where the store was put back.
      if (keys.signerKeys.get(self.id)?.some(({ identityKey }) => identityKey === held.identityKey)) events.keysMissing(own.since);
    },
  };
}
