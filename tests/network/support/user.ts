/**
 * What a user asks of the network, each with a check that does not believe the answer: the administrator of the genesis,
 * through the unmodified SDK at one of the servers.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { DfnsApiClient } from '@dfns/sdk';
import { type ExportContext, verifyWallet } from '@quorate/client';
import { concat, type ExportAnswer, hex, verifyEcdsa } from '@quorate/wire';
import { type Answer, guilty, judged } from './judge.ts';
import { knownExportContext, secretsIn } from './known.ts';
import type { World } from './world.ts';

export type Wallet = Awaited<ReturnType<DfnsApiClient['wallets']['createWallet']>>;

export interface User {
  /** A wallet whose certificate all signers of the genesis have signed. */
  create(server: number): Promise<Answer<Wallet>>;
  /** A signature over a new hash. */
  sign(server: number, wallet: Wallet): Promise<Answer<unknown>>;
  /** The key that was expected, out of the answer. The context is a `knownExportContext`. */
  export(server: number, wallet: Wallet, context?: ExportContext): Promise<Answer<ExportAnswer>>;
  /** A permission of a new name. */
  act(server: number, name?: string): Promise<Answer<{ readonly id: string; readonly name: string }>>;
  /** One that nothing is wrong with now: a refusal is passed over while the network finds itself. @throws where none comes */
  good<T>(ask: () => Promise<Answer<T>>): Promise<T>;
}

/** @throws where the answer is no signature of this wallet's key over this hash (hex) */
export function proveSignature(wallet: Wallet, hash: string, answer: { readonly signature?: object | undefined }): void {
  const { r, s } = (answer.signature ?? {}) as { r: string; s: string };
  const signature = concat(hex.decode(r.replace(/^0x/, '')), hex.decode(s.replace(/^0x/, '')));
  if (!verifyEcdsa(hex.decode(wallet.signingKey.publicKey), hex.decode(hash), signature)) throw new Error('not a signature of this key');
}

const GOOD_WITHIN_MS = 120_000;

/** Private keys that were recovered, hex: they must not stand anywhere either. */
export const recovered: string[] = [];
/** The one-time keys and shares of which they were, hex. */
export const opened = new Set<string>();

export function userOf(world: World): User {
  const trust = { genesis: world.genesis, genesisHash: world.made.genesisHash };

  return {
    create: (server) =>
      judged(world.client(server).wallets.createWallet({ body: { network: 'Ethereum' } }), async (wallet) => void (await verifyWallet(wallet as never, trust))),

    sign(server, wallet) {
      const hash = randomBytes(32).toString('hex');
      return judged(world.client(server).wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: `0x${hash}` } }), (made) =>
        proveSignature(wallet, hash, made),
      );
    },

    export: (server, wallet, context = knownExportContext()) =>
      judged(world.client(server).wallets.exportWallet({ walletId: wallet.id, body: context.request() as never }) as Promise<unknown>, async (answer) => {
        const { publicKey, id } = wallet.signingKey;
        const { secret, report } = await context.recover(answer, { ...trust, expectedPublicKey: publicKey, keyId: id as never });
        recovered.push(Buffer.from(secret.bytes()).toString('hex'));
        for (const text of await secretsIn(context, answer as ExportAnswer)) opened.add(text);
        if (report.blamed.length > 0) throw new Error('an honest signer was blamed');
      }) as Promise<Answer<ExportAnswer>>,

    act: (server, name = `may read ${randomBytes(6).toString('hex')}`) =>
      judged(world.client(server).permissions.createPermission({ body: { name, operations: ['Wallets:Read'] } }), (made) => {
        if (made.name !== name) throw new Error('another permission');
      }),

    async good(ask) {
      let last = '';
      for (const end = Date.now() + GOOD_WITHIN_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
        const answer = await ask();
        if (answer.is === 'right') return answer.value;
        last = answer.is === 'refused' ? answer.code : 'no answer';
      }
      return guilty('wrongAnswers', `nothing good comes any more: ${last}`);
    },
  };
}
