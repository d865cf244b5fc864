/**
 * The end of an export: the private key, hidden until it is asked for, the receipt, and what was found on the way.
 *
 * @module
 */
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { Ceremony } from '../export/ceremony.ts';
import type { Conductor } from '../export/conduct.ts';
import { keyFile, receiptFile, saveFile } from '../export/files.ts';
import type { Wallet } from '../wallet.ts';
import { Copy } from './copy.tsx';
import { Notice } from './notice.tsx';
import { ReceiptPart } from './receipt-part.tsx';

export interface RecoveredKeyProps {
  readonly wallet: Wallet;
  readonly now: Extract<Ceremony, { at: 'recovered' }>;
  readonly conductor: Conductor;
  readonly onSaved: () => void;
  readonly onFinished: () => void;
}

export function RecoveredKey({ wallet, now: { outcome, receipt }, conductor, onSaved, onFinished }: RecoveredKeyProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        The key is yours
      </h2>
      <Notice kind="good">
        Put together from {outcome.used} shares, each of them checked; it is the key of this wallet. {retiredWords(outcome.retired)}
      </Notice>
      {[...outcome.liars, ...outcome.unchecked].map((sentence) => (
        <Notice key={sentence} kind="warning">
          {sentence}
        </Notice>
      ))}
      {outcome.others.length > 0 && (
        <Notice kind="warning">
          Wallets on the same key, which stop signing too: <code>{outcome.others.join(', ')}</code>
        </Notice>
      )}
      <PrivateKey wallet={wallet} conductor={conductor} onSaved={onSaved} />
      <ReceiptPart receipt={receipt} onSave={() => save(receiptFile(wallet, conductor.receipt()))} onRetry={() => void conductor.fetchReceipt()} />
      <Finish onFinished={onFinished} />
    </>
  );
}

function PrivateKey({ wallet, conductor, onSaved }: Pick<RecoveredKeyProps, 'wallet' | 'conductor' | 'onSaved'>): ReactNode {
  // The text itself is kept in no state: it stands in the document for as long as it is shown.
  const [shown, setShown] = useState(false);
  const label = useId();
  return (
    <section aria-labelledby={label} className="secret">
      <h3 id={label}>Private key</h3>
      <p>
        <strong>Save it now: leaving, reloading or closing this page loses it.</strong> Whoever sees it can take everything in the wallet.
      </p>
      <output className={shown ? 'key' : 'key hidden-key'} data-testid="private-key">
        {shown ? conductor.reveal() : '•••••••• hidden ••••••••'}
      </output>
      <div className="actions">
        <button type="button" className="second" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </button>
        <button
          type="button"
          className="second"
          onClick={() => {
            save(keyFile(wallet, conductor.reveal()));
            onSaved();
          }}
        >
          Download
        </button>
        <Copy
          what="private key"
          text={() => {
            onSaved();
            return conductor.reveal() ?? '';
          }}
        />
      </div>
      <p className="quiet">
        32 bytes in hex, as wallets import them. What is copied stays in the clipboard until something else is; a downloaded file is not encrypted.
      </p>
    </section>
  );
}

function Finish({ onFinished }: Pick<RecoveredKeyProps, 'onFinished'>): ReactNode {
  const [sure, setSure] = useState(false);
  const id = useId();
  return (
    <form
      className="finish"
      onSubmit={(event) => {
        event.preventDefault();
        onFinished();
      }}
    >
      <label htmlFor={id} className="check">
        <input id={id} type="checkbox" checked={sure} onChange={({ target }) => setSure(target.checked)} /> I have saved the private key
      </label>
      <button type="submit" disabled={!sure}>
        Forget it here and finish
      </button>
    </form>
  );
}

function retiredWords({ held, of }: { readonly held: number; readonly of: number | null }): string {
  return of === null ? '' : `${held} of ${of} signers are proven to have retired it so far.`;
}

const save = (file: ReturnType<typeof keyFile>): void => {
  if (file !== null) saveFile(file);
};
