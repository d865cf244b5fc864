/**
 * Who asked what: the server's own log of user actions that were used (contract §3.8). An entry is written in the
 * transaction that uses the action up, and is the signed request itself, so that nobody has to believe the server.
 *
 * Reads are not in it: nobody signs them.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { AuthorityState } from '@quorate/authority';
import {
  type ActionLogId,
  challengeOf,
  deriveId,
  type Evidence,
  type getAuditLog,
  type listAuditLogs,
  match,
  type QueryOf,
  Refusal,
  type ReplyOfEndpoint,
  SignedAction,
  type TokenId,
} from '@quorate/wire';
import { csvLine } from './csv.ts';
import type { Db } from './db.ts';
import type { ActionLogRow } from './schema.ts';

const HEADER = ['Date Performed', 'Audit Log ID', 'User ID', 'Username', 'Primary Credential ID', 'Action Path', 'Summary'];
const DEFAULT_SPAN_MS = 30 * 86_400_000;
const MAX_SPAN_MS = 366 * 86_400_000;
/** What one answer holds at most, about 20 MB. */
export const MAX_ENTRIES = 100_000;
/** Read and written at a time, so that other calls get their turn in between. */
const PAGE = 1_000;

/** Belongs into the transaction that uses the action up. */
export async function logAction(
  tx: Db,
  { evidence, tokenId, time }: { readonly evidence: Evidence; readonly tokenId: TokenId; readonly time: number },
): Promise<void> {
  const { payload: _, ...signed } = evidence;
  const { statement } = evidence;
  await tx
    .insertInto('action_log')
    .values({
      id: deriveId('al', 0, challengeOf(statement)),
      time,
      user_id: statement.userId,
      token_id: tokenId,
      method: statement.method,
      path: statement.path,
      entry: JSON.stringify(signed satisfies SignedAction),
    })
    .execute();
}

const signedIn = ({ entry }: Pick<ActionLogRow, 'entry'>): SignedAction => SignedAction.parse(JSON.parse(entry));

/** @throws {Refusal} `request/invalid` for a span that ends before it begins, is longer than 366 days or has more than 100,000 entries */
export async function listActions(db: Db, state: AuthorityState, now: number, query: QueryOf<typeof listAuditLogs>): Promise<string> {
  const end = query.endTime ?? now;
  const start = query.startTime ?? end - DEFAULT_SPAN_MS;
  if (end < start || end - start > MAX_SPAN_MS)
    throw new Refusal('request/invalid', { where: 'query', member: 'startTime', longestDays: MAX_SPAN_MS / 86_400_000 });
  const span = db
    .selectFrom('action_log')
    .where('time', '>=', start)
    .where('time', '<=', end)
    .$if(query.userId !== undefined, (rows) => rows.where('user_id', '=', query.userId as NonNullable<typeof query.userId>));
  const beyond = await span.select('seq').orderBy('time').orderBy('seq').offset(MAX_ENTRIES).limit(1).executeTakeFirst();
  if (beyond !== undefined) throw new Refusal('request/invalid', { where: 'query', member: 'startTime', most: MAX_ENTRIES });
  const parts = [csvLine(HEADER)];
  for (let last: Pick<ActionLogRow, 'time' | 'seq'> = { time: start, seq: 0 }; ; ) {
    const { time, seq } = last;
    const rows = await span
      .selectAll()
      .where((eb) => eb(eb.refTuple('time', 'seq'), '>', eb.tuple(time, seq)))
      .orderBy('time')
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    parts.push(rows.map((row) => lineOf(state, row)).join(''));
    last = rows.at(-1) ?? last;
    if (rows.length < PAGE) return parts.join('');
    // An embedded database answers within one turn.
    await setImmediate();
  }
}

function lineOf(state: AuthorityState, row: ActionLogRow): string {
  const { credId } = signedIn(row);
  const username = state.users.get(row.user_id)?.name ?? '';
  return csvLine([new Date(row.time).toISOString(), row.id, row.user_id, username, state.credentials.get(credId)?.uuid ?? '', row.path, summaryOf(row)]);
}

/** Method and what the call does, in the table's words. */
function summaryOf({ method, path }: Pick<ActionLogRow, 'method' | 'path'>): string {
  const about = match(method, path.split('?', 1)[0] ?? '')?.endpoint.about;
  return about === undefined ? method : `${method}: ${about}`;
}

/** @throws {Refusal} `log/unknown` */
export async function showAction(db: Db, state: AuthorityState, id: ActionLogId): Promise<ReplyOfEndpoint<typeof getAuditLog>> {
  const row = await db.selectFrom('action_log').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new Refusal('log/unknown', { id });
  const signed = signedIn(row);
  const { statement, credId, kind, clientData, signature, authenticatorData = null } = signed;
  const credential = state.credentials.get(credId);
  return {
    id: row.id,
    action: `${row.method} ${row.path}`,
    actionToken: challengeOf(statement),
    userId: row.user_id,
    username: state.users.get(row.user_id)?.name ?? null,
    datePerformed: new Date(row.time).toISOString(),
    firstFactorCredential: {
      id: credential?.uuid ?? credId,
      kind,
      publicKey: credential?.publicKey ?? '',
      assertion: { authenticatorData, clientData, signature },
    },
    signed,
    payloadHash: statement.payloadHash,
  };
}
