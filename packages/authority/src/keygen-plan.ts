/**
 * What a signed `POST /wallets` or `POST /keys` asks the signers to make.
 *
 * @module
 */
import {
  type BodyOfEndpoint,
  createKey,
  createWallet,
  deriveId,
  isFor,
  type KeyId,
  Refusal,
  type SchemeId,
  schemeOf,
  schemes,
  type UserId,
  type WalletId,
} from '@quorate/wire';
import type { KeyBirth } from './key-standing.ts';
import type { Verified } from './verify-evidence.ts';

export interface KeygenPlan {
  readonly keyId: KeyId;
  /** '' for a key without a wallet. */
  readonly walletId: WalletId | '';
  /** '' for a key without a wallet. */
  readonly network: string;
  readonly scheme: SchemeId;
  /** Who asked for it, or to whom it is delegated from its birth. */
  readonly ownerId: UserId;
  readonly birth: KeyBirth;
}

type Options = Pick<BodyOfEndpoint<typeof createKey>, 'delegateTo' | 'delayDelegation' | 'neverExportable'>;
const sorted = (tags: readonly string[]): readonly string[] => [...new Set(tags)].sort();

/**
 * Reads the plan. `schemeOfNetwork` comes from `chains`, which this room does not import.
 * @throws {Refusal} `request/unsupported` for what exists elsewhere but not here, `action/mismatch` for another call
 */
export function keygenPlan({ command, challenge, user }: Verified, schemeOfNetwork: (network: string) => SchemeId | null): KeygenPlan {
  const unsupported = (member: string): never => {
    throw new Refusal('request/unsupported', { member });
  };
  if (command.effect !== 'keygen') throw new Refusal('action/mismatch', { member: 'effect' });
  const born = (body: Options, tags: readonly string[]): Pick<KeygenPlan, 'keyId' | 'ownerId' | 'birth'> => {
    const { delegateTo, delayDelegation = false, neverExportable = false } = body;
    if (delegateTo !== undefined && delayDelegation) unsupported('delayDelegation');
    const delegation = delegateTo !== undefined ? 'born' : delayDelegation ? 'delayed' : 'none';
    return { keyId: deriveId('key', 0, challenge), ownerId: delegateTo ?? user.id, birth: { delegation, neverExportable, tags: sorted(tags) } };
  };
  if (isFor(command, createWallet)) {
    const { body } = command;
    const scheme = schemeOfNetwork(body.network) ?? unsupported('network');
    if (!schemes[scheme].offered) unsupported('network');
    const wanted = body.signingKey ?? {};
    if (wanted.deriveFrom !== undefined) unsupported('signingKey.deriveFrom');
    if (wanted.storeId !== undefined) unsupported('signingKey.storeId');
    if ((wanted.scheme ?? schemes[scheme].scheme) !== schemes[scheme].scheme) unsupported('signingKey.scheme');
    if ((wanted.curve ?? schemes[scheme].curve) !== schemes[scheme].curve) unsupported('signingKey.curve');
    return { ...born(body, body.tags ?? []), walletId: deriveId('wa', 0, challenge), network: body.network, scheme };
  }
  if (isFor(command, createKey)) {
    const { body } = command;
    const scheme = schemeOf(body.scheme, body.curve);
    if (scheme === null || !schemes[scheme].offered) return unsupported('scheme');
    if (body.deriveFrom !== undefined) unsupported('deriveFrom');
    if (body.masterKey === true) unsupported('masterKey');
    if (body.storeId !== undefined) unsupported('storeId');
    return { ...born(body, []), walletId: '', network: '', scheme };
  }
  throw new Refusal('action/mismatch', { member: 'effect' });
}
