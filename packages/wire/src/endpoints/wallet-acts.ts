/**
 * What later changes a wallet or a key (contract §4.3, §5.2). What changes its meaning is an act; what it is called is
 * signed by its author too, but no signer cares.
 *
 * @module
 */
import * as z from 'zod';
import { signedEndpoint } from '../endpoint.ts';
import { KeyId, UserId, WalletId } from '../ids.ts';
import { Certified, ExternalId, Key, Name, Wallet } from './objects.ts';
import { Tags } from './wallets.ts';

const onWallet = z.object({ walletId: WalletId });
const onKey = z.object({ keyId: KeyId });
const certified = { certified: Certified.optional() };
const SomeTags = z.strictObject({ tags: Tags.min(1) });

export const updateWallet = signedEndpoint({
  name: 'wallets.updateWallet',
  method: 'PUT',
  path: '/wallets/:walletId',
  about: 'Changes what a wallet is called; null takes a name away. Names mean nothing to signers.',
  access: ['Wallets:Update'],
  params: onWallet,
  body: z.strictObject({ name: Name.nullable().optional(), externalId: ExternalId.nullable().optional() }),
  reply: Wallet,
  refusals: ['wallet/unknown'],
});
export const tagWallet = signedEndpoint({
  name: 'wallets.tagWallet',
  method: 'PUT',
  path: '/wallets/:walletId/tags',
  about: 'Adds tags to a wallet.',
  access: ['Wallets:Tags:Add'],
  effect: 'act',
  params: onWallet,
  body: SomeTags,
  reply: z.object(certified),
  refusals: ['wallet/unknown', 'wallet/too-many-tags', 'key/archived', 'authority/uncertified'],
});
export const untagWallet = signedEndpoint({
  name: 'wallets.untagWallet',
  method: 'DELETE',
  path: '/wallets/:walletId/tags',
  about: 'Takes tags off a wallet; those it does not have do no harm.',
  access: ['Wallets:Tags:Delete'],
  effect: 'act',
  params: onWallet,
  body: SomeTags,
  reply: z.object(certified),
  refusals: ['wallet/unknown', 'key/archived', 'authority/uncertified'],
});

const delegation = ['key/delegatee', 'key/delegated', 'key/not-delegable', 'key/archived', 'authority/uncertified'] as const;
export const delegateWallet = signedEndpoint({
  name: 'wallets.delegateWallet',
  method: 'POST',
  path: '/wallets/:walletId/delegate',
  about: 'As the delegation of the wallet’s key, with every wallet on it.',
  access: ['Keys:Delegate'],
  effect: 'act',
  params: onWallet,
  body: z.strictObject({ userId: UserId }),
  reply: z.object({ walletId: WalletId, status: z.literal('Delegated'), ...certified }),
  refusals: ['wallet/unknown', ...delegation],
});
export const delegateKey = signedEndpoint({
  name: 'keys.delegateKey',
  method: 'POST',
  path: '/keys/:keyId/delegate',
  about: 'Makes a key that was made with delayDelegation its owner’s alone, with every wallet on it, once and for good.',
  access: ['Keys:Delegate'],
  effect: 'act',
  params: onKey,
  body: z.strictObject({ delegateTo: UserId }),
  reply: z.object({ keyId: KeyId, status: z.literal('Delegated'), ...certified }),
  refusals: ['key/unknown', ...delegation],
});

export const updateKey = signedEndpoint({
  name: 'keys.updateKey',
  method: 'PUT',
  path: '/keys/:keyId',
  about: 'Changes what a key is called; null takes the name away.',
  access: ['Keys:Update'],
  params: onKey,
  body: z.strictObject({ name: Name.nullable() }),
  reply: Key,
  refusals: ['key/unknown'],
});
export const deleteKey = signedEndpoint({
  name: 'keys.deleteKey',
  method: 'DELETE',
  path: '/keys/:keyId',
  about: 'Archives a key and every wallet on it for good: no signer signs with it or exports it any more.',
  access: ['Keys:Delete'],
  effect: 'act',
  params: onKey,
  reply: Key,
  refusals: ['key/unknown', 'key/archived', 'authority/uncertified'],
});
/** Who renounces the export for all must be one who could export. */
export const renounceKeyExport = signedEndpoint({
  name: 'keys.renounceExport',
  method: 'PUT',
  path: '/keys/:keyId/never-exportable',
  about: 'Makes a key never exportable, for good: every signer refuses (not in Dfns).',
  access: ['Keys:Update', 'Keys:Export'],
  effect: 'act',
  params: onKey,
  reply: Key,
  refusals: ['key/unknown', 'key/archived', 'authority/uncertified'],
});
