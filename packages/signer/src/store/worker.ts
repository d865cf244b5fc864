/**
 * The store's thread: one database, one message at a time.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { headOf } from './audit.ts';
import { openDatabase } from './database.ts';
import { keepHeads } from './heads.ts';
import type { Answer, Question } from './messages.ts';
import { StoreRefusal } from './refuse.ts';
import { perform } from './transactions.ts';

const port = parentPort;
if (port === null) throw new Error('this is a worker’s entry');
const db = openDatabase((workerData as { readonly path: string }).path);

port.on('message', (question: Question) => {
  if (question.kind === 'close') {
    keepLast(question.heads);
    db.close();
    port.close();
    return;
  }
  port.postMessage({ id: question.id, ...answer(question) } satisfies Answer);
});
port.postMessage({ id: 0, ok: true, result: null, audit: headOf(db) } satisfies Answer);

/** A head that is not kept now is said again after the next start. */
function keepLast(heads: Parameters<typeof keepHeads>[1]): void {
  try {
    db.atomically(() => keepHeads(db, heads));
  } catch {
    // A full disk does not keep a signer from stopping.
  }
}

function answer(question: Exclude<Question, { kind: 'close' }>): Omit<Extract<Answer, { ok: true }>, 'id'> | Omit<Extract<Answer, { ok: false }>, 'id'> {
  try {
    return { ok: true, ...perform(db, question) };
  } catch (error) {
    if (error instanceof StoreRefusal) return { ok: false, refused: { code: error.code, detail: error.detail }, text: '' };
    return { ok: false, refused: null, text: error instanceof Error ? error.message : 'unknown' };
  }
}
