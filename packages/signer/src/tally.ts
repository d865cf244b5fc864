/**
 * How much has been said and heard in a session. Every participant says as much to each other one, step by step: who is
 * furthest behind with what it owes is the one that is waited for. It proves nothing: the line may be slow, or this signer.
 *
 * @module
 */
import type { SignerId } from '@quorate/wire';

export interface Tally {
  said(to: readonly SignerId[]): void;
  heard(from: SignerId): void;
  /** Who owes the most; nobody where all have said as much as they were told. */
  behind(): readonly SignerId[];
  /** Milliseconds since something was heard. */
  quietMs(): number;
}

export function createTally(others: readonly SignerId[]): Tally {
  const owed = new Map(others.map((id) => [id, 0]));
  const add = (id: SignerId, count: number): void => void owed.set(id, (owed.get(id) ?? 0) + count);
  let since = performance.now();
  return {
    said(to) {
      for (const id of to) add(id, 1);
    },
    heard(from) {
      add(from, -1);
      since = performance.now();
    },
    behind() {
      const most = Math.max(...owed.values());
      return most > 0 ? others.filter((id) => owed.get(id) === most) : [];
    },
    quietMs: () => performance.now() - since,
  };
}
