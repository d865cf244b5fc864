/**
 * A signer's figures: every metric there is, with what it means.
 *
 * @module
 */
import { bit, type Metrics, openMetrics, plain, seconds } from '@quorate/daemon';
import { linkEvents } from '@quorate/link';
import { type RefusalCode, reasons } from '@quorate/wire';
import { eventNames } from '../events.ts';
import type { Figures } from '../figures.ts';
import { abortCauses, decisions, type Meter, phases, protocols } from '../meter.ts';
import { checkNames } from '../status.ts';

/** What the daemon knows of itself at the moment of a question. */
export interface Surroundings {
  /** `null` while the signer starts. */
  readonly figures: Figures | null;
  readonly brokerConnected: boolean;
  readonly brokerWaitingBytes: number;
  readonly primes: { readonly primes: boolean; readonly spare: boolean };
  /** Milliseconds; `null`: never. */
  readonly lastDrill: number | null;
}

const codes = Object.keys(reasons) as readonly RefusalCode[];
/** The signer could not, rather than would not. */
const isOutage = (code: string): boolean => !(code in reasons) || reasons[code as RefusalCode].status >= 500;
export const refusalCodes = codes.filter((code) => !isOutage(code));
export const outageCodes = [...codes.filter(isOutage), 'failed'];

export function openSignerMetrics(look: () => Surroundings): { readonly metrics: Metrics; readonly meter: Meter } {
  const metrics = openMetrics();
  const { counter, gauge, histogram } = metrics;

  const decided = histogram('quorate_signer_decision_seconds', 'From a server’s question to the answer.', {
    kind: decisions,
    outcome: ['done', 'refused', 'failed'],
  });
  const phase = histogram(
    'quorate_signer_phase_seconds',
    'Each phase of keygen, sign and export.',
    { operation: Object.keys(phases), phase: [...new Set(Object.values(phases).flat())] },
    { sparse: true },
  );
  const refused = counter(
    'quorate_signer_refusals_total',
    'Questions answered with no, for a reason of the request’s.',
    { kind: decisions, code: refusalCodes },
    { sparse: true },
  );
  const outage = counter(
    'quorate_signer_outages_total',
    'Questions that could not be answered well.',
    { kind: decisions, code: outageCodes },
    { sparse: true },
  );
  const ended = counter('quorate_signer_sessions_total', 'Protocol sessions that have ended.', { protocol: protocols, outcome: ['done', 'aborted'] });
  const aborted = counter('quorate_signer_aborts_total', 'Protocol sessions without a result, by what ended them.', {
    protocol: protocols,
    cause: abortCauses,
  });
  const event = counter('quorate_signer_events_total', 'Lines of the log, by what they tell.', { event: eventNames });
  const dropped = counter('quorate_signer_link_events_total', 'Messages that were not passed on, by why.', { code: Object.keys(linkEvents) });

  const ready = gauge('quorate_signer_ready', '1 where this signer signs.', {});
  const check = gauge('quorate_signer_check', '1 where this part of its readiness is well.', { check: checkNames });
  const head = gauge('quorate_signer_chain_acts', 'Number of the last act that counts here.', {});
  const lag = gauge('quorate_signer_chain_lag_acts', 'How many acts it lacks of those that a quorum of its peers names.', {});
  const sessions = gauge('quorate_signer_sessions', 'Protocol sessions under way.', { protocol: protocols });
  const connected = gauge('quorate_signer_broker_connected', '1 while a broker hears for it.', {});
  const waiting = gauge('quorate_signer_broker_waiting_bytes', 'What waits for a broker.', {});
  const primes = gauge('quorate_signer_prime_sets', '1 where its set of primes for aux info is there.', {});
  const spare = gauge('quorate_signer_spare_prime_sets', 'Sets of primes made ahead of need.', {});
  const drill = gauge('quorate_signer_last_backup_drill_timestamp_seconds', 'When a backup was last proven to be one; 0: never.', {});

  metrics.beforeText(() => {
    const { figures, brokerConnected, brokerWaitingBytes, primes: sets, lastDrill } = look();
    connected(plain(bit(brokerConnected)));
    waiting(plain(brokerWaitingBytes));
    primes(plain(bit(sets.primes)));
    spare(plain(bit(sets.spare)));
    drill(plain(seconds(lastDrill ?? 0)));
    ready(plain(bit(figures?.ready === true && brokerConnected && sets.primes)));
    check(checkNames.map((name) => ({ labels: { check: name }, value: bit(figures?.checks[name] === true) })));
    head(plain(figures?.head ?? 0));
    lag(plain(figures?.lag ?? 0));
    sessions(protocols.map((protocol) => ({ labels: { protocol }, value: figures?.sessions[protocol] ?? 0 })));
  });

  const meter: Meter = {
    decided(kind, code, ms) {
      decided({ kind, outcome: code === null ? 'done' : isOutage(code) ? 'failed' : 'refused' }, seconds(ms));
      if (code === null) return;
      if (!isOutage(code)) refused({ kind, code });
      else outage({ kind, code: code in reasons ? code : 'failed' });
    },
    phase: (operation, name, ms) => phase({ operation, phase: name }, seconds(ms)),
    sessionEnded(protocol, cause) {
      ended({ protocol, outcome: cause === null ? 'done' : 'aborted' });
      if (cause !== null) aborted({ protocol, cause });
    },
    event: (name) => event({ event: name }),
    link: (code) => dropped({ code }),
  };
  return { metrics, meter };
}
