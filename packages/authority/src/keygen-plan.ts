/**
 * What a signed `POST /wallets` or `POST /keys` asks the signers to make.
 *
 * @module
 */
import { createKey, createWallet, deriveId, isFor, type KeyId, Refusal, type SchemeId, schemeOf, schemes, type UserId, type WalletId } from '@quorate/wire';
import type { Verified } from './verify-evidence.ts';

export interface KeygenPlan {
  readonly keyId: KeyId;
  /** '' for a key without a wallet. */
  readonly walletId: WalletId | '';
  /** '' for a key without a wallet. */
  readonly network: string;
  readonly scheme: SchemeId;
  readonly ownerId: UserId;
}

/**
 * Reads the plan. `schemeOfNetwork` comes from `chains`, which this room does not import.
 * @throws {Refusal} `request/unsupported` for what exists elsewhere but not here, `action/mismatch` for another call
 */
export function keygenPlan({ command, challenge, user }: Verified, schemeOfNetwork: (network: string) => SchemeId | null): KeygenPlan {
  const unsupported = (member: string): never => {
    throw new Refusal('request/unsupported', { member });
  };
  const common = { keyId: deriveId('key', 0, challenge), ownerId: user.id };
  if (isFor(command, createWallet)) {
    const { body } = command;
    const scheme = schemeOfNetwork(body.network) ?? unsupported('network');
    if (!schemes[scheme].offered) unsupported('network');
    if (body.delegateTo !== undefined || body.delayDelegation === true) unsupported('delegateTo');
    if (body.tags !== undefined && body.tags.length > 0) unsupported('tags');
    const wanted = body.signingKey ?? {};
    if (wanted.id !== undefined) unsupported('signingKey.id');
    if (wanted.deriveFrom !== undefined) unsupported('signingKey.deriveFrom');
    if (wanted.storeId !== undefined) unsupported('signingKey.storeId');
    if ((wanted.scheme ?? schemes[scheme].scheme) !== schemes[scheme].scheme) unsupported('signingKey.scheme');
    if ((wanted.curve ?? schemes[scheme].curve) !== schemes[scheme].curve) unsupported('signingKey.curve');
    return { ...common, walletId: deriveId('wa', 0, challenge), network: body.network, scheme };
  }
  if (isFor(command, createKey)) {
    const { body } = command;
    const scheme = schemeOf(body.scheme, body.curve);
    if (scheme === null || !schemes[scheme].offered) return unsupported('scheme');
    if (body.delegateTo !== undefined || body.delayDelegation === true) unsupported('delegateTo');
    if (body.deriveFrom !== undefined) unsupported('deriveFrom');
    if (body.masterKey === true) unsupported('masterKey');
    if (body.storeId !== undefined) unsupported('storeId');
    return { ...common, walletId: '', network: '', scheme };
  }
  throw new Refusal('action/mismatch', { member: 'effect' });
}
