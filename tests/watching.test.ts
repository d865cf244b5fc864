/** Alert rules, dashboard and docs against the figures that daemons really give. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openServerMetrics } from '@quorate/server';
import { openSignerMetrics } from '@quorate/signer';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const nothing = { figures: null, brokerConnected: false, brokerWaitingBytes: 0 };
const signer = openSignerMetrics(() => ({ ...nothing, primes: { primes: false, spare: false }, lastDrill: null })).metrics;
const server = openServerMetrics(async () => nothing).metrics;
const described = [...signer.described, ...server.described];

/** As a scrape names them: a histogram is three. */
const scraped = new Map(
  described.flatMap((metric) =>
    metric.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => [`${metric.name}${part}`, metric] as const) : [[metric.name, metric] as const],
  ),
);
const ofProcess = async (): Promise<Set<string>> =>
  new Set([...(await signer.text()).matchAll(/^# TYPE ((?:process|nodejs)_\S+)/gm)].map(([, name = '']) => name));

interface Selector {
  readonly name: string;
  readonly labels: readonly { readonly name: string; readonly op: string; readonly value: string }[];
}
/** The series that an expression asks for. */
const selectorsIn = (expression: string): Selector[] =>
  [...expression.matchAll(/\b((?:quorate|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/([a-z_]+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, label = '', op = '', value = '']) => ({ name: label, op, value })),
  }));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}
const rules = (parse(read('deploy/prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('deploy/grafana/quorate.json')) as {
  panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number }; targets?: { expr: string }[] }[];
};
const asked = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
];
/** What Prometheus puts to every series itself, and `le` to a histogram's. */
const OF_PROMETHEUS = ['job', 'instance', 'le'];

describe('alert rules and dashboard', () => {
  test('ask for figures that there are, by labels and values that these have', async () => {
    const others = await ofProcess();
    const faults = asked.flatMap(({ where, expr }) =>
      selectorsIn(expr).flatMap(({ name, labels }) => {
        const metric = scraped.get(name);
        if (metric === undefined) return others.has(name) ? [] : [`${where}: no ${name}`];
        return labels.flatMap((label) => {
          if (OF_PROMETHEUS.includes(label.name)) return [];
          const values = metric.labels[label.name];
          if (values === undefined) return [`${where}: ${name} has no label ${label.name}`];
          const pattern = new RegExp(`^(?:${label.op.endsWith('~') ? label.value : label.value.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')})$`);
          // Each alternative, so that none of several is a word that nobody says.
          const alternatives = label.op.endsWith('~') && !/[(.]/.test(label.value) ? label.value.split('|').map((one) => new RegExp(`^${one}$`)) : [pattern];
          return alternatives.filter((one) => !values.some((value) => one.test(value))).map((one) => `${where}: no ${label.name} of ${name} is ${one.source}`);
        });
      }),
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(faults).toEqual([]);
  });

  test('group by labels that the figures have', () => {
    const faults = asked.flatMap(({ where, expr }) =>
      [...expr.matchAll(/by \(([^)]*)\)/g)]
        .flatMap(([, by = '']) => by.split(',').map((label) => label.trim()))
        .filter((label) => !OF_PROMETHEUS.includes(label) && !selectorsIn(expr).some(({ name }) => Object.hasOwn(scraped.get(name)?.labels ?? {}, label)))
        .map((label) => `${where}: ${label}`),
    );
    expect(faults).toEqual([]);
  });

  test('leave no figure of ours unseen, and no panel over another', () => {
    const seen = new Set(asked.flatMap(({ expr }) => selectorsIn(expr).map(({ name }) => scraped.get(name)?.name)));
    expect(described.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  const promtool = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'promtool'))
    .find(existsSync);
  const skipped = promtool === undefined ? ' [skipped: install promtool (Debian: apt-get install prometheus)]' : '';
  test.skipIf(promtool === undefined)(`are what promtool takes, and each rule fires and keeps still as its test says${skipped}`, () => {
    const run = (...args: string[]): string => execFileSync(promtool ?? '', args, { cwd: join(root, 'deploy/prometheus'), encoding: 'utf8', stdio: 'pipe' });
    expect(run('check', 'rules', 'alerts.yaml')).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(run('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
  });

  test('each rule has a test in which it fires', () => {
    const { tests } = parse(read('deploy/prometheus/alerts.test.yaml')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: object[] }[] }[];
    };
    const fired = new Set(tests.flatMap((one) => one.alert_rule_test.filter(({ exp_alerts = [] }) => exp_alerts.length > 0).map(({ alertname }) => alertname)));
    expect(rules.map(({ alert }) => alert).filter((alert) => !fired.has(alert))).toEqual([]);
  });
});

describe('figures', () => {
  test('are named and labelled by our rules: nothing that a user could be known by', () => {
    for (const { name, type, about, labels } of described) {
      expect(name).toMatch(/^quorate_(signer|server)_[a-z]+(_[a-z]+)*$/);
      expect(type === 'counter', name).toBe(name.endsWith('_total'));
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(about).toMatch(/\.$/);
      for (const [label, values] of Object.entries(labels)) {
        expect(values.length, `${name} ${label}`).toBeLessThan(150);
        expect(new Set(values).size).toBe(values.length);
        for (const value of values) expect(value, `${name} ${label}`).toMatch(/^[A-Za-z0-9/:._-]{1,80}$/);
      }
    }
    const labels = new Set(described.flatMap((metric) => Object.keys(metric.labels)));
    expect([...labels].sort()).toEqual([
      'cause',
      'check',
      'code',
      'event',
      'kind',
      'method',
      'operation',
      'outcome',
      'phase',
      'protocol',
      'route',
      'signer',
      'status',
    ]);
  });

  test('stand in docs/what-to-watch.md, each with its type and labels, and so does each alert', () => {
    const text = read('docs/what-to-watch.md');
    const rows = new Map(
      [...text.matchAll(/^\| `(quorate_[a-z_]+)` \| ([a-z]+) \| ([^|]*) \| ([^|]+) \|$/gm)].map(([, name = '', type, labels = '']) => [
        name,
        { type, labels: labels.trim() },
      ]),
    );
    const wanted = new Map(
      described.map(({ name, type, labels }) => [
        name,
        {
          type,
          labels: Object.keys(labels)
            .map((label) => `\`${label}\``)
            .join(', '),
        },
      ]),
    );
    expect(rows).toEqual(wanted);
    const alerts = new Set(
      [...text.matchAll(/^\| `(Quorate[A-Za-z]+)` \| (info|warning|critical) \| [^|]+ \|$/gm)].map(([, alert, severity]) => `${alert} ${severity}`),
    );
    expect(alerts).toEqual(new Set(rules.map(({ alert, labels }) => `${alert} ${labels.severity}`)));
  });
});
