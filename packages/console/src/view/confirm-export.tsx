/**
 * What an export means, and the confirmation that this wallet is meant.
 *
 * @module
 */
import type { ReactNode } from 'react';
import { isConfirmed } from '../export/ceremony.ts';
import { phraseOf, type Wallet } from '../wallet.ts';

export interface ConfirmExportProps {
  readonly wallet: Wallet;
  readonly typed: string;
  readonly onTyped: (text: string) => void;
  readonly onConfirmed: () => void;
  readonly back: string;
}

export function ConfirmExport({ wallet, typed, onTyped, onConfirmed, back }: ConfirmExportProps): ReactNode {
  const phrase = phraseOf(wallet);
  const confirmed = isConfirmed(phrase, typed);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (confirmed) onConfirmed();
      }}
    >
      <Consequences wallet={wallet} />
      <label htmlFor="phrase">
        To go on, type <strong className="phrase">{phrase}</strong>
      </label>
      <input
        id="phrase"
        type="text"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => onTyped(target.value)}
      />
      <div className="actions">
        <button type="submit" className="danger" disabled={!confirmed}>
          {wallet.exported ? 'Export again with a passkey' : 'Retire and export with a passkey'}
        </button>
        <a href={back}>Cancel</a>
      </div>
    </form>
  );
}

function Consequences({ wallet: { exported } }: Pick<ConfirmExportProps, 'wallet'>): ReactNode {
  return (
    <ul className="consequences">
      {exported ? (
        <li>The signers have retired this key already. Exporting it again gives you its private key once more and changes nothing else.</li>
      ) : (
        <>
          <li>
            <strong>The signers never sign with this key again.</strong> Each of them gives it up for good before it hands over its share. Nobody can undo this.
          </li>
          <li>All other wallets on the same key stop signing too.</li>
        </>
      )}
      <li>The private key is put together in this page, from shares that only this page can open. Neither the API nor anyone on the way sees it.</li>
      <li>
        <strong>It is shown once.</strong> Leaving, reloading or closing this page loses it; you can then export again. From then on whoever has the private key
        has the money.
      </li>
    </ul>
  );
}
