/**
 * Something that is fetched when a page comes.
 *
 * @module
 */
import { useEffect, useState } from 'react';

export type Loaded<T> = { readonly is: 'loading' } | { readonly is: 'ready'; readonly value: T } | { readonly is: 'failed'; readonly error: unknown };

/** `load` must stay the same for as long as the same thing is meant (`useCallback`). What comes after another was asked for is dropped. */
export function useLoad<T>(load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ readonly of: () => Promise<T>; readonly loaded: Loaded<T> }>({ of: load, loaded: { is: 'loading' } });
  useEffect(() => {
    let wanted = true;
    const put = (loaded: Loaded<T>): void => {
      if (wanted) setState({ of: load, loaded });
    };
    load().then(
      (value) => put({ is: 'ready', value }),
      (error: unknown) => put({ is: 'failed', error }),
    );
    return () => {
      wanted = false;
    };
  }, [load]);
  return state.of === load ? state.loaded : { is: 'loading' };
}
