/**
 * The steps of an export while it runs, and where it stopped.
 *
 * @module
 */
import { type ReactNode, useEffect, useRef } from 'react';
import { type Ceremony, type Fate, type Task, tasks } from '../export/ceremony.ts';
import { Code } from './failure.tsx';
import { Notice } from './notice.tsx';

type Running = Extract<Ceremony, { at: 'working' | 'stopped' }>;

const taskWords: Readonly<Record<Task, string>> = {
  check: 'Check the wallet against what the signers signed',
  passkey: 'Sign with your passkey',
  signers: 'The signers retire the key and release their shares',
  recover: 'Open the shares, check each, and put the key together',
};

const fateWords: Readonly<Record<Fate, string>> = {
  untouched: 'The key was not touched and signs as before.',
  retired: 'The signers have retired the key. Trying again goes on with the same export.',
  unknown: 'It is not known whether the signers have retired the key. Trying again goes on with the same export.',
};

export function ExportProgress({ now, onRetry, back }: { readonly now: Running; readonly onRetry: () => void; readonly back: string }): ReactNode {
  const list = useRef<HTMLOListElement>(null);
  // The form that had the focus is gone.
  useEffect(() => list.current?.focus(), []);
  const reached = tasks.indexOf(now.task);
  return (
    <>
      <ol className="steps" ref={list} tabIndex={-1} aria-label="Steps of the export">
        {tasks.map((task, i) => {
          const mark = i < reached ? 'done' : i > reached ? 'later' : now.at === 'working' ? 'now' : 'stopped';
          return (
            <li key={task} className={mark} aria-current={mark === 'now' ? 'step' : undefined}>
              {taskWords[task]}
              <span className="hidden">{{ done: ': done', later: ': not yet', now: ': under way', stopped: ': stopped' }[mark]}</span>
            </li>
          );
        })}
      </ol>
      <div aria-live="polite" className="quiet">
        {now.at === 'working' && `${taskWords[now.task]}…`}
      </div>
      {now.at === 'stopped' && (
        <>
          <Notice kind="bad">
            <p>
              {now.why} <Code of={now.code} />
            </p>
            <p>{fateWords[now.fate]}</p>
          </Notice>
          <div className="actions">
            <button type="button" onClick={onRetry}>
              Try again
            </button>
            <a href={back}>Back to the wallet</a>
          </div>
        </>
      )}
    </>
  );
}
