/**
 * The catalogue of refusals in docs/contract.md §1.5 against the codes themselves.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reasons } from './refusal.ts';

const contract = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');
const section = contract.slice(contract.indexOf('### 1.5 '), contract.indexOf('### 1.6 '));

/** Code and status of each row of the catalogue. */
const rows = [...section.matchAll(/^\| `([a-z-]+\/[a-z-]+)` \| (\d{3}) \| \S.* \|$/gm)].map(([, code = '', status]) => ({ code, status: Number(status) }));

describe('docs/contract.md §1.5', () => {
  test.each(Object.entries(reasons))('lists %s with its status', (code, { status }) => {
    expect(rows.filter((row) => row.code === code)).toEqual([{ code, status }]);
  });

  test('lists no code that does not exist', () => {
    expect(rows.map(({ code }) => code).filter((code) => !Object.hasOwn(reasons, code))).toEqual([]);
  });
});
