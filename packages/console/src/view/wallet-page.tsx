/**
 * One wallet: its facts, held against what the signers signed when its key was made.
 *
 * @module
 */
import { getWallet, type WalletId } from '@quorate/wire';
import { type ReactNode, useCallback } from 'react';
import { checkWallet } from '../check-wallet.ts';
import { hashOf } from '../place.ts';
import type { Session } from '../session.ts';
import { titleOf, type Wallet, whyNotExportable } from '../wallet.ts';
import { Copy } from './copy.tsx';
import { Failure } from './failure.tsx';
import { Heading } from './heading.tsx';
import { Notice } from './notice.tsx';
import { State } from './state.tsx';
import { useLoad } from './use-load.ts';

export interface OfWallet {
  readonly session: Session;
  readonly id: WalletId;
  readonly onEnded: (why: string) => void;
}

export function WalletPage({ session, id, onEnded }: OfWallet): ReactNode {
  const load = useCallback(() => session.reader.call(getWallet, { params: { walletId: id } }), [session, id]);
  const loaded = useLoad(load);
  return (
    <section>
      <p>
        <a href={hashOf({ at: 'wallets' })}>All wallets</a>
      </p>
      {loaded.is === 'loading' && <Heading title="Wallet" />}
      {loaded.is === 'failed' && (
        <>
          <Heading title="Wallet" />
          <Failure error={loaded.error} onEnded={onEnded} />
        </>
      )}
      {loaded.is === 'ready' && <Facts session={session} wallet={loaded.value} onEnded={onEnded} />}
    </section>
  );
}

function Facts({ session, wallet, onEnded }: { readonly session: Session; readonly wallet: Wallet } & Pick<OfWallet, 'onEnded'>): ReactNode {
  const why = whyNotExportable(wallet);
  return (
    <>
      <Heading title={titleOf(wallet)} />
      <p>
        <State wallet={wallet} />
      </p>
      <Checked session={session} wallet={wallet} onEnded={onEnded} />
      <dl>
        <Fact name="Network">{wallet.network}</Fact>
        {wallet.address !== undefined && (
          <Fact name="Address">
            <code>{wallet.address}</code> <Copy what="address" text={() => wallet.address ?? ''} />
          </Fact>
        )}
        <Fact name="Public key">
          <code>{wallet.signingKey.publicKey}</code>
        </Fact>
        <Fact name="Key">
          <code>{wallet.signingKey.id}</code>, {wallet.signingKey.scheme} on {wallet.signingKey.curve}
        </Fact>
        {wallet.signingKey.delegatedTo !== undefined && (
          <Fact name="Delegated to">
            <code>{wallet.signingKey.delegatedTo}</code>, who alone signs with it and exports it
          </Fact>
        )}
        <Fact name="Wallet">
          <code>{wallet.id}</code>
        </Fact>
        {wallet.tags.length > 0 && <Fact name="Tags">{wallet.tags.join(', ')}</Fact>}
        <Fact name="Made">
          <Time at={wallet.dateCreated} />
        </Fact>
        {wallet.dateExported !== undefined && (
          <Fact name="Exported">
            <Time at={wallet.dateExported} />
          </Fact>
        )}
      </dl>
      {why === null ? (
        <a className="button" href={hashOf({ at: 'export', id: wallet.id })}>
          {wallet.exported ? 'Export again…' : 'Export the key…'}
        </a>
      ) : (
        <p className="quiet">{why}</p>
      )}
    </>
  );
}

/** Whether all signers of the trusted genesis made this key, and this address follows from it. */
function Checked({ session, wallet, onEnded }: { readonly session: Session; readonly wallet: Wallet } & Pick<OfWallet, 'onEnded'>): ReactNode {
  const check = useCallback(() => checkWallet(session, wallet), [session, wallet]);
  const checked = useLoad(check);
  switch (checked.is) {
    case 'loading':
      return <Notice kind="plain">Checking what the signers signed…</Notice>;
    case 'failed':
      return <Failure error={checked.error} onEnded={onEnded} />;
    case 'ready':
      return (
        <Notice kind="good">
          Checked here: all {checked.value.signers} signers made this key{wallet.address === undefined ? '' : ', and the address follows from it'}.
        </Notice>
      );
  }
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Time = ({ at }: { readonly at: string }): ReactNode => <time dateTime={at}>{new Date(at).toLocaleString()}</time>;
