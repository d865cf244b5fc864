/**
 * A small network for tests: a server and three signers on one transport, with a clock that only tests move.
 *
 * @module
 */
import { type Channel, openChannel } from './channel.ts';
import { encodeEnvelope, type Envelope, headerBytes } from './envelope.ts';
import type { BlameEvent, LinkEvent } from './events.ts';
import { generatePartyKeys, keyParty, type PartyKeys, publicPartyOf } from './key-party.ts';
import type { Limits } from './limits.ts';
import { type MemoryTransport, memoryTransport, type Tap } from './memory-transport.ts';
import type { LocalParty, RemoteParty } from './party.ts';
import { SEAL_INFO } from './post.ts';

export const NETWORK = 'a1'.repeat(32);
export const HEAD = { number: 7, hash: 'b2'.repeat(32) };
/** How long a good message may take, milliseconds: less than messages stay fresh. */
export const PATIENCE = 50_000;
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export interface Member {
  readonly party: LocalParty;
  readonly remote: RemoteParty;
  readonly channel: Channel;
  readonly events: LinkEvent[];
  readonly blamed: BlameEvent[];
}

export interface TestNetwork extends AsyncDisposable {
  readonly transport: MemoryTransport;
  readonly server: Member;
  readonly signers: readonly [Member, Member, Member];
  readonly clock: { now: number };
  /** Puts a message on the line as `by` would sign it, whatever the header says. */
  forge(by: LocalParty, header: Partial<Envelope> & Pick<Envelope, 'to' | 'kind'>): Uint8Array;
  /** A call of `kind` sealed and signed by `by`, from whom the header says. */
  forgeCall(by: LocalParty, to: RemoteParty, kind: string, body: string, header?: Partial<Envelope>): Promise<Uint8Array>;
  readonly deadline: number;
  /** Keys of a party that may speak on this line. */
  newKeys(): PartyKeys;
  /** Resolves when everybody who has subscribed is heard. */
  settled(): Promise<void>;
}

/** A line for one network, and who may speak on it. */
export interface Line {
  readonly transport: MemoryTransport;
  newKeys(): PartyKeys;
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface NetworkOptions {
  readonly limits?: Partial<Limits>;
  readonly tap?: Tap;
}

function memoryLine(tap?: Tap): Line {
  return {
    transport: memoryTransport(tap === undefined ? {} : { tap }),
    newKeys: generatePartyKeys,
    settled: async () => {},
    close: async () => {},
  };
}

let ids = 0;
export const nextId = (): string => (++ids).toString(16).padStart(32, '0');

export function openNetwork(o: NetworkOptions = {}, line: Line = memoryLine(o.tap)): TestNetwork {
  const { transport, newKeys } = line;
  const clock = { now: 1_800_000_000_000 };
  const parties = new Map<string, RemoteParty>();

  function join(role: RemoteParty['role']): Member {
    const keys = newKeys();
    const party = keyParty(keys);
    const remote = publicPartyOf(keys, role);
    parties.set(remote.id, remote);
    const events: LinkEvent[] = [];
    const blamed: BlameEvent[] = [];
    const channel = openChannel({
      transport,
      self: party,
      network: NETWORK,
      parties: (id) => parties.get(id) ?? null,
      now: () => clock.now,
      log: (event) => events.push(event),
      onRefused: (event) => blamed.push(event),
      ...(o.limits === undefined ? {} : { limits: o.limits }),
    });
    return { party, remote, channel, events, blamed };
  }

  const server = join('server');
  const signers = [join('signer'), join('signer'), join('signer')] as const;
  for (const { channel } of [server, ...signers]) {
    channel.serve('certify', async ({ number }) => ({ head: { ...HEAD, number } }));
    channel.serve('chain', async () => ({ acts: [] }));
  }

  const headerOf = (by: LocalParty, header: Partial<Envelope> & Pick<Envelope, 'to' | 'kind'>) => ({
    network: NETWORK,
    from: by.id,
    id: nextId(),
    re: '',
    session: '',
    seq: 0,
    sentAt: clock.now,
    deadline: clock.now + PATIENCE,
    ...header,
  });

  return {
    transport,
    server,
    signers,
    clock,
    newKeys,
    settled: line.settled,
    get deadline() {
      return clock.now + PATIENCE;
    },
    forge: (by, header) => encodeEnvelope({ body: new Uint8Array(), ...headerOf(by, header) }, (message) => by.sign(message)),
    async forgeCall(by, to, kind, body, more = {}) {
      const header = headerOf(by, { to: to.id, kind, ...more });
      return encodeEnvelope({ ...header, body: await by.seal(to.sealingKey, SEAL_INFO, headerBytes(header), text(body)) }, (message) => by.sign(message));
    },
    async [Symbol.asyncDispose]() {
      for (const { channel } of [server, ...signers]) channel.close();
      await line.close();
    },
  };
}

/** Waits for what the line and the verification thread still have under way. */
export async function until(condition: () => boolean, what = 'condition'): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end; await new Promise((done) => setTimeout(done, 5))) if (condition()) return;
  throw new Error(`waited in vain for ${what}`);
}

/** Long enough for a message to have been delivered and verified. */
export const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 40));

/** A good call from the server to a signer: what must work after every attack. */
export async function goodCall({ server, signers, deadline }: TestNetwork): Promise<number> {
  const { head } = await server.channel.call(signers[0].party.id, 'certify', { number: 3, acks: [] }, { deadline });
  return head.number;
}
