/**
 * The list of wallets, a page at a time.
 *
 * @module
 */
import { listWallets } from '@quorate/wire';
import { type ReactNode, useCallback, useState } from 'react';
import { hashOf } from '../place.ts';
import type { Session } from '../session.ts';
import { shortened, titleOf, type Wallet } from '../wallet.ts';
import { Failure } from './failure.tsx';
import { Heading } from './heading.tsx';
import { State } from './state.tsx';
import { useLoad } from './use-load.ts';

const PAGE = 20;

/** One page, by the token that the page before gave; and so on for as long as more is asked for. */
interface Pages {
  readonly wallets: readonly Wallet[];
  readonly next: string | undefined;
}

export function Wallets({ session, onEnded }: { readonly session: Session; readonly onEnded: (why: string) => void }): ReactNode {
  const [before, setBefore] = useState<Pages>({ wallets: [], next: undefined });
  const load = useCallback(async (): Promise<Pages> => {
    const { items, nextPageToken } = await session.reader.call(listWallets, {
      query: { limit: PAGE, ...(before.next === undefined ? {} : { paginationToken: before.next }) },
    });
    return { wallets: [...before.wallets, ...items], next: nextPageToken };
  }, [session, before]);
  const loaded = useLoad(load);
  const { wallets, next } = loaded.is === 'ready' ? loaded.value : before;

  return (
    <section>
      <Heading title="Wallets" />
      {wallets.length > 0 && <List wallets={wallets} />}
      <div aria-live="polite" className="quiet">
        {loaded.is === 'loading' && 'Fetching wallets…'}
        {loaded.is === 'ready' && words(wallets.length, next !== undefined)}
      </div>
      {loaded.is === 'failed' && <Failure error={loaded.error} onEnded={onEnded} />}
      {loaded.is === 'ready' && next !== undefined && (
        <button type="button" className="second" onClick={() => setBefore(loaded.value)}>
          Show more
        </button>
      )}
    </section>
  );
}

function words(count: number, more: boolean): string {
  if (count === 0) return 'There are no wallets yet.';
  return `${count} ${count === 1 ? 'wallet' : 'wallets'}${more ? ' so far' : ''}.`;
}

function List({ wallets }: { readonly wallets: readonly Wallet[] }): ReactNode {
  return (
    <table className="wallets">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Network</th>
          <th scope="col">Address</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {wallets.map((wallet) => (
          <tr key={wallet.id}>
            <th scope="row">
              <a href={hashOf({ at: 'wallet', id: wallet.id })}>{titleOf(wallet)}</a>
            </th>
            <td data-label="Network">{wallet.network}</td>
            <td data-label="Address">
              {wallet.address === undefined ? <span className="quiet">none</span> : <code title={wallet.address}>{shortened(wallet.address)}</code>}
            </td>
            <td data-label="State">
              <State wallet={wallet} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
