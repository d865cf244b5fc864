/**
 * The whole page: who is signed in, and which place is shown.
 *
 * @module
 */
import { type ReactNode, useCallback, useState } from 'react';
import type { Settings } from '../config.ts';
import { hashOf } from '../place.ts';
import type { Session } from '../session.ts';
import { sentenceOf } from '../words.ts';
import { ExportPage } from './export-page.tsx';
import { Notice } from './notice.tsx';
import { SignIn } from './sign-in.tsx';
import { usePlace } from './use-place.ts';
import { WalletPage } from './wallet-page.tsx';
import { Wallets } from './wallets.tsx';

export function App({ settings }: { readonly settings: Settings }): ReactNode {
  const [session, setSession] = useState<Session | null>(null);
  const [said, setSaid] = useState<string | null>(null);

  const enter = useCallback((entered: Session) => {
    setSaid(null);
    setSession(entered);
  }, []);
  /** Without a session nothing of it stays: pages and what they hold are gone from the document. */
  const leave = useCallback((why: string) => {
    setSession(null);
    setSaid(why);
  }, []);
  const signOut = async (): Promise<void> => {
    if (session === null) return;
    setSession(null);
    try {
      await session.signOut();
      setSaid('You are signed out.');
    } catch (error) {
      setSaid(`This page has forgotten your session, but the API may not have: it ends within the hour. ${sentenceOf(error)}`);
    }
  };

  return (
    <>
      <header>
        <a className="brand" href={hashOf({ at: 'wallets' })}>
          Quorate
        </a>
        {session !== null && (
          <div className="who">
            <span className="name" title={session.username}>
              {session.username}
            </span>
            <button type="button" className="quiet" onClick={() => void signOut()}>
              Sign out
            </button>
          </div>
        )}
      </header>
      <main>
        {session === null ? (
          <>
            {said !== null && <Notice kind="plain">{said}</Notice>}
            <SignIn settings={settings} onSignedIn={enter} />
          </>
        ) : (
          <Page session={session} onEnded={leave} />
        )}
      </main>
      <footer>
        Organisation <code>{settings.orgId}</code>
      </footer>
    </>
  );
}

function Page({ session, onEnded }: { readonly session: Session; readonly onEnded: (why: string) => void }): ReactNode {
  const place = usePlace();
  switch (place.at) {
    case 'wallets':
      return <Wallets session={session} onEnded={onEnded} />;
    case 'wallet':
      return <WalletPage key={place.id} session={session} id={place.id} onEnded={onEnded} />;
    case 'export':
      return <ExportPage key={place.id} session={session} id={place.id} onEnded={onEnded} />;
  }
}
