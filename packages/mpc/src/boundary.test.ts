/**
 * The boundary between JavaScript and Rust: whole protocols of five signers through the addon.
 */
import { spawnSync } from 'node:child_process';
import { createDecipheriv, createECDH, createHash, createPublicKey, ECDH, hkdfSync, randomBytes, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { DkgResult, Identity, SealContext, Session, SessionEvent, SessionSpec, SignResult, Vault } from './index.ts';

process.env['QUORATE_ADDON'] = 'test';
const { buildInfo, createKeyFile, openVault } = await import('./index.ts');

interface Signer {
  readonly vault: Vault;
  readonly identity: Identity;
  readonly context: SealContext;
}

const folder = mkdtempSync(join(tmpdir(), 'quorate-mpc-'));
afterAll(() => rmSync(folder, { recursive: true }));

const all = [0, 1, 2, 3, 4];
const signers: Signer[] = all.map((rank) => {
  const file = join(folder, `kek-${rank}`);
  createKeyFile(file);
  const vault = openVault(file);
  const identity = vault.openIdentity(vault.createIdentity().sealed);
  const context = { org: 'or', key: 'ke', signer: `${rank}`, roster: 'ro', epoch: 0, version: 1 };
  return { vault, identity, context };
});

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

function spec(ranks: readonly number[], self: number): Omit<SessionSpec, 'executionId'> {
  return {
    identity: at(signers, at(ranks, self)).identity,
    parties: ranks.map((index) => ({
      index,
      sealingKey: at(signers, index).identity.publicIdentity.sealingKey,
    })),
    self,
    deadline: Date.now() + 60_000,
  };
}

/** Runs a protocol among `count` parties and delivers at once what they send. */
async function run<R>(count: number, start: (self: number, onEvent: (event: SessionEvent<R>) => void) => Session): Promise<R[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const results = new Map<number, R>();
  const sessions: Session[] = [];
  const receive = (self: number) => (event: SessionEvent<R>) => {
    switch (event.type) {
      case 'message': {
        const broadcast = event.to === 'all';
        for (const [to, session] of sessions.entries()) {
          if (to === self || (!broadcast && event.to !== to)) continue;
          session.push({ from: self, seq: event.seq, broadcast, body: event.body });
        }
        return;
      }
      case 'done':
        results.set(self, event.result);
        if (results.size === count) resolve();
        return;
      case 'failed':
        reject(new Error(`${self}: ${event.code} [${event.culprits.join()}] ${event.detail}`));
        return;
    }
  };
  // Events come in later turns of the loop, when all sessions are there.
  for (let self = 0; self < count; self += 1) sessions.push(start(self, receive(self)));
  await promise;
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}

function dkg(): Promise<DkgResult[]> {
  const executionId = new Uint8Array(randomBytes(32));
  return run(5, (self, onEvent) => {
    const { vault, context } = at(signers, self);
    return vault.startDkg({ ...spec(all, self), executionId, threshold: 3, context }, onEvent);
  });
}

let shares: DkgResult[] = [];
beforeAll(async () => {
  shares = await dkg();
});

/** Contract §9.2, independently: plain ECDH gives x only, so both parities are tried. */
function openEnvelope(owner: ECDH, sealed: Uint8Array): string {
  const [body, tag, point] = [sealed.subarray(0, -49), sealed.subarray(-49, -33), sealed.subarray(-33)];
  const x = owner.computeSecret(point);
  for (const parity of [2, 3]) {
    const shared = new Uint8Array([parity, ...x]);
    const key = new Uint8Array(hkdfSync('sha256', shared, 'DFNS_KEY_IMPORT', 'ENCRYPTION_KEY', 32));
    const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(12)).setAuthTag(tag);
    const plain = decipher.update(body).toString('utf8');
    try {
      return plain + decipher.final('utf8');
    } catch {
      // The other parity, then.
    }
  }
  throw new Error('the envelope does not open');
}

function ownerKey(): { readonly owner: ECDH; readonly encryptionKey: Uint8Array } {
  const owner = createECDH('secp256k1');
  owner.generateKeys();
  return { owner, encryptionKey: new Uint8Array([1, ...owner.getPublicKey(null, 'compressed')]) };
}

test('the build names itself', () => {
  expect(buildInfo()).toMatchObject({ impl: 'cggmp24', implVersion: '0.7.0-alpha.3', testFixtures: true });
});

test('five signers make one key, and each has a share of it', () => {
  expect(new Set(shares.map(({ publicKey }) => publicKey.join())).size).toBe(1);
  for (const { publicKey, publicShares } of shares) {
    expect(publicKey).toHaveLength(33);
    expect(publicShares).toEqual(at(shares, 0).publicShares);
  }
});

test('a released share opens with the owner’s key and fits its public share', async () => {
  const { owner, encryptionKey } = ownerKey();
  for (const [rank, { vault, context }] of signers.entries()) {
    const { sealedShare, publicShares } = at(shares, rank);
    const released = await vault.release({ sealedShare, context, encryptionKey });
    expect(released.encryptedKeyShare).toHaveLength(281);
    expect(released.index).toBe(rank + 1);
    expect(released.publicShare).toEqual(at(publicShares, rank));
    const plain = JSON.parse(openEnvelope(owner, released.encryptedKeyShare));
    expect(Object.keys(plain)).toEqual(['version', 'index', 'secret_share']);
    const share = createECDH('secp256k1');
    share.setPrivateKey(plain.secret_share.scalar, 'hex');
    expect(new Uint8Array(share.getPublicKey(null, 'compressed'))).toEqual(released.publicShare);
  }
});

test('a wrong encryption key, vault or context is refused with its code', async () => {
  const { encryptionKey } = ownerKey();
  const [{ vault, context }, other] = [at(signers, 0), at(signers, 1)];
  const { sealedShare } = at(shares, 0);
  const key = (bytes: Uint8Array) => vault.release({ sealedShare, context, encryptionKey: bytes });
  await expect(key(encryptionKey.subarray(1))).rejects.toMatchObject({ code: 'encryption-key/length' });
  await expect(key(encryptionKey.with(0, 2))).rejects.toMatchObject({ code: 'encryption-key/version' });
  await expect(key(encryptionKey.with(1, 4))).rejects.toMatchObject({ code: 'encryption-key/point' });
  const unreadable = { name: 'MpcError', code: 'blob/unreadable' };
  await expect(other.vault.release({ sealedShare, context, encryptionKey })).rejects.toMatchObject(unreadable);
  const moved = { ...context, epoch: 1 };
  await expect(vault.release({ sealedShare, context: moved, encryptionKey })).rejects.toMatchObject(unreadable);
});

test('three signers sign, and the loop stays free meanwhile', async () => {
  const ranks = [0, 2, 4];
  const auxes = await Promise.all(
    ranks.map((rank) => {
      const { vault, context } = at(signers, rank);
      const auxContext = { ...context, key: '' };
      return vault.openAux(vault.sealFixtureAux(rank, auxContext), auxContext);
    }),
  );
  const message = new Uint8Array(randomBytes(50));
  const digest = new Uint8Array(createHash('sha256').update(message).digest());
  const executionId = new Uint8Array(randomBytes(32));
  const [own, whole] = [process.threadCpuUsage(), process.cpuUsage()];
  const signatures = await run<SignResult>(3, (self, onEvent) => {
    const rank = at(ranks, self);
    const { vault, context } = at(signers, rank);
    const { sealedShare } = at(shares, rank);
    const aux = at(auxes, self);
    return vault.startSign({ ...spec(ranks, self), executionId, sealedShare, context, aux, digest }, onEvent);
  });
  // Of the work, not of the time: how long the loop waits for a core is the scheduler's affair.
  expect(spentSince(own, process.threadCpuUsage())).toBeLessThan(spentSince(whole, process.cpuUsage()) / 4);
  expect(signatures[1]).toEqual(signatures[0]);
  expect(signatures[2]).toEqual(signatures[0]);
  const { r, s } = at(signatures, 0);
  const signature = new Uint8Array([...r, ...s]);
  expect(verify('sha256', message, { key: publicKeyOf(0), dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
});

const spentSince = (before: NodeJS.CpuUsage, now: NodeJS.CpuUsage): number => now.user + now.system - before.user - before.system;

/** The wallet's key as node:crypto takes it. */
function publicKeyOf(rank: number) {
  const point = ECDH.convertKey(at(shares, rank).publicKey, 'secp256k1', undefined, 'hex', 'uncompressed');
  const header = '3056301006072a8648ce3d020106052b8104000a034200';
  return createPublicKey({ key: Buffer.from(`${header}${point}`, 'hex'), format: 'der', type: 'spki' });
}

test('a private message of another session does not open, and its sender is named', async () => {
  const executionId = new Uint8Array(randomBytes(32));
  const { promise, resolve } = Promise.withResolvers<SessionEvent<DkgResult>>();
  const { vault, context } = at(signers, 0);
  const session = vault.startDkg({ ...spec(all, 0), executionId, threshold: 3, context }, (event) => {
    if (event.type !== 'message') resolve(event);
  });
  const { identity } = at(signers, 3);
  const to = at(signers, 0).identity.publicIdentity.sealingKey;
  const body = identity.seal(to, new Uint8Array(), new Uint8Array(), new Uint8Array(40));
  session.push({ from: 9, seq: 0, broadcast: false, body });
  session.push({ from: 0, seq: 0, broadcast: false, body });
  session.push({ from: 3, seq: 0, broadcast: false, body });
  expect(await promise).toMatchObject({ type: 'failed', code: 'decode', culprits: [3] });
});

test('a cancelled session says so', async () => {
  const { promise, resolve } = Promise.withResolvers<SessionEvent<DkgResult>>();
  const { vault, context } = at(signers, 0);
  const executionId = new Uint8Array(randomBytes(32));
  const session = vault.startDkg({ ...spec(all, 0), executionId, threshold: 3, context }, (event) => {
    if (event.type !== 'message') resolve(event);
  });
  session.cancel();
  expect(await promise).toMatchObject({ type: 'failed', code: 'cancelled', culprits: [] });
});

test('identities sign and seal', () => {
  const [{ identity }, { identity: other }] = [at(signers, 0), at(signers, 1)];
  const message = new Uint8Array([1, 2, 3]);
  const spki = Buffer.from('302a300506032b6570032100', 'hex');
  const der = Buffer.concat([spki, identity.publicIdentity.identityKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(verify(null, message, key, identity.sign(message))).toBe(true);
  const [info, aad] = [new Uint8Array([1]), new Uint8Array([2])];
  const sealed = identity.seal(other.publicIdentity.sealingKey, info, aad, message);
  expect(other.open(info, aad, sealed)).toEqual(message);
  expect(() => other.open(aad, info, sealed)).toThrow(expect.objectContaining({ code: 'seal/unreadable' }));
  expect(() => identity.open(info, aad, sealed)).toThrow(expect.objectContaining({ code: 'seal/unreadable' }));
});

test('a share is looked at where it lies: it is the preimage of its public share, or it is told apart', async () => {
  for (const rank of all) {
    const { vault, context } = at(signers, rank);
    const { sealedShare, publicKey, publicShares } = at(shares, rank);
    const check = (change: object) => vault.checkShare({ sealedShare, context, rank, publicKey, publicShares, ...change });
    await expect(check({ rank: (rank + 1) % 5 })).rejects.toMatchObject({ code: 'share/mismatch' });
    await expect(check({ publicKey: at(publicShares, 0) })).rejects.toMatchObject({ code: 'share/mismatch' });
    await expect(check({ publicShares: publicShares.toReversed() })).rejects.toMatchObject({ code: 'share/mismatch' });
    await expect(check({ publicShares: publicShares.slice(1) })).rejects.toMatchObject({ code: 'share/mismatch' });
    await expect(check({ context: { ...context, key: 'another' } })).rejects.toMatchObject({ code: 'blob/unreadable' });
    await expect(check({})).resolves.toBeUndefined();
  }
  const { vault, context } = at(signers, 0);
  await expect(vault.checkPrimes(vault.sealFixturePrimes(0, context), { ...context, signer: 'another' })).rejects.toMatchObject({ code: 'blob/unreadable' });
  await vault.checkPrimes(vault.sealFixturePrimes(0, context), context);
});

test('a key file is private, exact and never overwritten', () => {
  const file = join(folder, 'kek');
  createKeyFile(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => createKeyFile(file)).toThrow(expect.objectContaining({ code: 'key-file/exists' }));
  chmodSync(file, 0o640);
  expect(() => openVault(file)).toThrow(expect.objectContaining({ code: 'key-file/mode' }));
  chmodSync(file, 0o600);
  writeFileSync(file, new Uint8Array(33));
  expect(() => openVault(file)).toThrow(expect.objectContaining({ code: 'key-file/length' }));
  expect(() => openVault(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'key-file/unreadable' }));
});

test('a search for primes reports and stops', async () => {
  const { vault, context } = at(signers, 0);
  const { promise, resolve } = Promise.withResolvers<number>();
  const job = vault.generatePrimes(context, { threads: 1, onProgress: resolve });
  expect(await promise).toBeGreaterThan(0);
  job.cancel();
  await expect(job.result).rejects.toMatchObject({ code: 'cancelled' });
});

test('a waiting session does not keep the process alive', () => {
  const program = `
    import { openVault } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    const vault = openVault(${JSON.stringify(join(folder, 'kek-0'))});
    const identity = vault.openIdentity(vault.createIdentity().sealed);
    const { sealingKey } = identity.publicIdentity;
    const parties = [0, 1, 2].map((index) => ({ index, sealingKey }));
    const context = { org: '', key: '', signer: '', roster: '', epoch: 0, version: 1 };
    const executionId = new Uint8Array(32);
    const deadline = Date.now() + 600_000;
    vault.startDkg({ identity, executionId, parties, self: 0, deadline, threshold: 2, context }, () => {});
  `;
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 100_000 });
  expect({ status, signal }).toEqual({ status: 0, signal: null });
});
