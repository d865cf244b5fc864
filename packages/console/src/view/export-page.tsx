/**
 * The export ceremony: what will happen, the confirmation, each step, and the key, once.
 *
 * @module
 */
import { getWallet } from '@quorate/wire';
import { type ReactNode, useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { begin, step } from '../export/ceremony.ts';
import { conductExport, type Conductor } from '../export/conduct.ts';
import { hashOf } from '../place.ts';
import { titleOf, type Wallet, whyNotExportable } from '../wallet.ts';
import { ConfirmExport } from './confirm-export.tsx';
import { ExportProgress } from './export-progress.tsx';
import { Failure } from './failure.tsx';
import { Heading } from './heading.tsx';
import { Notice } from './notice.tsx';
import { RecoveredKey } from './recovered-key.tsx';
import { useLoad } from './use-load.ts';
import type { OfWallet } from './wallet-page.tsx';

export function ExportPage({ session, id, onEnded }: OfWallet): ReactNode {
  const load = useCallback(() => session.reader.call(getWallet, { params: { walletId: id } }), [session, id]);
  const loaded = useLoad(load);
  const back = hashOf({ at: 'wallet', id });
  switch (loaded.is) {
    case 'loading':
      return <Heading title="Export" />;
    case 'failed':
      return (
        <section>
          <Heading title="Export" />
          <Failure error={loaded.error} onEnded={onEnded} />
        </section>
      );
    case 'ready': {
      const why = whyNotExportable(loaded.value);
      return (
        <section>
          <Heading title={`Export ${titleOf(loaded.value)}`} />
          {why === null ? <Ceremony session={session} wallet={loaded.value} back={back} /> : <NotOffered why={why} back={back} />}
        </section>
      );
    }
  }
}

const NotOffered = ({ why, back }: { readonly why: string; readonly back: string }): ReactNode => (
  <>
    <Notice kind="plain">{why}</Notice>
    <a href={back}>Back to the wallet</a>
  </>
);

function Ceremony({ session, wallet, back }: Pick<OfWallet, 'session'> & { readonly wallet: Wallet; readonly back: string }): ReactNode {
  const [now, dispatch] = useReducer(step, begin);
  const conductor = useConductor(() => conductExport({ session, walletId: wallet.id, emit: dispatch }));
  const [saved, setSaved] = useState(false);
  useWarningBeforeLeaving(now.at === 'working' || (now.at === 'recovered' && !saved));

  const finish = (): void => {
    conductor.close();
    window.location.hash = back;
  };
  const run = (): void => void conductor.run();

  switch (now.at) {
    case 'confirming':
      return <ConfirmExport wallet={wallet} typed={now.typed} onTyped={(text) => dispatch({ kind: 'typed', text })} onConfirmed={run} back={back} />;
    case 'working':
    case 'stopped':
      return <ExportProgress now={now} onRetry={run} back={back} />;
    case 'recovered':
      return <RecoveredKey wallet={wallet} now={now} conductor={conductor} onSaved={() => setSaved(true)} onFinished={finish} />;
  }
}

/** One for the life of the page; what it holds is wiped when the page goes. */
function useConductor(make: () => Conductor): Conductor {
  const [conductor] = useState(make);
  const held = useRef(conductor);
  useEffect(() => {
    const { current } = held;
    return () => current.close();
  }, []);
  return conductor;
}

/** Browsers ask in words of their own. */
function useWarningBeforeLeaving(wanted: boolean): void {
  useEffect(() => {
    if (!wanted) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [wanted]);
}
