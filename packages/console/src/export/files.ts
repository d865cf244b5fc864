/**
 * What can be saved of an export.
 *
 * @module
 */
import type { Wallet } from '../wallet.ts';

export interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/** `privateKey` in hex; `null` gives no file. */
export function keyFile({ id, network, address, signingKey }: Wallet, privateKey: string | null): SavedFile | null {
  if (privateKey === null) return null;
  const { curve, publicKey } = signingKey;
  const facts = { wallet: id, network, ...(address === undefined ? {} : { address }), curve, publicKey, privateKey };
  return { name: `${id}.private-key.json`, text: `${JSON.stringify(facts, null, 2)}\n` };
}

/** In the one byte form in which receipts are verified. */
export const receiptFile = ({ id }: Pick<Wallet, 'id'>, text: string | null): SavedFile | null => (text === null ? null : { name: `${id}.receipt.json`, text });

/** Hands it to the browser as a download. */
export function saveFile({ name, text }: SavedFile): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read by the next task at the latest.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
