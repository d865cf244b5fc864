/**
 * Figures of a daemon for Prometheus. The values of a label come from a closed set that stands beside the metric;
 * whatever else is said counts as `other`, so that nothing from outside becomes a label or makes series without end.
 *
 * @module
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Each label with all values that it may have. */
export type Labels = Readonly<Record<string, readonly string[]>>;
export type LabelsOf<L extends Labels> = { readonly [K in keyof L]: string };

export interface Described {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly about: string;
  readonly labels: Labels;
}

export interface Reading<L extends Labels> {
  readonly labels: LabelsOf<L>;
  readonly value: number;
}

export interface MetricOptions {
  /** Only what has happened is a series: where most combinations of labels never do. @default false: all begin at 0 */
  readonly sparse?: boolean;
}

export interface Metrics {
  readonly contentType: string;
  counter<L extends Labels>(name: string, about: string, labels: L, options?: MetricOptions): (labels: LabelsOf<L>) => void;
  histogram<L extends Labels>(name: string, about: string, labels: L, options?: MetricOptions): (labels: LabelsOf<L>, seconds: number) => void;
  /** What is set takes the place of all that was set before. */
  gauge<L extends Labels>(name: string, about: string, labels: L): (readings: readonly Reading<L>[]) => void;
  /** Called, and awaited, before each text: where gauges are set. What it throws leaves them as they were. */
  beforeText(look: () => void | Promise<void>): void;
  /** What there is, this process's own figures left out. */
  readonly described: readonly Described[];
  /** Prometheus' text format, of the moment. */
  text(): Promise<string>;
}

/** Prometheus counts in seconds, and a yes is 1. */
export const seconds = (ms: number): number => ms / 1_000;
export const bit = (is: boolean): number => (is ? 1 : 0);
/** The one reading of a gauge without labels. */
export const plain = (value: number): readonly Reading<Record<never, readonly string[]>>[] => [{ labels: {}, value }];

export const OTHER = 'other';
/** From a row in a database to a signature that needed every attempt, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 90];

/** With the figures that Prometheus' clients give of any process (`process_…`, `nodejs_…`). */
export function openMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const described: Described[] = [];
  const looks: (() => void | Promise<void>)[] = [];
  let writing: Promise<string> | null = null;

  const describe = (type: Described['type'], name: string, about: string, labels: Labels) => {
    described.push({ name, type, about, labels });
    return { name, help: about, registers, labelNames: Object.keys(labels) };
  };
  const within = <L extends Labels>(labels: L, given: LabelsOf<L>): Record<string, string> =>
    Object.fromEntries(Object.entries(labels).map(([label, values]) => [label, values.includes(given[label] ?? '') ? (given[label] as string) : OTHER]));

  async function write(): Promise<string> {
    for (const look of looks)
      await Promise.resolve()
        .then(look)
        .catch(() => {});
    return registry.metrics();
  }

  return {
    contentType: registry.contentType,
    counter(name, about, labels, { sparse = false } = {}) {
      const counter = new Counter(describe('counter', name, about, labels));
      if (!sparse) for (const each of combinations(labels)) counter.inc(each, 0);
      return (given) => counter.inc(within(labels, given));
    },
    histogram(name, about, labels, { sparse = false } = {}) {
      const histogram = new Histogram({ ...describe('histogram', name, about, labels), buckets: BUCKETS });
      if (!sparse) for (const each of combinations(labels)) histogram.zero(each);
      return (given, seconds) => histogram.observe(within(labels, given), seconds);
    },
    gauge(name, about, labels) {
      const gauge = new Gauge(describe('gauge', name, about, labels));
      return (readings) => {
        gauge.reset();
        for (const { labels: given, value } of readings) gauge.set(within(labels, given), value);
      };
    },
    beforeText: (look) => void looks.push(look),
    described,
    text() {
      writing ??= write().finally(() => {
        writing = null;
      });
      return writing;
    },
  };
}

function combinations(labels: Labels): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (made, [label, values]) => made.flatMap((each) => values.map((value) => ({ ...each, [label]: value }))),
    [{}],
  );
}
