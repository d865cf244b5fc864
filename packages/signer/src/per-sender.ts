/**
 * What came before we were ready for it, by sender and name. Bounded for each sender, so that none can push out what
 * another has said.
 *
 * @module
 */
export interface PerSender<V> {
  /** The latest of a name replaces the one before; the oldest name makes room. */
  put(sender: string, name: string, value: V): void;
  get(sender: string, name: string): V | undefined;
  /** Removes and returns what all senders have said under this name. */
  take(name: string): Map<string, V>;
}

export function createPerSender<V>(limit: number): PerSender<V> {
  const senders = new Map<string, Map<string, V>>();
  return {
    put(sender, name, value) {
      const said = senders.get(sender) ?? new Map<string, V>();
      senders.set(sender, said);
      said.delete(name);
      said.set(name, value);
      if (said.size > limit) said.delete(said.keys().next().value as string);
    },
    get: (sender, name) => senders.get(sender)?.get(name),
    take(name) {
      const taken = new Map<string, V>();
      for (const [sender, said] of senders) {
        const value = said.get(name);
        if (value !== undefined && said.delete(name)) taken.set(sender, value);
      }
      return taken;
    },
  };
}
