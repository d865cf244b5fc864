/**
 * The two durable steps of an export: retiring the key, and releasing the share once a quorum has retired it.
 *
 * What must hold whatever happens: nothing is contributed to a session of the key after the first, and no ciphertext
 * leaves before the second.
 *
 * @module
 */
import type { Vault } from '@quorate/mpc';
import { type Authorization, b64, equal, hex, isRefusal, type KeyId, type Signed, sha256Hex } from '@quorate/wire';
import type { UsableKey } from '../certificates.ts';
import { countedIn } from '../counted.ts';
import type { Events } from '../events.ts';
import { createLocks } from '../lock.ts';
import type { Self } from '../self.ts';
import type { Sessions } from '../sessions.ts';
import type { Store } from '../store/store.ts';
import type { Run } from './run.ts';

export interface RetirementOptions {
  readonly self: Self;
  readonly store: Store;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly events: Events;
  /** Keys retired before this start, with the time of their tombstone. */
  readonly retired: readonly { readonly keyId: string; readonly time: number }[];
  /** This signer has retired the key for this request: its peers are to hear. */
  readonly tell: (run: Run) => void;
}

/** Why a key is retired. */
export interface Approval {
  /** A quorum's, at one head. */
  readonly intents: readonly Signed<'intent'>[];
  /** What is known to be said of the credential at that head, this signer's word included. */
  readonly authorization: Authorization;
}

export interface Retirement {
  /** Encrypts the share ahead of the decision. */
  prepare(run: Run, key: UsableKey): void;
  /** Retires the key for this request, once. `proven` where a quorum's intents stand in for freshness. @throws {Refusal} `evidence/spent`, `action/expired` */
  retire(run: Run, key: UsableKey, approval: Approval, age: 'fresh' | 'proven'): Promise<void>;
  /** Stores statements that came, and makes the release as soon as they are a quorum's. */
  gather(run: Run): Promise<void>;
}

export function createRetirement({ self, store, vault, sessions, events, retired, tell }: RetirementOptions): Retirement {
  const lock = createLocks();
  const times = new Map<string, number>(retired.map(({ keyId, time }) => [keyId, time]));
  for (const { keyId } of retired) sessions.retire(keyId as KeyId);

  function prepare(run: Run, { keyId, sealedShare }: UsableKey): void {
    run.made ??= vault.release({ sealedShare, context: self.contextOf(keyId), encryptionKey: b64.decode(run.subject.encryptionKey) });
    run.made.catch(() => {});
  }

  /** A share that is not the certificate's would open to nothing that the owner can use. */
  async function ciphertextOf(run: Run, key: UsableKey): Promise<Uint8Array> {
    prepare(run, key);
    const made = await run.made;
    const { publicShares } = key.body;
    const fits =
      made !== null &&
      made.index === self.index + 1 &&
      made.publicShares.length === publicShares.length &&
      made.publicShares.every((share, i) => hex.encode(share) === publicShares[i]) &&
      equal(made.publicShare, hex.decode(publicShares[self.index] ?? ''));
    if (!fits) throw new Error('the stored share is not the one of the key’s certificate');
    return made.encryptedKeyShare;
  }

  async function retire(run: Run, key: UsableKey, { intents, authorization }: Approval, age: 'fresh' | 'proven'): Promise<void> {
    const { challenge, keyId, encryptionKey } = run.subject;
    const past = await store.read('export', { keyId, encryptionKey });
    const ciphertext = past === null ? await ciphertextOf(run, key) : null;
    const now = self.now();
    const time = times.get(keyId) ?? now;
    const statement = self.sign('tombstone', { genesisHash: self.genesisHash, keyId, challenge, encryptionKey, time });
    // Before the tombstone is durable: from here on nothing goes out, so nothing can go out after it.
    sessions.retire(keyId);
    const written = await store
      .write('tombstone', {
        mark: {
          challenge,
          effect: `export ${keyId} ${encryptionKey}`,
          expiresAt: Number(run.evidence.statement.expiresAt),
          now,
          counted: countedIn(run.evidence),
        },
        age,
        keyId,
        encryptionKey,
        challenge,
        time,
        ciphertext,
        evidence: run.evidence,
        intents,
        authorization,
        certificate: key.certificate,
        statement,
        ...(age === 'fresh' ? { approval: { time: now, event: 'export approved', detail: { keyId, challenge, encryptionKey, yeses: intents.length } } } : {}),
        audit: { time: now, event: 'key retired', detail: { keyId, challenge, encryptionKey } },
      })
      .catch((error: unknown) => {
        // Only a refusal says that nothing was written. After anything else the key stays retired until the store is read again.
        if (isRefusal(error) && !times.has(keyId)) sessions.unretire(keyId);
        throw error;
      });
    times.set(keyId, time);
    run.statements.set(self.id, statement);
    run.stored.add(self.id);
    run.released ??= past?.released ?? null;
    run.retired = { ...written, intents, authorization, statement };
    events.keyRetired(keyId);
    tell(run);
    run.pulse.ring();
  }

  /** The statement that goes with the ciphertext. */
  function releaseOf(run: Run, retirement: NonNullable<Run['retired']>): Signed<'release'> {
    const { challenge, keyId, encryptionKey } = run.subject;
    const { publicShares, walletId } = run.certificate.body;
    return self.sign('release', {
      genesisHash: self.genesisHash,
      keyId,
      walletId,
      index: self.index + 1,
      publicShare: publicShares[self.index] ?? '',
      publicShares,
      ciphertextHash: sha256Hex(retirement.ciphertext),
      encryptionKey,
      challenge,
      tombstonedAt: retirement.statement.body.time,
      auditHead: retirement.auditHead,
    });
  }

  async function storeMore(run: Run): Promise<boolean> {
    const { retired: retirement, subject, statements, stored } = run;
    const fresh = [...statements.values()].filter(({ signerId }) => !stored.has(signerId));
    if (retirement === null || (run.released !== null && fresh.length === 0)) return false;
    const { challenge, keyId, encryptionKey } = subject;
    if (run.released === null) {
      if (statements.size < self.quorum) return false;
      const audit = { time: self.now(), event: 'share released', detail: { keyId, challenge, encryptionKey } };
      const release = releaseOf(run, retirement);
      run.released = await store.write('release', { keyId, encryptionKey, challenge, quorum: self.quorum, statements: fresh, release, audit });
      events.shareReleased(keyId, statements.size);
    } else {
      await store.write('tombstone-statement', { challenge, statements: fresh });
    }
    for (const { signerId } of fresh) stored.add(signerId);
    run.pulse.ring();
    return true;
  }

  return {
    prepare,
    retire: (run, key, approval, age) =>
      lock(run.subject.keyId, async () => {
        if (run.retired === null) await retire(run, key, approval, age);
      }),
    async gather(run) {
      // One at a time for each request; whoever is at it takes what has come in the meantime.
      if (run.storing) return;
      run.storing = true;
      try {
        while (await storeMore(run));
      } catch (error) {
        if (!isRefusal(error)) events.failed('storing tombstones', error);
        throw error;
      } finally {
        run.storing = false;
      }
    },
  };
}
