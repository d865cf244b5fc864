/**
 * What the clients ask for, through the unmodified SDK, alternating between the two servers. Each answer can be proven
 * once the clock has stopped.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { DfnsApiClient } from '@dfns/sdk';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf, type Network, networkOf } from '@quorate/chains';
import { createExportContext, verifyWallet } from '@quorate/client';
import type { KeyCertificateBody } from '@quorate/wire';
import { judged } from '../../../tests/network/support/judge.ts';
import { proveSignature, type Wallet } from '../../../tests/network/support/user.ts';
import type { World } from '../../../tests/network/support/world.ts';

export const operations = ['keygen', 'sign', 'export'] as const;
export type Operation = (typeof operations)[number];

export interface Reply {
  /** The code; `no answer` where the connection ended; `null` where it was answered. */
  readonly refused: string | null;
  /** @throws where the answer is not what was asked for */
  prove(): Promise<void>;
}

export interface Requests {
  /** One request of this kind: prepared, then asked, at one server after the other. */
  prepare(operation: Operation): () => Promise<Reply>;
  /** Wallets that were made and proven, and not exported yet. */
  readonly wallets: Wallet[];
  /** What all signers have signed of a wallet. */
  certificateOf(wallet: Wallet): Promise<KeyCertificateBody>;
}

/** Of all wallets here. */
export const NETWORK = networkOf('Ethereum') as Network;

export function requestsTo(world: World): Requests {
  const trust = { genesis: world.genesis, genesisHash: world.made.genesisHash };
  const wallets: Wallet[] = [];
  let [prepared, signed] = [0, 0];

  async function reply<T>(asked: Promise<T>, prove: (answer: T) => unknown): Promise<Reply> {
    const answer = await judged(asked, () => {});
    if (answer.is !== 'right') return { refused: answer.is === 'refused' ? answer.code : 'no answer', prove: () => Promise.reject(new Error('not answered')) };
    return { refused: null, prove: async () => void (await prove(answer.value)) };
  }

  function keygen({ wallets: api }: DfnsApiClient): () => Promise<Reply> {
    return () =>
      reply(api.createWallet({ body: { network: NETWORK.name } } as never), async (wallet: Wallet) => {
        await verifyWallet(wallet as never, trust);
        wallets.push(wallet);
      });
  }

  function sign({ wallets: api }: DfnsApiClient): () => Promise<Reply> {
    const wallet = wallets[signed++ % wallets.length] as Wallet;
    const hash = randomBytes(32).toString('hex');
    return () => reply(api.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: `0x${hash}` } }), (made) => proveSignature(wallet, hash, made));
  }

  function exportOne({ wallets: api }: DfnsApiClient): () => Promise<Reply> {
    const wallet = wallets.pop();
    if (wallet === undefined) throw new Error('there is no wallet left to export');
    const context = createExportContext();
    const body = context.request() as never;
    const { publicKey, id } = wallet.signingKey;
    return () =>
      reply(api.exportWallet({ walletId: wallet.id, body }) as Promise<unknown>, async (answer) => {
        using held = context;
        const { secret, report } = await held.recover(answer, { ...trust, expectedPublicKey: publicKey, keyId: id as never });
        const address = addressOf(NETWORK, secp256k1.getPublicKey(secret.bytes(), true));
        secret.wipe();
        if (address !== wallet.address || report.blamed.length > 0) throw new Error('not the key of this wallet');
      });
  }

  return {
    wallets,
    prepare(operation) {
      const client = world.client(prepared++ % world.servers.length);
      switch (operation) {
        case 'keygen':
          return keygen(client);
        case 'sign':
          return sign(client);
        case 'export':
          return exportOne(client);
      }
    },
    certificateOf: async (wallet) => (await verifyWallet(wallet as never, trust)).certificate.body,
  };
}
