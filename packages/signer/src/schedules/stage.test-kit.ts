/**
 * A roster on a link that can be made bad, of which any signer can lose its power and be started again.
 *
 * @module
 */
import { type Channel, envelopeOf, frameOf, keyParty, type MemoryTransport, memoryTransport, openChannel, publicPartyOf } from '@quorate/link';
import { b64, hex, type ReplyOf, type RequestOf } from '@quorate/wire';
import { random, silent } from '../network.test-kit.ts';
import type { SignerLimits } from '../limits.ts';
import { type Signer, startSigner } from '../signer.ts';
import type { Store } from '../store/store.ts';
import { type Base, copyOf } from './base.test-kit.ts';
import { createLedger, type Ledger } from './ledger.test-kit.ts';
import { createLife, type Life } from './life.test-kit.ts';
import type { Schedule } from './schedule.test-kit.ts';
import { type Pace, shortMpc } from './short-mpc.test-kit.ts';

/** What a signer's store does otherwise than it should: put around the real one, to see that it is found out. */
export type Mistake = (store: Store) => Store;

export interface Stage {
  readonly ledger: Ledger;
  readonly pace: { -readonly [K in keyof Pace]: Pace[K] };
  readonly clocks: number[];
  /** Those that have their power. */
  living(): number[];
  start(signer: number): Promise<void>;
  cut(signer: number): void;
  /** From here on line and clocks are good, and no power is cut. */
  mend(): void;
  ready(signer: number, ms: number): Promise<boolean>;
  export(encryptionKey: string, signers: readonly number[], ms: number): Promise<readonly ReplyOf<'export'>[]>;
  /** How many of them answered with a signature. Where one refuses, the others are not waited for much longer. */
  sign(participants: readonly number[], ms: number): Promise<number>;
  end(): Promise<void>;
}

const FAST = { burst: 1_000_000, perSecond: 1_000_000 };
/** Sessions are broken off here all the time, and asked for again at once: limits have schedules of their own. */
const patient: Partial<SignerLimits> = {
  server: FAST,
  user: FAST,
  brokenOff: 1_000,
  brokenOffAtAll: 10_000,
  spoilt: 1_000,
  pauseMs: 0,
};
/** For the answers of others once one has refused, in milliseconds. */
const AFTER_REFUSAL_MS = 300;

export async function createStage(base: Base, { cuts, line }: Schedule, mistake: Mistake = (store) => store): Promise<Stage> {
  const { network, certificate, keys } = base;
  const { ids, genesis, genesisHash } = network;
  const { dirs, remove } = await copyOf(base);
  const transport = memoryTransport({ tap: badLine(line, (to, bytes) => transport.deliver(to, bytes)) });
  const ledger = createLedger();
  const pace = { complete: false, holdMs: 0, open: new Set<() => void>() };
  const clocks = ids.map(() => 0);
  const lives: (Life | null)[] = ids.map(() => null);
  const signers: (Signer | null)[] = ids.map(() => null);
  /** Ends the open calls to each: who has lost its power does not answer. */
  const calls = ids.map(() => new Set<() => void>());
  const first = new Set(ids.keys());
  let mended = false;
  const starting: Promise<unknown>[] = [];
  const parties = new Map(
    genesis.signers.map(({ id, identityKey, sealingKey }) => [
      id as string,
      { id, role: 'signer' as const, identityKey: b64.decode(identityKey), sealingKey: b64.decode(sealingKey) },
    ]),
  );
  const channel: Channel = openChannel({ transport, self: keyParty(keys), network: genesisHash, parties: (id) => parties.get(id) ?? null });
  channel.serve('chain', async () => ({ acts: [] }));
  const server = publicPartyOf(keys, 'server');

  async function start(signer: number): Promise<void> {
    if (lives[signer]?.alive === true) return;
    const life = createLife({
      transport,
      cuts: first.has(signer) ? cuts.filter((one) => one.signer === signer) : [],
      armed: () => !mended,
      durable(step) {
        if (step === 'tombstone' || step === 'release') ledger.add({ what: step, signer });
      },
      sent(bytes) {
        const frame = frameOf(bytes);
        if (frame !== null && envelopeOf(frame)?.kind === 'protocol') ledger.add({ what: 'contribution', signer });
      },
      died() {
        void signers[signer]?.stop();
        for (const hangUp of calls[signer] ?? []) hangUp();
      },
    });
    first.delete(signer);
    lives[signer] = life;
    signers[signer] = null;
    const started = startSigner({
      dir: dirs[signer] as string,
      genesis,
      genesisHash,
      transport: life.transport,
      servers: [server],
      now: () => Date.now() + (clocks[signer] ?? 0),
      log: silent,
      tables: 'off',
      testFixtures: true,
      limits: patient,
      mpc: shortMpc(() => pace),
      openStore: async (path, options) => mistake(await life.openStore(path, options)),
    });
    starting.push(started.catch(() => {}));
    try {
      const running = await started;
      if (life.alive) signers[signer] = running;
      else void running.stop();
    } catch (error) {
      if (life.alive) throw error;
    }
  }

  async function call<K extends 'export' | 'sign'>(
    signer: number,
    kind: K,
    request: RequestOf<K>,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<ReplyOf<K>> {
    const dead = new AbortController();
    const hangUp = (): void => dead.abort();
    calls[signer]?.add(hangUp);
    try {
      return await channel.call(ids[signer] as string, kind, request, {
        deadline,
        signal: AbortSignal.any([dead.signal, ...(signal === undefined ? [] : [signal])]),
      });
    } finally {
      calls[signer]?.delete(hangUp);
    }
  }

  const living = (): number[] => [...ids.keys()].filter((i) => lives[i]?.alive === true);
  const stage: Stage = {
    ledger,
    pace,
    clocks,
    living,
    start,
    cut: (signer) => lives[signer]?.cut(),
    mend() {
      mended = true;
      transport.setTap(null);
      clocks.fill(0);
    },
    async ready(signer, ms) {
      const running = signers[signer];
      if (running == null) return false;
      const { promise: late, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), ms);
      return Promise.race([running.ready.then(() => true), late]).finally(() => clearTimeout(timer));
    },
    async export(encryptionKey, asked, ms) {
      const evidence = network.exportEvidence(certificate, encryptionKey);
      const replies = await Promise.allSettled(
        asked.map(async (signer) => {
          const reply = await call(signer, 'export', { evidence, certificate }, Date.now() + ms);
          ledger.add({ what: 'ciphertext', signer, encryptionKey, reply });
          return reply;
        }),
      );
      return replies.flatMap((reply) => (reply.status === 'fulfilled' ? [reply.value] : []));
    },
    async sign(participants, ms) {
      const evidence = network.evidence('POST', `/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: `0x${hex.encode(random(32))}` });
      const chosen = participants.map((i) => ids[i]).filter((id) => id !== undefined);
      const deadline = Date.now() + ms;
      const before = ledger.entries.length;
      // As soon as all have sent their first message there is nothing more to wait for.
      const watching = setInterval(() => {
        if (new Set(ledger.entries.slice(before).flatMap(({ what, signer }) => (what === 'contribution' ? [signer] : []))).size < chosen.length) return;
        for (const end of pace.open) end();
        pace.open.clear();
      }, 10);
      const refused = new AbortController();
      const replies = await Promise.allSettled(
        participants.map((signer) =>
          call(signer, 'sign', { evidence, certificate, participants: chosen, attempt: 1 }, deadline, refused.signal).catch((error: unknown) => {
            setTimeout(() => refused.abort(), AFTER_REFUSAL_MS);
            throw error;
          }),
        ),
      );
      clearInterval(watching);
      return replies.filter(({ status }) => status === 'fulfilled').length;
    },
    async end() {
      for (const life of lives) life?.cut();
      await Promise.all(starting);
      await Promise.all(signers.map((signer) => signer?.stop()));
      channel.close();
      await remove();
    },
  };
  return stage;
}

/** Loses, repeats and delays envelopes, by a generator of its own. */
function badLine({ lost, twice, late, seed }: Schedule['line'], deliver: MemoryTransport['deliver']) {
  let state = seed % 2_147_483_647;
  const dice = (): number => {
    state = (state * 48_271 + 11) % 2_147_483_647;
    return state % 64;
  };
  return ({ to, bytes }: { readonly to: string; readonly bytes: Uint8Array }): readonly Uint8Array[] => {
    if (dice() < lost) return [];
    if (dice() < late) {
      setTimeout(() => deliver(to, bytes), 1 + dice() * 4);
      return [];
    }
    return dice() < twice ? [bytes, bytes] : [bytes];
  };
}
