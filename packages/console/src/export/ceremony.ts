/**
 * An export as a state machine: what the page shows, and what may come next. No secret is in here; `conduct.ts` drives
 * it and keeps what is secret.
 *
 * @module
 */
import { isRefusal } from '@quorate/wire';
import { codeOf, sentenceOf } from '../words.ts';
import type { Outcome, ReceiptState } from './outcome.ts';

/** In this order. */
export const tasks = ['check', 'passkey', 'signers', 'recover'] as const;
export type Task = (typeof tasks)[number];

/** What has become of the key when an export stops on its way. */
export type Fate = 'untouched' | 'retired' | 'unknown';

export type Ceremony =
  | { readonly at: 'confirming'; readonly typed: string }
  | { readonly at: 'working'; readonly task: Task }
  | { readonly at: 'stopped'; readonly task: Task; readonly why: string; readonly code: string | null; readonly fate: Fate }
  | { readonly at: 'recovered'; readonly outcome: Outcome; readonly receipt: ReceiptState };

export type Event =
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'reached'; readonly task: Task }
  | { readonly kind: 'stopped'; readonly task: Task; readonly error: unknown; readonly retiredBefore: boolean }
  | { readonly kind: 'recovered'; readonly outcome: Outcome }
  | { readonly kind: 'receipt'; readonly receipt: ReceiptState };

export const begin: Ceremony = { at: 'confirming', typed: '' };

/** What comes late changes nothing: nothing leads back from a recovered key. */
export function step(now: Ceremony, event: Event): Ceremony {
  switch (event.kind) {
    case 'typed':
      return now.at === 'confirming' ? { at: 'confirming', typed: event.text } : now;
    case 'reached':
      return now.at === 'recovered' ? now : { at: 'working', task: event.task };
    case 'stopped': {
      if (now.at !== 'working') return now;
      const { task, error, retiredBefore } = event;
      return { at: 'stopped', task, why: sentenceOf(error), code: codeOf(error), fate: retiredBefore ? 'retired' : fateOf(task, error) };
    }
    case 'recovered':
      return now.at === 'working' ? { at: 'recovered', outcome: event.outcome, receipt: { is: 'fetching' } } : now;
    case 'receipt':
      return now.at === 'recovered' ? { ...now, receipt: event.receipt } : now;
  }
}

/** Names and ids letter by letter; addresses in hex in either case, as people copy them. */
export function isConfirmed(phrase: string, typed: string): boolean {
  const text = typed.trim();
  return text === phrase || (/^0x[0-9a-f]{40}$/i.test(phrase) && text.toLowerCase() === phrase.toLowerCase());
}

/**
 * As far as can be known here. Before the user has signed, nothing can have happened; after that the answer says so, and
 * without an answer it may have.
 */
export function fateOf(task: Task, error: unknown): Fate {
  switch (task) {
    case 'check':
    case 'passkey':
      return 'untouched';
    case 'signers':
      if (!isRefusal(error)) return 'unknown';
      if (error.code === 'export/unfinished') return 'retired';
      return error.status < 500 || error.code === 'export/undecided' ? 'untouched' : 'unknown';
    case 'recover':
      return 'retired';
  }
}
