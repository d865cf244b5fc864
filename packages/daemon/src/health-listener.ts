/**
 * `/livez`, `/readyz` and `/metrics` for a daemon that has no HTTP of its own.
 *
 * @module
 */
import type { Metrics } from './metrics.ts';
import { asJson, listenSmall, metricsPath, type SmallListener } from './small-listener.ts';

export interface Readiness {
  readonly ready: boolean;
  /** 'ok', or what is wrong, by name. */
  readonly checks: Readonly<Record<string, string>>;
}

/** @throws {CannotRun} where the address cannot be listened on */
export const listenForHealth = (
  address: { readonly host: string; readonly port: number },
  readiness: () => Readiness,
  metrics: Pick<Metrics, 'contentType' | 'text'>,
): Promise<SmallListener> =>
  listenSmall(address, {
    '/livez': () => asJson(200, { status: 'alive' }),
    '/readyz': () => {
      const { ready, checks } = readiness();
      return asJson(ready ? 200 : 503, { ready, checks });
    },
    ...metricsPath(metrics),
  });
