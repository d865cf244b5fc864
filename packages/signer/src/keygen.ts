/**
 * Making a key: with all signers, once per key id, usable only with the certificate of all.
 *
 * @module
 */
import { authorize, keygenPlan, requireDelegatee } from '@quorate/authority';
import { networkOf } from '@quorate/chains';
import type { DkgResult, Vault } from '@quorate/mpc';
import { hex, type KeyCertificateBody, type NoticeOf, Refusal, type ReplyOf, type RequestOf, schemes, type SignerId } from '@quorate/wire';
import type { Certificates } from './certificates.ts';
import type { Chain } from './chain.ts';
import { countedIn } from './counted.ts';
import { decide } from './decide.ts';
import type { Events } from './events.ts';
import type { Decisions } from './limits.ts';
import type { Self } from './self.ts';
import { type Outcome, SessionFailed, type Sessions } from './sessions.ts';
import type { StoredKey } from './store/keys.ts';
import type { Store } from './store/store.ts';

const KEYGEN_MS = 20_000;

export interface KeygenOptions {
  readonly self: Self;
  readonly store: Store;
  readonly vault: Vault;
  readonly chain: Chain;
  readonly decisions: Decisions;
  readonly sessions: Sessions;
  readonly certificates: Certificates;
  readonly events: Pick<Events, 'laps'>;
  readonly tell: (notice: NoticeOf<'keySignature'>) => void;
}

export type Keygen = (request: RequestOf<'keygen'>, deadline: number) => Promise<ReplyOf<'keygen'>>;

/**
 * Answers with the certificate's body and this signer's signature under it; the same again for the same evidence.
 * @throws {Refusal} `key/failed`, `evidence/spent`, or what verifying and reading the request may refuse
 */
export function createKeygen({ self, store, vault, chain, decisions, sessions, certificates, events, tell }: KeygenOptions): Keygen {
  return async ({ evidence, attempt }, deadline) => {
    const laps = events.laps('keygen');
    const { state, verified } = await decide(chain, evidence, 'keygen', self.now());
    decisions.decided(verified.credential);
    authorize(state, verified);
    const plan = keygenPlan(verified, (name) => networkOf(name)?.scheme ?? null);
    const { keyId, birth } = plan;
    if (birth.delegation === 'born') requireDelegatee(state, plan.ownerId);
    const { challenge } = verified;
    const stored = await store.read('key', { keyId });
    if (stored !== null) return again(stored, challenge);
    laps.passed('verify');

    const { statement } = evidence;
    let outcome: Outcome<DkgResult>;
    try {
      outcome = await sessions.run<DkgResult>({
        protocol: 'dkg',
        challenge,
        attempt,
        participants: self.roster.map(({ id }) => id),
        keyId,
        digest: '',
        head: { number: statement.headNumber, hash: statement.headHash },
        deadline: Math.min(deadline, self.now() + KEYGEN_MS),
        begin: async (executionId) => {
          const mark = { challenge, effect: `keygen ${keyId}`, expiresAt: Number(statement.expiresAt), now: self.now(), counted: countedIn(evidence) };
          const audit = { time: mark.now, event: 'key generation begun', detail: { keyId, executionId, challenge } };
          await store.write('keygen-begin', { mark, keyId, executionId, audit });
        },
        passed: laps.passed,
        start: (spec, onEvent) => vault.startDkg({ ...spec, threshold: self.genesis.threshold, context: self.contextOf(keyId) }, onEvent),
      });
    } catch (error) {
      throw refusalOf(error);
    }

    const { executionId, result } = outcome;
    const body: KeyCertificateBody = {
      genesisHash: self.genesisHash,
      epoch: self.genesis.epoch,
      threshold: self.genesis.threshold,
      signers: self.roster.map(({ id }) => id),
      keyId,
      walletId: plan.walletId,
      network: plan.network,
      ownerId: plan.ownerId,
      challenge,
      executionId,
      scheme: schemes[plan.scheme].scheme,
      curve: schemes[plan.scheme].curve,
      publicKey: hex.encode(result.publicKey),
      publicShares: result.publicShares.map((share) => hex.encode(share)),
    };
    const { signerId, signature } = self.sign('certificate', body);
    const audit = { time: self.now(), event: 'share stored', detail: { keyId, executionId, publicKey: body.publicKey } };
    await store.write('share-pending', { keyId, executionId, sealedShare: result.sealedShare, body, birth, signature: { signerId, signature }, audit });
    laps.passed('store');
    certificates.expect(body, { signerId, signature });
    tell({ keyId, executionId, signature: { signerId, signature } });
    return { body, signature: { signerId, signature } };
  };
}

function again(stored: StoredKey, challenge: string): ReplyOf<'keygen'> {
  if (stored.challenge !== challenge) throw new Refusal('key/exists');
  if (stored.state === 'begun') throw new Refusal('key/failed', { reason: 'begun before' });
  return { body: stored.body, signature: stored.signature };
}

const refusalOf = (error: unknown): unknown => {
  if (!(error instanceof SessionFailed)) return error;
  return new Refusal('key/failed', { reason: error.code, signers: error.culprits as readonly SignerId[] }, { cause: error });
};
