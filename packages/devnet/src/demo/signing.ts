/**
 * Scenes with a key that lives on five signers and nowhere else.
 *
 * @module
 */
import type { DfnsApiClient } from '@dfns/sdk';
import { verifyWallet } from '@quorate/client';
import type { KeyCertificate, KeyId } from '@quorate/wire';
import { type Hex, recoverMessageAddress, recoverPublicKey, hashMessage, serializeSignature, stringToHex } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';
import type { Owner } from './people.ts';
import type { Stage } from './stage.ts';

export interface DemoWallet {
  readonly id: string;
  readonly keyId: KeyId;
  readonly address: string;
  /** Compressed, hex: what the owner expects an export to yield. */
  readonly publicKey: string;
  readonly certificate: KeyCertificate;
}

export function bearWallet(stage: Stage, owner: Owner): Promise<DemoWallet> {
  const { show } = stage;
  return show.step('A wallet is born on five signers', 'all five signed the key’s certificate, and the address was derived here and not believed', async () => {
    const wallet = await makeWallet(stage, owner);
    show.fact('wallet', wallet.id);
    show.fact('public key', wallet.publicKey);
    show.fact('address', wallet.address);
    show.fact('certificate', `signed by ${wallet.certificate.signatures.length} of ${stage.devnet.signers.count} signers`);
    return wallet;
  });
}

/** Creates an Ethereum wallet and checks it against the genesis. */
export async function makeWallet({ devnet: { genesis, genesisHash } }: Stage, owner: Owner): Promise<DemoWallet> {
  const answer = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
  const { address, ...verified } = await verifyWallet(answer as Parameters<typeof verifyWallet>[0], { genesis, genesisHash, ownerId: owner.userId });
  if (address === undefined) throw new Error('an Ethereum wallet has an address');
  return { id: verified.walletId, keyId: verified.keyId, address, publicKey: verified.publicKey, certificate: verified.certificate };
}

export function signByThree(stage: Stage, owner: Owner, wallet: DemoWallet): Promise<void> {
  const { show, devnet } = stage;
  return show.step(
    'Three of the five sign',
    'an independent library (viem) recovers the wallet’s address from the signature; the key was never in one place',
    async () => {
      const signature = await signMessage(owner.client, wallet, 'Three of us say so.');
      show.fact('signature', `${signature.slice(0, 42)}…`);
      show.fact('signed by', `${devnet.genesis.threshold} of ${devnet.signers.count} signers`);
    },
  );
}

export function signWithOneDown(stage: Stage, owner: Owner, wallet: DemoWallet): Promise<void> {
  const { show, devnet } = stage;
  const down = 2;
  return show.step('One signer is down, and the wallet still signs', 'no single signer is needed', async () => {
    await devnet.signers.stop(down);
    show.fact('stopped', `signer ${down}, ${devnet.signers.id(down).slice(0, 12)}…`);
    const signature = await signMessage(owner.client, wallet, 'One of us is away.');
    show.fact('signature', `${signature.slice(0, 42)}…`);
    await devnet.signers.start(down);
    show.fact('started again', `signer ${down}; it caught up from its peers`);
  });
}

/** Has the wallet sign a text and checks the result with viem: against the address, which is a hash of the key. */
export async function signMessage(client: DfnsApiClient, wallet: DemoWallet, text: string): Promise<Hex> {
  const answer = await client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: stringToHex(text) } });
  const { r, s, recid } = answer.signature ?? {};
  if (r === undefined || s === undefined || recid === undefined) throw new Error(`the signature is ${answer.status}`);
  const signature = serializeSignature({ r: r as Hex, s: s as Hex, yParity: recid });
  await expectSigned(wallet, text, signature);
  return signature;
}

/** @throws when the signature over the text is not by this wallet's key */
export async function expectSigned(wallet: DemoWallet, text: string, signature: Hex): Promise<void> {
  const signer = await recoverMessageAddress({ message: text, signature });
  if (signer !== wallet.address) throw new Error(`the signature is by ${signer}, not by ${wallet.address}`);
  const key = await recoverPublicKey({ hash: hashMessage(text), signature });
  if (publicKeyToAddress(key) !== wallet.address) throw new Error('the signature is by another key');
}
