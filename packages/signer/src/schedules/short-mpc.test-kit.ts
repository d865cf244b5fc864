/**
 * The protocols as they are, but a signing session is its first message: entering it is what may not happen after a
 * tombstone, and all the rest, the message's own proofs too, is arithmetic.
 *
 * @module
 */
import type { Aux, Vault } from '@quorate/mpc';
import { type Mpc, realMpc } from '../mpc.ts';

export interface Pace {
  /** Sessions run in full. */
  readonly complete: boolean;
  /** How long the first message is held back, in milliseconds. */
  readonly holdMs: number;
  /** Ends each session that is open after its first message; one that nobody ends lasts until its deadline. */
  readonly open: Set<() => void>;
}

/** Opened once for all lives: it is the same for all, and half of what a start costs. */
const auxes = new Map<string, Promise<Aux>>();

export function shortMpc(pace: () => Pace): Mpc {
  return {
    ...realMpc,
    openVault(keyFile): Vault {
      const vault = realMpc.openVault(keyFile);
      return {
        ...vault,
        openAux(sealed, context) {
          const name = JSON.stringify(context);
          const known = auxes.get(name) ?? vault.openAux(sealed, context);
          auxes.set(name, known);
          return known;
        },
        startSign(spec, onEvent) {
          const { complete, holdMs, open } = pace();
          if (complete) return vault.startSign(spec, onEvent);
          // It comes even to a session that was cancelled: from another thread it can be on its way.
          setTimeout(() => {
            onEvent({ type: 'message', to: 'all', seq: 0, body: spec.executionId });
            open.add(() => onEvent({ type: 'failed', code: 'cancelled', culprits: [], detail: 'as far as it goes' }));
          }, holdMs);
          return { push() {}, cancel() {} };
        },
      };
    },
  };
}
