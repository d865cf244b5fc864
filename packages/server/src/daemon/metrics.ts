/**
 * A server's figures: every metric there is, with what it means.
 *
 * @module
 */
import { bit, type Metrics, openMetrics, plain, seconds } from '@quorate/daemon';
import { linkEvents } from '@quorate/link';
import { endpoints, type RefusalCode, reasons } from '@quorate/wire';
import type { Figures } from '../figures.ts';
import { type Meter, operations, phases, plainPaths, warnings } from '../meter.ts';

/** What the daemon knows of itself at the moment of a question. */
export interface Surroundings {
  /** `null` while the server starts. */
  readonly figures: Figures | null;
  readonly brokerConnected: boolean;
  readonly brokerWaitingBytes: number;
}

const codes = Object.keys(reasons) as readonly RefusalCode[];
/** Something of ours was away or wrong, rather than the request. */
const isOutage = (code: RefusalCode): boolean => reasons[code].status >= 500;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
const routes = [...new Set(endpoints.map(({ path }) => path)), ...plainPaths];
const statuses = [...new Set([200, 204, 503, ...codes.map((code) => reasons[code].status)])].sort((a, b) => a - b).map(String);
/** A signer by its rank in the roster: its id would be a label of 44 characters. */
const ranks = Array.from({ length: 16 }, (_, i) => String(i + 1));

export function openServerMetrics(look: () => Promise<Surroundings>): { readonly metrics: Metrics; readonly meter: Meter } {
  const metrics = openMetrics();
  const { counter, gauge, histogram } = metrics;

  const requests = counter('quorate_server_http_requests_total', 'Requests answered.', { method: methods, route: routes, status: statuses }, { sparse: true });
  const latency = histogram('quorate_server_http_request_seconds', 'From a request to its answer.', { method: methods, route: routes }, { sparse: true });
  const refused = counter('quorate_server_refusals_total', 'Requests refused for a reason of their own.', { code: codes.filter((code) => !isOutage(code)) });
  const outage = counter('quorate_server_outages_total', 'Requests that failed because something was away or wrong here or at the signers.', {
    code: codes.filter(isOutage),
  });
  const operation = histogram('quorate_server_operation_seconds', 'Keygen, sign and export as a whole.', {
    operation: operations,
    outcome: ['done', 'not-done'],
  });
  const phase = histogram(
    'quorate_server_phase_seconds',
    'Each phase of keygen, sign and export.',
    { operation: operations, phase: [...new Set(Object.values(phases).flat())] },
    { sparse: true },
  );
  const warning = counter('quorate_server_warnings_total', 'Warnings and errors of the log, by what they tell.', { event: warnings });
  const dropped = counter('quorate_server_link_events_total', 'Messages of signers that were not passed on, by why.', { code: Object.keys(linkEvents) });

  const underWay = gauge('quorate_server_operations', 'Keygens, signatures and exports under way.', { operation: operations });
  const database = gauge('quorate_server_database_up', '1 while the database answers.', {});
  const head = gauge('quorate_server_chain_acts', 'Number of the last certified act.', {});
  const threshold = gauge('quorate_server_threshold_signers', 'How many signers must sign.', {});
  const answers = gauge('quorate_server_signer_up', '1 while this signer answers.', { signer: ranks });
  const ready = gauge('quorate_server_signer_ready', '1 while this signer signs.', { signer: ranks });
  const lag = gauge('quorate_server_signer_chain_lag_acts', 'How many acts this signer lacks, by its own word.', { signer: ranks });
  const ahead = gauge('quorate_server_signer_clock_ahead_seconds', 'How far this signer’s clock is ahead of the server’s.', { signer: ranks });
  const apart = gauge('quorate_server_signer_clocks_apart_seconds', 'How far the signers’ clocks are apart.', {});
  const outbox = gauge('quorate_server_outbox_acts', 'How many acts this signer is still to be told of.', { signer: ranks });
  const connected = gauge('quorate_server_broker_connected', '1 while a broker hears for the server.', {});
  const waiting = gauge('quorate_server_broker_waiting_bytes', 'What waits for a broker.', {});

  const running = new Map<string, number>(operations.map((name) => [name, 0]));
  const change = (name: string, by: number): void => void running.set(name, (running.get(name) ?? 0) + by);

  metrics.beforeText(async () => {
    underWay([...running].map(([name, value]) => ({ labels: { operation: name }, value })));
    const { figures, brokerConnected, brokerWaitingBytes } = await look();
    connected(plain(bit(brokerConnected)));
    waiting(plain(brokerWaitingBytes));
    if (figures === null) return;
    database(plain(bit(figures.database)));
    head(plain(figures.head));
    threshold(plain(figures.threshold));
    apart(plain(seconds(figures.clocksApart)));
    const each = (read: (signer: Figures['signers'][number]) => number | null) =>
      figures.signers.flatMap((signer) => {
        const value = read(signer);
        return value === null ? [] : [{ labels: { signer: String(signer.index) }, value }];
      });
    answers(each((signer) => bit(signer.answers)));
    ready(each((signer) => bit(signer.ready)));
    lag(each((signer) => signer.lag));
    ahead(each((signer) => (signer.ahead === null ? null : seconds(signer.ahead))));
    outbox(each((signer) => signer.undelivered));
  });

  const meter: Meter = {
    answered({ method, route, status, ms }) {
      requests({ method, route, status: String(status) });
      latency({ method, route }, seconds(ms));
    },
    refused: (code) => (isOutage(code) ? outage({ code }) : refused({ code })),
    begun: (name) => change(name, 1),
    ended(name, done, ms) {
      change(name, -1);
      operation({ operation: name, outcome: done ? 'done' : 'not-done' }, seconds(ms));
    },
    phase: (name, part, ms) => phase({ operation: name, phase: part }, seconds(ms)),
    warning: (event) => warning({ event }),
    link: (code) => dropped({ code }),
  };
  return { metrics, meter };
}
