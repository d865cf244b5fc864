/**
 * Genesis: act 0 of an organisation's authority. Whoever knows its hash can check everything that follows.
 *
 * @module
 */
import * as z from 'zod';
import { b64, compare } from './bytes.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import { hashFields } from './fields.ts';
import { hex } from './bytes.ts';
import { CredentialId, OrgId, SignerId, UserId } from './ids.ts';
import { faultOfPasskeyRules, hasPasskeys } from './passkey-rules.ts';
import { Refusal } from './refusal.ts';

const Base64Of = (bytes: number) =>
  z.string().refine((text) => {
    try {
      return b64.decode(text).length === bytes;
    } catch {
      return false;
    }
  }, `must be ${bytes} bytes in standard base64`);

/** Public parts of one signer. `id` is its identity key at genesis and never changes, though the keys may. */
export const RosterSigner = z
  .strictObject({
    id: SignerId,
    /** Ed25519: signs envelopes and statements. */
    identityKey: Base64Of(32),
    /** X25519: what is sealed to this signer. */
    sealingKey: Base64Of(32),
    /** secp256k1, compressed: key shares are imported to it (contract §6). */
    importKey: Base64Of(33),
  })
  .meta({ id: 'RosterSigner' });
export type RosterSigner = z.infer<typeof RosterSigner>;

export const Genesis = z
  .strictObject({
    v: z.literal('1'),
    orgId: OrgId,
    epoch: z.int().min(0),
    /** How many signers must sign: t. A quorum of acknowledgements has the same size. */
    threshold: z.int().min(2).max(16),
    signers: z.array(RosterSigner).min(2).max(16),
    administrators: z
      .array(
        z.strictObject({
          userId: UserId,
          username: z.string().min(1).max(256),
          isServiceAccount: z.boolean(),
          credId: CredentialId,
          publicKey: z.string().min(1).max(4096),
          /** A key credential where nothing is said. */
          credentialKind: z.enum(['Key', 'Fido2']).optional(),
        }),
      )
      .min(1)
      .max(64),
    passkeys: z.strictObject({ rpId: z.string(), origins: z.array(z.string()), userVerification: z.enum(['required', 'preferred', 'discouraged']) }),
  })
  .meta({ id: 'Genesis' });
export type Genesis = z.infer<typeof Genesis>;

/** The genesis hash, which is also head(0): SHA-256 over a domain tag and the RFC 8785 form; lower-case hex. */
export function genesisHashOf(genesis: Genesis): string {
  return hex.encode(hashFields('quorate/genesis/v1', [canonicalJson(genesis as Json)]));
}

/**
 * Reads a genesis that came from anywhere and checks it against the hash the reader trusts.
 * @throws {Refusal} `genesis/invalid`
 */
export function readGenesis(value: unknown, expectedHash: string): Genesis {
  const parsed = Genesis.safeParse(value);
  if (!parsed.success) throw new Refusal('genesis/invalid', { reason: 'shape' });
  checkGenesis(parsed.data);
  if (genesisHashOf(parsed.data) !== expectedHash) throw new Refusal('genesis/invalid', { reason: 'hash', expected: expectedHash });
  return parsed.data;
}

/**
 * The rules a genesis must keep: signers ascending by raw id and distinct, identity equal to the id, n/2 < t ≤ n,
 * administrators distinct, passkey rules that a browser could keep.
 * @throws {Refusal} `genesis/invalid`
 */
export function checkGenesis(genesis: Genesis): void {
  const refuse = (reason: string): never => {
    throw new Refusal('genesis/invalid', { reason });
  };
  const ids = genesis.signers.map((signer) => b64.decode(signer.id));
  if (ids.some((id, i) => i > 0 && compare(ids[i - 1] as Uint8Array, id) >= 0)) refuse('signers must ascend by raw id');
  if (genesis.signers.some((signer) => signer.identityKey !== signer.id)) refuse('a signer’s identity key at genesis is its id');
  const n = genesis.signers.length;
  if (genesis.threshold > n || genesis.threshold * 2 <= n) refuse('the threshold must be more than half of the signers and at most all');
  for (const member of ['userId', 'username', 'credId'] as const) {
    if (new Set(genesis.administrators.map((admin) => admin[member])).size !== genesis.administrators.length) refuse(`administrators share a ${member}`);
  }
  const fault = faultOfPasskeyRules(genesis.passkeys);
  if (fault !== null) refuse(fault);
  if (!hasPasskeys(genesis.passkeys) && genesis.administrators.some(({ credentialKind }) => credentialKind === 'Fido2'))
    refuse('an administrator’s passkey needs a relying party and origins');
}

/** The roster's hash: which signers, in which order, with which threshold. Bound into every sealed blob. Lower-case hex. */
export function rosterHashOf(genesis: Pick<Genesis, 'signers' | 'threshold' | 'epoch'>): string {
  return hex.encode(hashFields('quorate/roster/v1', [genesis.epoch, genesis.threshold, ...genesis.signers.map((signer) => b64.decode(signer.id))]));
}
