/**
 * The store's thread: one database, one message at a time.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import type { Answer, Question } from './messages.ts';
import { StoreRefusal } from './refuse.ts';
import { perform } from './transactions.ts';

const port = parentPort;
if (port === null) throw new Error('this is a worker’s entry');
const db = openDatabase((workerData as { readonly path: string }).path);

port.on('message', (question: Question) => {
  if (question.kind === 'close') {
    db.close();
    port.close();
    return;
  }
  port.postMessage({ id: question.id, ...answer(question) } satisfies Answer);
});
port.postMessage({ id: 0, ok: true, result: null } satisfies Answer);

function answer(question: Exclude<Question, { kind: 'close' }>): Omit<Extract<Answer, { ok: true }>, 'id'> | Omit<Extract<Answer, { ok: false }>, 'id'> {
  try {
    return { ok: true, result: perform(db, question.kind, question.name, question.args as never) };
  } catch (error) {
    if (error instanceof StoreRefusal) return { ok: false, refused: { code: error.code, detail: error.detail }, text: '' };
    return { ok: false, refused: null, text: error instanceof Error ? error.message : 'unknown' };
  }
}
