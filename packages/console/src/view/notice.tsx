/**
 * Something that the person is told, and screen readers say at once.
 *
 * @module
 */
import type { ReactNode } from 'react';

export type NoticeKind = 'good' | 'plain' | 'warning' | 'bad';

export function Notice({ kind, children }: { readonly kind: NoticeKind; readonly children: ReactNode }): ReactNode {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' || kind === 'warning' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
