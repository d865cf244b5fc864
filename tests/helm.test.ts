/** The Helm charts: what can be known without Helm, and its own word where it is installed. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Values = Readonly<Record<string, Json>>;

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `image.tag` of every value; a list, or an object that is empty, is one value. */
const leaves = (values: Values, before = ''): string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    isObject(value) && Object.keys(value).length > 0 ? leaves(value, `${before}${name}.`) : [`${before}${name}`],
  );

const at = (values: Json, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), values);

const HASH = 'ab'.repeat(32);
const charts = {
  'quorate-signer': {
    workload: 'statefulset.yaml',
    installed: { network: { existingConfigMap: 'quorate-network', genesisHash: HASH, brokers: ['nats-1.example:4222'] } },
    wrong: [
      { network: { genesisHash: HASH.toUpperCase() } },
      { network: { brokers: ['nats-1.example'] } },
      { podDisruptionBudget: { maxUnavailable: 2 } },
      { replicas: 2 },
    ],
  },
  'quorate-server': {
    workload: 'deployment.yaml',
    installed: { network: { existingConfigMap: 'quorate-network', genesisHash: HASH, brokers: ['nats-1.example:4222'] } },
    wrong: [
      { network: { genesisHash: '12' } },
      { servers: [{ name: 'one' }] },
      { database: { url: 'postgres://user:password@host/database' } },
      { servers: [] },
    ],
  },
} as const;

const helm = spawnSync('helm', ['version', '--short']).status === 0 ? null : 'skipped: install helm';
if (helm !== null) console.warn(`helm lint and helm template ${helm}`);

describe.each(Object.entries(charts))('the chart %s', (name, { workload, installed, wrong }) => {
  const chart = join(root, 'deploy', 'helm', name);
  const read = (path: string): string => readFileSync(join(chart, path), 'utf8');
  const values = parse(read('values.yaml')) as Values;
  const schema = z.fromJSONSchema(JSON.parse(read('values.schema.json')));
  const templates = globSync('templates/*', { cwd: chart }).toSorted();
  const text = templates.map(read).join('\n');
  const merged = (over: Values): Values =>
    Object.fromEntries(
      Object.keys({ ...values, ...over }).map((key) => {
        const [mine, theirs] = [values[key], over[key]];
        return [key, isObject(mine) && isObject(theirs) ? { ...mine, ...theirs } : (theirs ?? mine ?? null)];
      }),
    );

  test('is named for its folder, and its app for this version', () => {
    expect(parse(read('Chart.yaml'))).toMatchObject({ apiVersion: 'v2', name, type: 'application', version, appVersion: version });
  });

  test('has values that its schema takes, and a schema that says no', () => {
    expect(schema.safeParse(values).error).toBeUndefined();
    for (const over of wrong) expect([over, schema.safeParse(merged(over)).success]).toEqual([over, false]);
    expect(schema.safeParse(merged(installed)).success).toBe(true);
  });

  test('uses no value that is not in values.yaml, and has none that it does not use', () => {
    const used = [...new Set([...text.matchAll(/\.Values\.([A-Za-z.]+)/g)].map(([, path = '']) => path))];
    expect(used.length).toBeGreaterThan(15);
    expect(used.filter((path) => at(values, path) === undefined)).toEqual([]);
    expect(leaves(values).filter((leaf) => !used.some((path) => leaf === path || leaf.startsWith(`${path}.`)))).toEqual([]);
  });

  test('closes every block that it opens, and defines every template that it includes', () => {
    for (const path of templates) {
      const actions = [...read(path).matchAll(/\{\{-?\s*([a-z]+)/g)].map(([, word = '']) => word);
      const opened = actions.filter((word) => ['if', 'range', 'with', 'define', 'block'].includes(word)).length;
      expect([path, actions.filter((word) => word === 'end').length]).toEqual([path, opened]);
      expect(read(path).split('{{').length, path).toBe(read(path).split('}}').length);
    }
    const defined = [...text.matchAll(/define "([^"]+)"/g)].map(([, found]) => found);
    for (const [, included] of text.matchAll(/include "([^"]+)"/g)) expect(defined).toContain(included);
  });

  test('runs as nobody in particular, writes nowhere but into its volumes, and holds no secret of its own', () => {
    for (const line of ['runAsNonRoot: true', 'readOnlyRootFilesystem: true', 'allowPrivilegeEscalation: false', 'drop: [ALL]', 'type: RuntimeDefault'])
      expect(read(`templates/${workload}`)).toContain(line);
    expect(read(`templates/${workload}`)).toMatch(/livenessProbe:\n\s+httpGet: \{ path: \/livez[\s\S]*readinessProbe:\n\s+httpGet: \{ path: \/readyz/);
    expect(text).toContain('automountServiceAccountToken: false');
    expect(text).not.toMatch(/^kind: Secret$/m);
  });

  test('keeps what others may not stop or reach', () => {
    expect(text).toMatch(/^kind: PodDisruptionBudget$/m);
    expect(text).toMatch(/^kind: NetworkPolicy$/m);
    expect(read('templates/networkpolicy.yaml')).toContain('policyTypes: [Ingress, Egress]');
  });

  test.skipIf(helm !== null)(`is taken by helm lint and helm template${helm === null ? '' : ` [${helm}]`}`, () => {
    const given = ['--values', '-'];
    for (const args of [
      ['lint', '--strict', chart, ...given],
      ['template', 'one', chart, ...given],
    ]) {
      const { status, stdout, stderr } = spawnSync('helm', args, { encoding: 'utf8', input: JSON.stringify(installed) });
      expect(status, `${args[0]}: ${stdout}${stderr}`).toBe(0);
    }
    expect(spawnSync('helm', ['template', 'one', chart], { encoding: 'utf8' }).status).not.toBe(0);
  });
});
