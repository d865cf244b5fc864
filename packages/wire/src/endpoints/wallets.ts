/**
 * Wallets, keys, their signatures and their export (contract §4, §5).
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { KeyId, SignatureId, UserId, WalletId } from '../ids.ts';
import { Receipt } from '../receipt.ts';
import { Curve, SchemeName } from '../schemes.ts';
import type { Operation } from '../operations.ts';
import { ExportAnswer, ExternalId, Key, KeyWithWallets, label, Name, Page, SignatureRequest, Wallet, WalletSignatureRequest, page } from './objects.ts';

const SigningKeyChoice = z.object({ id: KeyId, scheme: SchemeName, curve: Curve, storeId: z.string().max(64), deriveFrom: z.unknown() }).partial();

/** At most so many tags on a wallet; each at most 64 characters. */
export const MAX_TAGS = 64;
export const Tag = label(64);
export const Tags = z.array(Tag).max(MAX_TAGS);
/** Ours: the key is made never to be exported. What was made so stays so. */
const neverExportable = z.literal(true).optional();

export const createWallet = signedEndpoint({
  name: 'wallets.createWallet',
  method: 'POST',
  path: '/wallets',
  about:
    'Makes a key on all signers and a wallet on it. With signingKey.id: a further wallet on that key, which is an act and needs Keys:Reuse in place of Keys:Create. With delegateTo Keys:Delegate as well, with tags Wallets:Tags:Add.',
  access: ['Wallets:Create', 'Keys:Create'],
  effect: 'keygen',
  meaning: ({ signingKey, delegateTo, tags = [] }) => {
    const reuses = signingKey?.id !== undefined;
    const access: Operation[] = ['Wallets:Create', reuses ? 'Keys:Reuse' : 'Keys:Create'];
    if (delegateTo !== undefined) access.push('Keys:Delegate');
    if (tags.length > 0) access.push('Wallets:Tags:Add');
    return { effect: reuses ? 'act' : 'keygen', access };
  },
  body: z.object({
    network: z.string().min(1).max(64),
    name: Name.optional(),
    externalId: ExternalId.optional(),
    signingKey: SigningKeyChoice.optional(),
    delegateTo: UserId.optional(),
    delayDelegation: z.boolean().optional(),
    tags: Tags.optional(),
    neverExportable,
  }),
  reply: Wallet,
  refusals: ['request/unsupported', 'key/failed', 'key/unknown', 'key/scheme', 'key/archived', 'key/delegatee', 'authority/uncertified', 'signers/unavailable'],
});
export const listWallets = endpoint({
  name: 'wallets.listWallets',
  method: 'GET',
  path: '/wallets',
  about: 'Lists the wallets, newest last.',
  access: ['Wallets:Read'],
  query: Page.extend({ owner: z.string().max(256).optional(), ownerId: z.string().max(256).optional(), ownerUsername: z.string().max(256).optional() }),
  reply: page(Wallet),
});
export const getWallet = endpoint({
  name: 'wallets.getWallet',
  method: 'GET',
  path: '/wallets/:walletId',
  about: 'Reads one wallet.',
  access: ['Wallets:Read'],
  params: z.object({ walletId: WalletId }),
  reply: Wallet,
  refusals: ['wallet/unknown'],
});

export const createKey = signedEndpoint({
  name: 'keys.createKey',
  method: 'POST',
  path: '/keys',
  about: 'Makes a key on all signers. With delegateTo Keys:Delegate is needed as well.',
  access: ['Keys:Create'],
  effect: 'keygen',
  meaning: ({ delegateTo }) => ({ effect: 'keygen', access: delegateTo === undefined ? ['Keys:Create'] : ['Keys:Create', 'Keys:Delegate'] }),
  body: z.object({
    scheme: SchemeName,
    curve: Curve,
    name: Name.optional(),
    masterKey: z.boolean().optional(),
    deriveFrom: z.unknown().optional(),
    storeId: z.string().max(64).optional(),
    delegateTo: UserId.optional(),
    delayDelegation: z.boolean().optional(),
    neverExportable,
  }),
  reply: Key,
  refusals: ['request/unsupported', 'key/failed', 'key/delegatee', 'signers/unavailable'],
});
export const listKeys = endpoint({
  name: 'keys.listKeys',
  method: 'GET',
  path: '/keys',
  about: 'Lists the keys.',
  access: ['Keys:Read'],
  query: Page.extend({ owner: z.string().max(256).optional() }),
  reply: page(Key),
});
export const getKey = endpoint({
  name: 'keys.getKey',
  method: 'GET',
  path: '/keys/:keyId',
  about: 'Reads one key and the wallets on it.',
  access: ['Keys:Read'],
  params: z.object({ keyId: KeyId }),
  reply: KeyWithWallets,
  refusals: ['key/unknown'],
});

const HexText = z
  .string()
  .max(131_072)
  .regex(/^(0x)?([0-9a-fA-F]{2})*$/, 'must be hex');
const common = { network: z.string().max(64).optional(), blockchainKind: z.string().max(64).optional(), externalId: ExternalId.optional() };
/** What can be asked to be signed; of the SDK's kinds, those listed here. */
export const SignatureBody = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('Hash'), hash: HexText, taprootMerkleRoot: z.string().max(66).optional(), ...common }),
    z.object({ kind: z.literal('Message'), message: HexText, ...common }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? 'must be Hash or Message: other kinds are not supported here' : undefined) },
);
export type SignatureBody = z.infer<typeof SignatureBody>;

const signatureRefusals = [
  'key/retired',
  'key/archived',
  'key/not-owner',
  'key/scheme',
  'signature/hash-length',
  'signature/kind-unsupported',
  'signature/failed',
  'external-id/conflict',
  'signers/unavailable',
] as const;
const onWallet = z.object({ walletId: WalletId });
const onKey = z.object({ keyId: KeyId });

export const createWalletSignature = signedEndpoint({
  name: 'wallets.generateSignature',
  method: 'POST',
  path: '/wallets/:walletId/signatures',
  about: 'Signs with the wallet’s key.',
  access: ['Keys:Signatures:Create'],
  effect: 'sign',
  params: onWallet,
  body: SignatureBody,
  reply: WalletSignatureRequest,
  refusals: ['wallet/unknown', ...signatureRefusals],
});
export const listWalletSignatures = endpoint({
  name: 'wallets.listSignatures',
  method: 'GET',
  path: '/wallets/:walletId/signatures',
  about: 'Lists the wallet’s signature requests.',
  access: ['Keys:Signatures:Read'],
  params: onWallet,
  query: Page,
  reply: page(WalletSignatureRequest).extend({ keyId: KeyId, walletId: WalletId }),
  refusals: ['wallet/unknown'],
});
export const getWalletSignature = endpoint({
  name: 'wallets.getSignature',
  method: 'GET',
  path: '/wallets/:walletId/signatures/:signatureId',
  about: 'Reads one signature request.',
  access: ['Keys:Signatures:Read'],
  params: onWallet.extend({ signatureId: SignatureId }),
  reply: WalletSignatureRequest,
  refusals: ['wallet/unknown', 'signature/unknown'],
});
export const createKeySignature = signedEndpoint({
  name: 'keys.generateSignature',
  method: 'POST',
  path: '/keys/:keyId/signatures',
  about: 'Signs with the key.',
  access: ['Keys:Signatures:Create'],
  effect: 'sign',
  params: onKey,
  body: SignatureBody,
  reply: SignatureRequest,
  refusals: ['key/unknown', ...signatureRefusals],
});
export const listKeySignatures = endpoint({
  name: 'keys.listSignatures',
  method: 'GET',
  path: '/keys/:keyId/signatures',
  about: 'Lists the key’s signature requests.',
  access: ['Keys:Signatures:Read'],
  params: onKey,
  query: Page,
  reply: page(SignatureRequest).extend({ keyId: KeyId }),
  refusals: ['key/unknown'],
});
export const getKeySignature = endpoint({
  name: 'keys.getSignature',
  method: 'GET',
  path: '/keys/:keyId/signatures/:signatureId',
  about: 'Reads one signature request.',
  access: ['Keys:Signatures:Read'],
  params: onKey.extend({ signatureId: SignatureId }),
  reply: SignatureRequest,
  refusals: ['key/unknown', 'signature/unknown'],
});

/** `encryptionKey`: base64 of 34 bytes, checked as a point by server and signers (contract §9.1). */
export const ExportBody = z.object({
  encryptionKey: z.string().min(1).max(128),
  supportedSchemes: z
    .array(z.object({ protocol: z.string().max(32), curve: z.string().max(32) }))
    .min(1)
    .max(16),
});
export type ExportBody = z.infer<typeof ExportBody>;
const exportRefusals = [
  'export/disabled',
  'export/encryption-key',
  'export/scheme',
  'export/never-exportable',
  'export/undecided',
  'export/unfinished',
  'key/archived',
  'key/not-owner',
  'key/scheme',
  'signers/unavailable',
] as const;

export const exportWallet = signedEndpoint({
  name: 'wallets.exportWallet',
  method: 'POST',
  path: '/wallets/:walletId/export',
  about: 'Retires the wallet’s key for good and releases every signer’s share of it, sealed to the caller’s one-time key.',
  access: ['Keys:Export'],
  effect: 'export',
  params: onWallet,
  body: ExportBody,
  reply: ExportAnswer,
  refusals: ['wallet/unknown', ...exportRefusals],
});
export const getWalletExport = endpoint({
  name: 'wallets.getExport',
  method: 'GET',
  path: '/wallets/:walletId/export',
  about: 'All ciphertexts and statements stored for the caller’s last export of this wallet (not in Dfns).',
  access: ['Keys:Export'],
  params: onWallet,
  reply: ExportAnswer,
  refusals: ['wallet/unknown', 'export/none'],
});
/** `full` attaches all acts up to the head that the signers name. */
const ReceiptQuery = z.object({ full: z.enum(['true', 'false']).optional() });
const receiptRefusals = ['export/none', 'receipt/incomplete', 'receipt/too-large'] as const;
export const getWalletExportReceipt = endpoint({
  name: 'wallets.getExportReceipt',
  method: 'GET',
  path: '/wallets/:walletId/export/receipt',
  about: 'The receipt of the caller’s last export of this wallet, as one file in RFC 8785 form (not in Dfns).',
  access: ['Keys:Export'],
  params: onWallet,
  query: ReceiptQuery,
  reply: Receipt,
  refusals: ['wallet/unknown', ...receiptRefusals],
});
export const exportKey = signedEndpoint({
  name: 'keys.exportKey',
  method: 'POST',
  path: '/keys/:keyId/export',
  about: 'As the wallet’s export, by key.',
  access: ['Keys:Export'],
  effect: 'export',
  params: onKey,
  body: ExportBody,
  reply: ExportAnswer,
  refusals: ['key/unknown', ...exportRefusals],
});
export const getKeyExport = endpoint({
  name: 'keys.getExport',
  method: 'GET',
  path: '/keys/:keyId/export',
  about: 'All ciphertexts and statements stored for the caller’s last export of this key (not in Dfns).',
  access: ['Keys:Export'],
  params: onKey,
  reply: ExportAnswer,
  refusals: ['key/unknown', 'export/none'],
});
export const getKeyExportReceipt = endpoint({
  name: 'keys.getExportReceipt',
  method: 'GET',
  path: '/keys/:keyId/export/receipt',
  about: 'The receipt of the caller’s last export of this key, as one file in RFC 8785 form (not in Dfns).',
  access: ['Keys:Export'],
  params: onKey,
  query: ReceiptQuery,
  reply: Receipt,
  refusals: ['key/unknown', ...receiptRefusals],
});
