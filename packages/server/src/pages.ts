/**
 * Pages of lists, newest last (contract §1.7). A page token is opaque to clients: the list's name and the place of the
 * last item that was shown.
 *
 * @module
 */
import { b64url, Refusal, utf8 } from '@quorate/wire';

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly paginationToken?: string | undefined;
}

export interface Page<T> {
  items: T[];
  nextPageToken?: string;
}

/** How many items a page has when nobody says, per list. */
export const DEFAULT_LIMIT = 50;
export const DEFAULT_LIMIT_PERMISSIONS = 20;

/** Where to go on: after this place. 0 at the start. @throws {Refusal} `request/invalid` */
export function placeAfter(list: string, query: PageQuery): number {
  if (query.paginationToken === undefined) return 0;
  const place = readToken(query.paginationToken, list);
  if (place === null) throw new Refusal('request/invalid', { where: 'query', member: 'paginationToken' });
  return place;
}

/** Makes the page of rows that were fetched with one more than the limit. */
export function pageOf<Row, T>(list: string, rows: readonly Row[], limit: number, placeOf: (row: Row) => number, show: (row: Row) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(show);
  return rows.length > limit && last !== undefined ? { items, nextPageToken: b64url.encode(utf8.encode(`${list}:${placeOf(last)}`)) } : { items };
}

function readToken(token: string, list: string): number | null {
  try {
    const text = utf8.decode(b64url.decode(token));
    const place = new RegExp(`^${list}:([1-9][0-9]{0,15})$`).exec(text)?.[1];
    return place === undefined || !Number.isSafeInteger(Number(place)) ? null : Number(place);
  } catch {
    return null;
  }
}
