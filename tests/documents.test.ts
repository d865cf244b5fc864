/**
 * The documents against the project: links lead somewhere, the README's program is the one that runs, and every section
 * of the contract that code cites exists.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const isOurs = (path: string): boolean => !/(^|\/)(node_modules|target|dist|native)(\/|$)/.test(path);
const files = (...patterns: string[]): string[] => globSync(patterns, { cwd: root }).filter(isOurs).sort();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const documents = files('*.md', 'docs/**/*.md', 'deploy/**/*.md', 'crates/**/*.md', 'vectors/*.md');

describe.each(documents)('%s', (document) => {
  const text = read(document);

  test('links to files that are there', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target).filter((target) => !target.startsWith('https:'));
    expect(targets.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([]);
  });

  test('points to nothing outside the project', () => {
    const links = [...text.matchAll(/\]\(([^)#\s:]+)\)/g)].map(([, target = '']) => join(dirname(document), target));
    expect(links.filter((link) => link.startsWith('..'))).toEqual([]);
    expect(text).not.toMatch(/\/(home|root|tmp|work|Users)\//);
  });
});

test('the README shows the example that runs', () => {
  const [, shown] = /<!-- example -->\n```ts\n([\s\S]*?)```\n/.exec(read('README.md')) ?? [];
  expect(shown).toBe(read('examples/export-with-dfns-sdk.ts'));
});

test('every test that SECURITY.md names is there', () => {
  const table = read('SECURITY.md').split('| attack | file | test |\n|---|---|---|\n')[1] ?? '';
  const rows = [...read('SECURITY.md').matchAll(/^\| [^|]+ \| `([^`|]+)` \| ([^|]+) \|$/gm)].map(([, path = '', title = '']) => ({ path, title }));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.length, 'rows that name no test').toBe(table.split('\n').filter((line) => line.startsWith('| ')).length);
  expect(rows.filter(({ path, title }) => !existsSync(join(root, path)) || !read(path).includes(title))).toEqual([]);
});

test('at least sixty attacks are played against running signers, a table of them counted as one', () => {
  const attacks = files('tests/attack/*.test.ts').flatMap((path) => read(path).match(/^ *test[.(]/gm) ?? []);
  expect(attacks.length).toBeGreaterThanOrEqual(60);
});

test('every section of the contract that is cited exists', () => {
  const sections = new Set([...read('docs/contract.md').matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number));
  const sources = files('{packages,crates,tests,bench,scripts,examples,vectors}/**/*.{ts,mjs,rs,json,sql,md}', 'docs/**/*.md', '*.md');
  const cited = sources.flatMap((path) => [...read(path).matchAll(/contract(?:\.md)? §(\d+(?:\.\d+)?)/g)].map(([, number]) => ({ path, number })));
  expect(cited.length).toBeGreaterThan(20);
  expect(cited.filter(({ number }) => !sections.has(number))).toEqual([]);
});
