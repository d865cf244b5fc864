/**
 * Copies a text, and says whether it worked.
 *
 * @module
 */
import { type ReactNode, useState } from 'react';

export function Copy({ what, text }: { readonly what: string; readonly text: () => string }): ReactNode {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid('Copied.');
    } catch {
      setSaid('The browser did not allow it.');
    }
  };
  return (
    <>
      <button type="button" className="second small" onClick={() => void copy()}>
        Copy <span className="hidden">the {what}</span>
      </button>{' '}
      <span aria-live="polite" className="quiet">
        {said}
      </span>
    </>
  );
}
