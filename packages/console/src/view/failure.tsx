/**
 * What is shown in place of something that could not be fetched. A session that has ended leads back to the sign-in.
 *
 * @module
 */
import { isRefusal } from '@quorate/wire';
import { type ReactNode, useEffect } from 'react';
import { codeOf, sentenceOf } from '../words.ts';
import { Notice } from './notice.tsx';

export interface FailureProps {
  readonly error: unknown;
  readonly onEnded: (why: string) => void;
}

export function Failure({ error, onEnded }: FailureProps): ReactNode {
  useEffect(() => {
    if (isRefusal(error, 'auth/not-authorized')) onEnded(sentenceOf(error));
  }, [error, onEnded]);
  return (
    <Notice kind="bad">
      {sentenceOf(error)} <Code of={codeOf(error)} />
    </Notice>
  );
}

export const Code = ({ of }: { readonly of: string | null }): ReactNode => of !== null && <code className="code">{of}</code>;
