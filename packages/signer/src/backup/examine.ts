/**
 * Whether what came out of a backup is a whole signer: each sealed blob opens, each share is the one of its key's
 * certificate, and each statement is signed by whom it says. Shares are looked at in Rust; none comes out.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { keysOf, verifyBySigner, verifyKeyCertificate } from '@quorate/authority';
import { publicNkey } from '@quorate/daemon';
import type { Identity, Vault } from '@quorate/mpc';
import { canonicalJson, type Genesis, hex, isRefusal, type KeyCertificateBody, type Signed } from '@quorate/wire';
import { readTrailOfStore } from '../audit/trail.ts';
import { verifyAudit } from '../audit/verify.ts';
import { approvedFileIn, filesIn } from '../files.ts';
import { idIn, keysIn, openIdentity, openNext, sameKeys } from '../identities.ts';
import { primesContext } from '../init.ts';
import { createSelf, type Self } from '../self.ts';
import { ackOf } from '../store/acts.ts';
import { headOf } from '../store/audit.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { exportOf, lacking, requestOf, retirementsAfter } from '../store/exports.ts';
import { keyOf } from '../store/keys.ts';
import { certifiedInTrail } from '../store/restore.ts';
import type { BackupHeader } from './header.ts';
import { stateIn } from './state.ts';

/** What does not hold, and which one of these. */
export interface Finding {
  readonly what:
    | 'identity'
    | 'approval'
    | 'nkey'
    | 'primes'
    | 'database'
    | 'header'
    | 'acts'
    | 'roster'
    | 'aux info'
    | 'acknowledgement'
    | 'key'
    | 'export'
    | 'audit';
  readonly name: string;
}

export interface Examined {
  readonly holds: boolean;
  /** Of what was looked at, whether it holds or not. */
  readonly counts: Readonly<Record<'acts' | 'acknowledgements' | 'shares' | 'retiredKeys' | 'releases' | 'auditEntries' | 'auxInfos' | 'primes', number>>;
  /** The first ones. */
  readonly findings: readonly Finding[];
}

export interface ExamineOptions {
  /** Where everything but the key-encryption key lies. The store is brought to the present schema. */
  readonly dir: string;
  readonly vault: Vault;
  readonly header: BackupHeader;
  readonly genesis: Genesis;
  readonly genesisHash: string;
}

const MAX_FINDINGS = 32;
const PAGE = 64;

export async function examine({ dir, vault, header, genesis, genesisHash }: ExamineOptions): Promise<Examined> {
  const files = filesIn(dir);
  const findings: Finding[] = [];
  const counts = { acts: 0, acknowledgements: 0, shares: 0, retiredKeys: 0, releases: 0, auditEntries: 0, auxInfos: 0, primes: 0 };
  const note = (what: Finding['what'], name: string): void => void (findings.length < MAX_FINDINGS && findings.push({ what, name }));
  /** Whatever goes wrong is a finding: nothing in the store was believed before. */
  async function check(what: Finding['what'], name: string, work: () => unknown): Promise<void> {
    try {
      if ((await work()) === false) note(what, name);
    } catch (error) {
      note(what, `${name}${name === '' ? '' : ': '}${reasonOf(error)}`);
    }
  }
  const done = (): Examined => ({ holds: findings.length === 0, counts, findings });

  const opened: { identity: Identity; next: Identity | null; self: Self }[] = [];
  await check('identity', '', () => {
    const identity = openIdentity(vault, dir);
    const self = createSelf(identity, genesis, genesisHash, () => header.madeAt, idIn(dir, identity));
    opened.push({ identity, next: openNext(vault, dir), self });
    return self.id === header.signerId;
  });
  const [own] = opened;
  if (own === undefined) return done();
  const { identity, next, self } = own;
  await check('approval', '', () => !existsSync(approvedFileIn(dir)) || readFileSync(approvedFileIn(dir), 'utf8').trim() === genesisHash);
  await check('nkey', '', () => void (existsSync(files.nkey) && publicNkey(files.nkey)));
  for (const path of [files.primes, files.sparePrimes]) {
    if (!existsSync(path)) continue;
    counts.primes += 1;
    await check('primes', '', () => vault.checkPrimes(new Uint8Array(readFileSync(path)), primesContext(self.id)));
  }

  await check('database', '', () => isWhole(files.store));
  if (findings.some(({ what }) => what === 'database')) return done();
  const db = openKnown(files.store);
  if (db === null) {
    note('database', 'of another version');
    return done();
  }
  try {
    await check('database', 'genesis', () => {
      const bound = db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'genesis hash'")?.value;
      return bound === genesisHash;
    });
    await check('acts', '', async () => {
      const { head, signerKeys } = await stateIn(db, self);
      self.follow({ genesis, genesisHash, signerKeys });
      counts.acts = head.number;
      if (head.number < certifiedInTrail(db)) note('acts', `fewer than ${certifiedInTrail(db)}`);
      if (head.number !== header.act.number || head.hash !== header.act.hash) note('header', 'act');
    });
    await check('roster', self.id, () => {
      const present = keysOf(self.keys, self.id);
      return present !== null && [identity, next].some((held) => held !== null && sameKeys(present, keysIn(held)));
    });
    for (const { epoch, sealed } of db.all<{ epoch: number; sealed: Uint8Array }>('SELECT epoch, sealed FROM aux')) {
      counts.auxInfos += 1;
      await check('aux info', String(epoch), () => vault.openAux(sealed, { ...self.contextOf('aux'), epoch }));
    }
    await each<{ number: number }>(db, 'SELECT number FROM acks WHERE number > ? ORDER BY number LIMIT ?', 0, 'number', async ({ number }) => {
      counts.acknowledgements += 1;
      await check('acknowledgement', String(number), async () => {
        const held = ackOf(db, { number });
        return held !== null && isAckOf(self, number, held) && (await verifyBySigner(self.keys, 'ack', held.ack, number - 1));
      });
    });
    await each<{ keyId: string }>(db, 'SELECT key_id AS keyId FROM keys WHERE key_id > ? ORDER BY key_id LIMIT ?', '', 'keyId', async ({ keyId }) => {
      await check('key', keyId, async () => {
        if (await checkKey(db, self, vault, keyId)) counts.shares += 1;
      });
    });
    await checkExports(db, self, counts, check);
    await check('audit', '', async () => {
      const trail = readTrailOfStore(files.store, self.id);
      const report = await verifyAudit(trail, { genesis, genesisHash, signerId: self.id, roster: self.keys, complete: false });
      counts.auditEntries = report.entries;
      // That a store was put back before is in its trail, and no fault of the backup.
      for (const { fault, number } of report.findings) if (fault !== 'rolled back') note('audit', `${fault} ${number}`);
      const last = headOf(db);
      if (last.number !== header.audit.number || last.hash !== header.audit.hash) note('header', 'audit');
    });
  } finally {
    db.close();
  }
  return done();
}

type Check = (what: Finding['what'], name: string, work: () => unknown) => Promise<void>;

/** Of our own errors the code; of others the name, for their text may quote anything. */
function reasonOf(error: unknown): string {
  if (isRefusal(error)) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Pages by the column that the rows are ordered by; the work on a page goes on at once. */
async function each<Row extends object>(db: Database, sql: string, first: number | string, by: keyof Row, work: (row: Row) => Promise<void>): Promise<void> {
  for (let after: number | string = first; ; ) {
    const rows: Row[] = db.all<Row>(sql, after, PAGE);
    const last = rows.at(-1);
    if (last === undefined) return;
    await Promise.all(rows.map(work));
    after = last[by] as number | string;
  }
}

/** `null` for a schema that is not known here. */
function openKnown(path: string): Database | null {
  try {
    return openDatabase(path);
  } catch {
    return null;
  }
}

/** SQLite's own check of every page and index, and of what refers to what. */
function isWhole(path: string): boolean {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const [found] = db.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
    return found?.integrity_check === 'ok' && db.prepare('PRAGMA foreign_key_check').get() === undefined;
  } finally {
    db.close();
  }
}

const isAckOf = ({ id, genesisHash }: Self, number: number, { head, ack }: NonNullable<ReturnType<typeof ackOf>>): boolean =>
  ack.signerId === id && ack.body.genesisHash === genesisHash && ack.body.number === number && ack.body.head === head;

/** Whether there is a share yet. @throws where it, or what says whose it is, does not hold */
async function checkKey(db: Database, self: Self, vault: Vault, keyId: string): Promise<boolean> {
  const key = keyOf(db, { keyId });
  if (key === null || key.state === 'begun') return false;
  const body: KeyCertificateBody = key.body;
  const own: Signed<'certificate'> = { body, ...key.signature };
  if (body.keyId !== keyId || own.signerId !== self.id) throw new Error('a key of another row');
  if (!(await verifyBySigner(self.keys, 'certificate', own, 0))) throw new Error('a signature');
  if (key.state === 'usable') {
    if (canonicalJson(key.certificate.body) !== canonicalJson(body)) throw new Error('another certificate');
    await verifyKeyCertificate(self.keys, key.certificate);
  }
  await vault.checkShare({
    sealedShare: key.sealedShare,
    context: self.contextOf(keyId),
    rank: self.index,
    publicKey: hex.decode(body.publicKey),
    publicShares: body.publicShares.map((share) => hex.decode(share)),
  });
  return true;
}

/** A retired key has the statement that says so, and a release is of the ciphertext beside it. */
async function checkExports(db: Database, self: Self, counts: { retiredKeys: number; releases: number }, check: Check): Promise<void> {
  const explained = new Set<string>();
  for (let after = ''; ; ) {
    const challenges = retirementsAfter(db, { after, limit: PAGE });
    const last = challenges.at(-1);
    if (last === undefined) break;
    for (const challenge of challenges) {
      await check('export', challenge, async () => {
        const request = requestOf(db, { challenge });
        if (request === null) return false;
        explained.add(request.keyId);
        const from = Number(request.evidence.statement.headNumber);
        for (const statement of request.statements) {
          const { body } = statement;
          if (body.keyId !== request.keyId || body.challenge !== challenge || !(await verifyBySigner(self.keys, 'tombstone', statement, from))) return false;
        }
        const given = exportOf(db, request);
        if (given === null || given.released === null) return true;
        counts.releases += 1;
        const hash = createHash('sha256').update(given.ciphertext).digest('hex');
        return given.released.release.body.ciphertextHash === hash && (await verifyBySigner(self.keys, 'release', given.released.release, 0));
      });
    }
    after = last;
  }
  for (const { challenge } of lacking(db, { signerId: self.id })) await check('export', challenge, () => false);
  for (const { keyId } of db.all<{ keyId: string }>('SELECT key_id AS keyId FROM tombstones')) {
    counts.retiredKeys += 1;
    if (!explained.has(keyId)) await check('export', keyId, () => false);
  }
  for (const { keyId } of db.all<{ keyId: string }>("SELECT DISTINCT detail ->> 'keyId' AS keyId FROM audit WHERE event = 'key retired'"))
    await check('export', keyId, () => db.get('SELECT key_id FROM tombstones WHERE key_id = ?', keyId) !== undefined);
}
