/**
 * Signing: what the user asked for, with exactly the threshold's number of signers, by a key that is not retired.
 *
 * @module
 */
import { authorize, requireSigning, type Verified } from '@quorate/authority';
import { digestOf, networkOf } from '@quorate/chains';
import type { Aux, SignResult, Vault } from '@quorate/mpc';
import {
  concat,
  createKeySignature,
  createWalletSignature,
  hex,
  isFor,
  Refusal,
  type ReplyOf,
  type RequestOf,
  type SignatureBody,
  verifyEcdsa,
} from '@quorate/wire';
import { type Certificates, certifiedKey, type KeyPath, type UsableKey } from './certificates.ts';
import type { Chain } from './chain.ts';
import { countedIn } from './counted.ts';
import { decide } from './decide.ts';
import type { Events } from './events.ts';
import type { Decisions } from './limits.ts';
import type { Self } from './self.ts';
import { inOrder, type Outcome, SessionFailed, type Sessions } from './sessions.ts';
import type { Store } from './store/store.ts';

const SIGN_MS = 45_000;

export interface SigningOptions {
  readonly self: Self;
  readonly store: Store;
  readonly vault: Vault;
  readonly chain: Chain;
  readonly decisions: Decisions;
  readonly sessions: Sessions;
  readonly certificates: Certificates;
  /** `null` until aux info is in place. */
  readonly aux: () => Aux | null;
  readonly events: Events;
}

export type Signing = (request: RequestOf<'sign'>, deadline: number) => Promise<ReplyOf<'sign'>>;

/** @throws {Refusal} `key/retired`, `key/archived`, `key/not-owner`, `signature/failed`, `signers/busy`, or what verifying and reading the request may refuse */
export function createSigning({ self, store, vault, chain, decisions, sessions, certificates, aux, events }: SigningOptions): Signing {
  return async ({ evidence, certificate, participants, attempt }, deadline) => {
    const laps = events.laps('sign');
    const { state, verified } = await decide(chain, evidence, 'sign', self.now());
    decisions.decided(verified.credential);
    authorize(state, verified);
    const { path, body } = readSigning(verified);
    const key = await certificates.usable(state, path, certificate);
    const { keyId } = key;
    /** By what is certified, and by what this signer has acknowledged since: that takes away too. */
    const permit = (): void => {
      for (const each of [chain.state, chain.acknowledged ?? chain.state]) requireSigning(each, certifiedKey(key), verified.user.id);
    };
    permit();
    if (sessions.isRetired(keyId)) throw new Refusal('key/retired', { keyId });
    const digest = digestFor(path, key, body);
    const signers = inOrder(self, participants);
    if (signers === null || signers.length !== self.genesis.threshold || !signers.includes(self.id))
      throw new Refusal('request/invalid', { member: 'participants' });
    const opened = aux();
    if (opened === null) throw new Refusal('signers/busy', { reason: 'aux info is not in place yet' });

    laps.passed('verify');

    const { statement } = evidence;
    const { challenge } = verified;
    let outcome: Outcome<SignResult>;
    try {
      outcome = await sessions.run<SignResult>({
        protocol: 'sign',
        challenge,
        attempt,
        participants: signers,
        keyId,
        digest: hex.encode(digest),
        head: { number: statement.headNumber, hash: statement.headHash },
        deadline: Math.min(deadline, self.now() + SIGN_MS),
        begin: async (executionId) => {
          permit();
          const mark = {
            challenge,
            effect: `sign ${keyId} ${hex.encode(digest)}`,
            expiresAt: Number(statement.expiresAt),
            now: self.now(),
            counted: countedIn(evidence),
          };
          const audit = { time: mark.now, event: 'signing', detail: { keyId, executionId, challenge } };
          await store.write('sign-begin', { mark, keyId, executionId, audit });
        },
        passed: laps.passed,
        start: (spec, onEvent) => vault.startSign({ ...spec, sealedShare: key.sealedShare, context: self.contextOf(keyId), aux: opened, digest }, onEvent),
      });
    } catch (error) {
      if (!(error instanceof SessionFailed)) throw error;
      throw new Refusal('signature/failed', { reason: error.code, signers: error.culprits }, { cause: error });
    }
    const { r, s, recid } = outcome.result;
    // The protocol has checked it; what leaves here is checked once more by other code.
    if (!verifyEcdsa(hex.decode(key.body.publicKey), digest, concat(r, s))) throw new Refusal('signature/failed', { reason: 'signature-invalid' });
    laps.passed('check');
    events.signatureMade(keyId);
    return { r: hex.encode(r), s: hex.encode(s), recid };
  };
}

function readSigning({ command }: Verified): { readonly path: KeyPath; readonly body: SignatureBody } {
  if (isFor(command, createWalletSignature)) return { path: command.params, body: command.body };
  if (isFor(command, createKeySignature)) return { path: command.params, body: command.body };
  throw new Refusal('action/mismatch', { member: 'effect' });
}

/** A wallet's request follows its network's rules; on the key endpoint the body alone says what the signature is for. */
function digestFor(path: KeyPath, key: UsableKey, request: SignatureBody): Uint8Array {
  if (!('walletId' in path)) return digestOf(null, request);
  const network = networkOf(key.network);
  if (network === null) throw new Refusal('request/unsupported', { member: 'network' });
  return digestOf(network, request);
}
