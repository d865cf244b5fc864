/**
 * The receipt of an export: verified here, and offered as a file.
 *
 * @module
 */
import { type ReactNode, useId } from 'react';
import type { ReceiptState } from '../export/outcome.ts';
import { Notice } from './notice.tsx';

export interface ReceiptPartProps {
  readonly receipt: ReceiptState;
  readonly onSave: () => void;
  readonly onRetry: () => void;
}

export function ReceiptPart({ receipt, onSave, onRetry }: ReceiptPartProps): ReactNode {
  const label = useId();
  return (
    <section aria-labelledby={label}>
      <h3 id={label}>Receipt</h3>
      <p className="quiet">
        One file that shows anyone, offline, who asked for this export, who released, and how many signers have retired the key. It holds no secret.
      </p>
      <Body receipt={receipt} onSave={onSave} onRetry={onRetry} />
    </section>
  );
}

function Body({ receipt, onSave, onRetry }: ReceiptPartProps): ReactNode {
  switch (receipt.is) {
    case 'fetching':
      return <p aria-live="polite">Fetching the receipt…</p>;
    case 'missing':
      return (
        <>
          <Notice kind="warning">{receipt.why}</Notice>
          <button type="button" className="second" onClick={onRetry}>
            Fetch the receipt again
          </button>
        </>
      );
    case 'ready': {
      const { claims, retired } = receipt.verified;
      return (
        <>
          <Notice kind="good">
            Verified here: {retired.signers.length} of {retired.of} signers have retired the key.
          </Notice>
          <button type="button" className="second" onClick={onSave}>
            Download the receipt
          </button>
          <details>
            <summary>What it proves, and what it does not</summary>
            <ul className="claims">
              {claims.map(({ id, claim, proven, by }) => (
                <li key={id}>
                  <strong>{proven ? 'Proven' : 'Not proven'}:</strong> {claim} <span className="quiet">({by})</span>
                </li>
              ))}
            </ul>
          </details>
        </>
      );
    }
  }
}
