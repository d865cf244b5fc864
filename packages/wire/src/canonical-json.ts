/**
 * RFC 8785 canonical JSON for values made of objects, arrays, strings, booleans and safe integers, which is all that
 * our files hold; other numbers are refused because their text form is where the RFC gets hard.
 *
 * @module
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** @throws {TypeError} on a number that is no safe integer */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError('canonical JSON here holds safe integers only');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  // Sorted by UTF-16 code units, which is what the default sort does (RFC 8785 §3.2.3).
  const members = Object.entries(value as { [name: string]: Json | undefined }).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
    .join(',')}}`;
}
