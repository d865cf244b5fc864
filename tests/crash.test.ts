/**
 * The process is killed right after every durable step of an export, one after the other, and started again: no
 * ciphertext before a quorum of tombstones, no contribution after one's own, and no export that cannot be finished.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExportContext } from '@quorate/client';
import type { ExportAnswer } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf, wholeExport } from './support/network.ts';
import { type Child, startChild, storedFor } from './support/crash.ts';

const QUORUM = 3;
let root: string;
/** A network with one unused wallet, copied for every run. */
let base: string;
let wallet: { id: string; signingKey: { id: string; publicKey: string } };
let steps: readonly string[];

const adminOf = ({ ready }: Child) => clientOf({ url: ready.url, admin: ready.admin }, ready.admin);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-crash-'));
  base = join(root, 'base');
  const child = await startChild(base);
  wallet = await adminOf(child).wallets.createWallet({ body: { network: 'KeyECDSA' } });
  await child.stop();
  // One export that nobody interrupts tells how many steps there are.
  const dir = join(root, 'whole');
  await cp(base, dir, { recursive: true });
  const whole = await startChild(dir);
  await whole.arm();
  await adminOf(whole).wallets.exportWallet({ walletId: wallet.id, body: createExportContext().request() as never });
  await whole.stop();
  steps = [...whole.steps];
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('an export has durable steps at the signers: a tombstone and a release each', () => {
  expect(steps.filter((step) => step.endsWith('/tombstone'))).toHaveLength(5);
  expect(steps.filter((step) => step.endsWith('/release')).length).toBeGreaterThanOrEqual(QUORUM);
});

const every = Number(process.env['QUORATE_CRASH_EVERY'] ?? 1);

describe('an export in a process that is killed after a durable step', () => {
  test('at every one of them keeps every promise', { timeout: 900_000 }, async () => {
    for (let killAt = 1; killAt <= steps.length; killAt += every) await runKilledAt(killAt);
  });
});

async function runKilledAt(killAt: number): Promise<void> {
  const dir = join(root, `killed-${killAt}`);
  await cp(base, dir, { recursive: true });
  const context = createExportContext();
  const { encryptionKey } = context.request();
  const first = await startChild(dir, killAt);
  await first.arm();
  const attempt = adminOf(first)
    .wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })
    .then(
      (answer) => answer as unknown as ExportAnswer,
      () => null,
    );
  const outcome = await Promise.race([first.exited, attempt.then(() => 'answered' as const)]);
  if (outcome === 'answered') await first.stop();
  const answer = await attempt;
  const where = `killed at ${killAt}, ${first.steps.at(-1)}`;

  const left = storedFor(dir, wallet.signingKey.id, encryptionKey);
  // No ciphertext leaves before q tombstones: neither as a stored release nor in an answer.
  if (left.released > 0 || answer !== null) expect(left.tombstones, where).toBeGreaterThanOrEqual(QUORUM);

  const second = await startChild(dir);
  const client = adminOf(second);
  // Signers tell each other their tombstones when they start; what they then hold decides.
  const settled = await until(
    () => storedFor(dir, wallet.signingKey.id, encryptionKey),
    (now) => now.tombstones === 0 || now.tombstones >= QUORUM,
  );
  const signature = client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: '44'.repeat(32) } });
  if (settled.tombstones >= QUORUM) {
    await expect(signature, where).rejects.toMatchObject({ httpStatus: 403 });
    // Every user action has a challenge of its own, so this is the retry under a new one.
    const given = (await client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })) as unknown as ExportAnswer;
    const retried = await wholeExport(second.ready, second.ready.admin, `/wallets/${wallet.id}/export`, given);
    const ciphertexts = retried.encryptedKeyShares.map((share) => share.encryptedKeyShare);
    for (const ciphertext of left.ciphertexts) expect(ciphertexts, where).toContain(ciphertext);
    for (const share of answer?.encryptedKeyShares ?? []) expect(retried.encryptedKeyShares, where).toContainEqual(share);
    const { secret } = await context.recover(retried, { ...second.ready, expectedPublicKey: wallet.signingKey.publicKey });
    secret.wipe();
  } else {
    expect((await signature).status, where).toBe('Signed');
  }
  await second.stop();
  await rm(dir, { recursive: true, force: true });
}

async function until<T>(read: () => T, good: (value: T) => boolean, timeoutMs = 60_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = read();
    if (good(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
