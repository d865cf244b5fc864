/**
 * An audit trail outside its signer: written out as JSON lines, and read back from such a file or from a store.
 *
 * The first line names organisation and signer, then one line for each entry, and the last line is the signed head. Each
 * line has exactly one form, so that no byte of the file can change unnoticed.
 *
 * @module
 */
import { DatabaseSync } from 'node:sqlite';
import { type Genesis, type Signed, SignedAuditHead, SignerId } from '@quorate/wire';
import * as z from 'zod';
import { exists, filesIn } from '../files.ts';
import { idIn, openIdentity } from '../identities.ts';
import { type Mpc, realMpc } from '../mpc.ts';
import { createSelf } from '../self.ts';
import type { AuditRow } from './rows.ts';

/** A trail as it was found. */
export interface Trail {
  /** Whose it says it is; `null` where the file does not say so in the form it should. */
  readonly signerId: SignerId | null;
  readonly genesisHash: string | null;
  readonly rows: readonly AuditRow[];
  /** The signed heads that came with it: its own, and from a store also those of its peers. */
  readonly heads: readonly Signed<'auditHead'>[];
  /** Lines that are not what a written-out trail consists of, from 1. */
  readonly malformed: readonly number[];
}

const VERSION = 'quorate/audit/v1';
const First = z.strictObject({ v: z.literal(VERSION), genesisHash: z.string(), signerId: SignerId });
const Row = z.strictObject({ number: z.int(), time: z.int(), event: z.string(), detail: z.string(), hash: z.string() });
const Last = z.strictObject({ head: SignedAuditHead });

const firstLine = (genesisHash: string, signerId: SignerId): string => JSON.stringify({ v: VERSION, genesisHash, signerId });
const rowLine = ({ number, time, event, detail, hash }: AuditRow): string => JSON.stringify({ number, time, event, detail, hash });
const lastLine = ({ body: b, signerId, signature }: Signed<'auditHead'>): string =>
  JSON.stringify({
    head: {
      body: { genesisHash: b.genesisHash, number: b.number, hash: b.hash, actNumber: b.actNumber, actHash: b.actHash, time: b.time },
      signerId,
      signature,
    },
  });

/** Opens a store's file for reading alone, so that it can be read while its signer runs. */
function rowsOf<T>(path: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

const auditRows = (db: DatabaseSync): AuditRow[] =>
  db.prepare('SELECT number, time, event, detail, hash FROM audit ORDER BY number').all() as unknown as AuditRow[];

/** Reads the trail that lies in a store's file, with the signed heads kept beside it. */
export function readTrailOfStore(path: string, signerId: SignerId): Trail {
  return rowsOf(path, (db) => ({
    signerId,
    genesisHash: (db.prepare("SELECT value FROM settings WHERE name = 'genesis hash'").get() as { value: string } | undefined)?.value ?? null,
    rows: auditRows(db),
    heads: keptHeads(db),
    malformed: [],
  }));
}

const keptHeads = (db: DatabaseSync): Signed<'auditHead'>[] =>
  (db.prepare('SELECT head FROM audit_heads ORDER BY signer_id').all() as { head: string }[]).flatMap(({ head }) => {
    const read = SignedAuditHead.safeParse(jsonOf(head));
    return read.success ? [read.data] : [];
  });

/** The heads of all signers that a store has kept: what another signer's trail is verified against. */
export const readKeptHeads = (path: string): readonly Signed<'auditHead'>[] => rowsOf(path, keptHeads);

export interface WriteTrailOptions {
  /** The signer's directory. It may be running. */
  readonly dir: string;
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly now?: () => number;
  readonly mpc?: Mpc;
}

/** The lines of a signer's trail, each without its line break, with a head signed now. @throws where there is no store */
export function* trailLines({ dir, genesis, genesisHash, now = Date.now, mpc = realMpc }: WriteTrailOptions): Generator<string> {
  const files = filesIn(dir);
  if (!exists(files.store)) throw new Error('There is no store in this directory.');
  const identity = openIdentity(mpc.openVault(files.key), dir);
  const self = createSelf(identity, genesis, genesisHash, now, idIn(dir, identity));
  const { rows, act } = rowsOf(files.store, (db) => ({
    rows: auditRows(db),
    act: db.prepare('SELECT number, head FROM acts ORDER BY number DESC LIMIT 1').get() as { number: number; head: string } | undefined,
  }));
  yield firstLine(genesisHash, self.id);
  for (const row of rows) yield rowLine(row);
  const last = rows.at(-1) ?? { number: 0, hash: '0'.repeat(64) };
  const body = { genesisHash, number: last.number, hash: last.hash, actNumber: act?.number ?? 0, actHash: act?.head ?? genesisHash, time: now() };
  yield lastLine(self.sign('auditHead', body));
}

/** Reads what {@link trailLines} wrote, one line break after each line. */
export function parseTrail(text: string): Trail {
  const lines = text.split('\n');
  const malformed: number[] = [];
  // What follows the last line break is nothing.
  if (lines.pop() !== '') malformed.push(lines.length + 1);
  const at = <T>(index: number, schema: z.ZodType<T>, write: (value: T) => string): T | null => {
    const line = lines[index] ?? '';
    const read = schema.safeParse(jsonOf(line));
    if (read.success && write(read.data) === line) return read.data;
    malformed.push(index + 1);
    return null;
  };
  const first = at(0, First, ({ genesisHash, signerId }) => firstLine(genesisHash, signerId));
  const rows: AuditRow[] = [];
  for (let index = 1; index < lines.length - 1; index++) {
    const row = at(index, Row, rowLine);
    if (row !== null) rows.push(row);
  }
  const last = at(Math.max(1, lines.length - 1), Last, ({ head }) => lastLine(head));
  return { signerId: first?.signerId ?? null, genesisHash: first?.genesisHash ?? null, rows, heads: last === null ? [] : [last.head], malformed };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
