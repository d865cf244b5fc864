/**
 * The page that the address names, also after the browser's back button.
 *
 * @module
 */
import { useMemo, useSyncExternalStore } from 'react';
import { type Place, placeIn } from '../place.ts';

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => placeIn(hash), [hash]);
}
