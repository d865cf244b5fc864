/**
 * The act on signers: new keys for one of them. It binds to nobody's word: whoever asks holds the new identity key, which
 * `verifyEvidence` has checked.
 *
 * @module
 */
import {
  badKeyOf,
  type Command,
  isFor,
  Refusal,
  type RotationBody,
  rotateSignerKeys,
  type SignerId,
  type SignerKeys,
  verifyRotationProof,
} from '@quorate/wire';
import { rotationsOf } from './roster.ts';
import type { AuthorityState } from './state.ts';

const names: readonly (keyof SignerKeys)[] = ['identityKey', 'sealingKey', 'importKey'];

/** The state after such an act; `null` for a command that is none. @throws {Refusal} */
export function applySignerRule(state: AuthorityState, command: Command): AuthorityState | null {
  return isFor(command, rotateSignerKeys) ? keysRotated(state, command.params.signerId, command.body) : null;
}

function keysRotated(state: AuthorityState, signerId: SignerId, body: RotationBody): AuthorityState {
  const history = state.signerKeys.get(signerId);
  if (history === undefined) throw new Refusal('signer/unknown');
  const bad = badKeyOf(body);
  if (bad !== null) throw new Refusal('rotation/key', { member: bad, reason: 'no point of full order in its one form' });
  // Whoever's it was: a key that comes again would make an old statement a new one, or one signer's another's.
  const had = new Set(state.signerKeys.valueSeq().flatMap((all) => all.flatMap((keys) => names.map((name) => keys[name]))));
  for (const name of names) {
    if (had.has(body[name])) throw new Refusal('rotation/key', { member: name, reason: 'is or was a key of the roster' });
    had.add(body[name]);
  }
  const { identityKey, sealingKey, importKey } = body;
  const since = state.head.number + 1;
  return { ...state, signerKeys: state.signerKeys.set(signerId, history.push({ identityKey, sealingKey, importKey, since })) };
}

/**
 * That the new identity key signed this rotation, as the next one of this signer.
 * @throws {Refusal} `rotation/proof`, `signer/unknown`
 */
export async function requireRotationProof(state: AuthorityState, command: Command): Promise<void> {
  if (!isFor(command, rotateSignerKeys)) return;
  const { signerId } = command.params;
  if (!state.signerKeys.has(signerId)) throw new Refusal('signer/unknown');
  const { genesis, genesisHash } = state;
  const sequence = rotationsOf(state, signerId) + 1;
  if (!(await verifyRotationProof({ genesisHash, orgId: genesis.orgId, signerId, sequence }, command.body))) throw new Refusal('rotation/proof', { sequence });
}
