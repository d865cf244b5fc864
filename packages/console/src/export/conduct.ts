/**
 * Carries an export out: asks, signs, opens, checks. It alone holds the one-time key and the key that came out, and gives
 * them up with `close`.
 *
 * @module
 */
import { createExportContext, type Recovered, type RosterTrust, type SecretKey, verifyReceipt, verifyWallet, type VerifiedWallet } from '@quorate/client';
import {
  type ExportAnswer,
  exportWallet,
  getWallet,
  getWalletExport,
  getWalletExportReceipt,
  hex,
  isRefusal,
  type WalletId,
  writeReceipt,
} from '@quorate/wire';
import type { Session } from '../session.ts';
import { sentenceOf } from '../words.ts';
import type { Event, Task } from './ceremony.ts';
import { outcomeOf } from './outcome.ts';

/** Signers beyond the threshold release within a second or so of the others. */
const LOOKS = 10;

export interface Conductor {
  /** From the beginning or, once there is an answer, from there: with the same one-time key. */
  run(): Promise<void>;
  /** Asks for the receipt (again). */
  fetchReceipt(): Promise<void>;
  /** The private key, 32 bytes in hex; `null` before it is there and after `close`. */
  reveal(): string | null;
  /** The receipt's file; `null` before it is there. */
  receipt(): string | null;
  /** Wipes what is secret. What is under way then ends without a word. */
  close(): void;
}

export interface ConductOptions {
  readonly session: Session;
  readonly walletId: WalletId;
  readonly emit: (event: Event) => void;
  /** Between two looks for more pieces. @default one second */
  readonly pause?: () => Promise<void>;
}

export function conductExport({ session, walletId, emit, pause = aSecond }: ConductOptions): Conductor {
  const context = createExportContext();
  let answer: ExportAnswer | null = null;
  let known: { readonly trust: RosterTrust; readonly verified: VerifiedWallet } | null = null;
  let secret: SecretKey | null = null;
  let receipt: string | null = null;
  let retiredBefore = false;
  let running = false;
  let closed = false;
  const tell = (event: Event): void => {
    if (!closed) emit(event);
  };

  async function check() {
    const trust = await session.roster();
    const wallet = await session.reader.call(getWallet, { params: { walletId } });
    retiredBefore = wallet.exported;
    return { trust, verified: await verifyWallet(wallet as never, trust) };
  }

  /** Whoever lies among the first to answer is made up for by those who answer later. */
  async function recover(first: ExportAnswer, { trust, verified }: NonNullable<typeof known>): Promise<Recovered> {
    const { publicKey: expectedPublicKey, keyId, certificate } = verified;
    for (let looked = 0; ; looked++) {
      try {
        return await context.recover(answer ?? first, { ...trust, expectedPublicKey, keyId, certificate });
      } catch (error) {
        if (!isRefusal(error, 'share/too-few') || looked === LOOKS || closed) throw error;
      }
      await pause();
      answer = await session.reader.call(getWalletExport, { params: { walletId } });
    }
  }

  async function steps(reach: (task: Task) => void): Promise<void> {
    if (known === null || answer === null) {
      reach('check');
      known = await check();
    }
    if (answer === null) {
      const connection = session.signing({ onAsk: () => reach('passkey'), onSigned: () => reach('signers') });
      answer = await connection.call(exportWallet, { params: { walletId }, body: context.request() });
    }
    reach('recover');
    const recovered = await recover(answer, known);
    if (closed) return recovered.secret.wipe();
    secret = recovered.secret;
    tell({ kind: 'recovered', outcome: outcomeOf(recovered.report, { genesis: known.trust.genesis, wallets: answer.wallets }, walletId) });
  }

  async function readReceipt(full: boolean): Promise<void> {
    const read = await session.reader.call(getWalletExportReceipt, { params: { walletId }, query: full ? { full: 'true' } : {} });
    const text = writeReceipt(read);
    const verified = await verifyReceipt(text, session.settings.genesisHash);
    receipt = text;
    tell({ kind: 'receipt', receipt: { is: 'ready', verified } });
  }

  async function fetchReceipt(): Promise<void> {
    tell({ kind: 'receipt', receipt: { is: 'fetching' } });
    let full = false;
    for (let looked = 0; ; looked++) {
      try {
        return await readReceipt(full);
      } catch (error) {
        // Keys that were rotated since show in the acts alone.
        const needsActs: boolean = !full && isRefusal(error) && (error.code === 'receipt/statement' || error.code === 'certificate/invalid');
        full ||= needsActs;
        if (closed || looked >= LOOKS || !(needsActs || isRefusal(error, 'receipt/incomplete'))) {
          tell({ kind: 'receipt', receipt: { is: 'missing', why: sentenceOf(error) } });
          return;
        }
        if (!needsActs) await pause();
      }
    }
  }

  return {
    fetchReceipt,
    async run() {
      if (running || closed || secret !== null) return;
      running = true;
      let task: Task = 'check';
      try {
        await steps((reached) => {
          task = reached;
          tell({ kind: 'reached', task });
        });
      } catch (error) {
        tell({ kind: 'stopped', task, error, retiredBefore });
      } finally {
        running = false;
      }
      if (secret !== null) await fetchReceipt();
    },
    reveal: () => (secret === null ? null : hex.encode(secret.bytes())),
    receipt: () => receipt,
    close() {
      closed = true;
      context.wipe();
      secret?.wipe();
      secret = null;
    },
  };
}

const aSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));
