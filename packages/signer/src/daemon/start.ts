/**
 * `quorate-signer start`: one signer, from its configuration until a signal.
 *
 * @module
 */
import {
  type ExitCode,
  exitCodes,
  listenForHealth,
  type OpenTransport,
  type Readiness,
  readFounding,
  readServerCard,
  serverFingerprint,
  serverOf,
  CannotRun,
  type SmallListener,
  untilSignal,
  warnOfCoreDumps,
} from '@quorate/daemon';
import { type Logger, pino } from 'pino';
import { exists, filesIn } from '../files.ts';
import { idIn, openIdentity } from '../identities.ts';
import { makeSparePrimes, primesIn } from '../init.ts';
import type { Meter } from '../meter.ts';
import { realMpc } from '../mpc.ts';
import { type Signer, type SignerOptions, startSigner } from '../signer.ts';
import { requireApproved } from './approved.ts';
import { lastDrill } from './last-drill.ts';
import { openSignerMetrics } from './metrics.ts';
import { ownFolder } from './own-folder.ts';
import type { StartValues } from './settings.ts';

/** Beside the transport all is for tests, and as in `SignerOptions`. No flag and no variable reaches it. */
export interface DaemonOptions extends Pick<SignerOptions, 'hooks' | 'limits' | 'mpc' | 'now' | 'tables' | 'testFixtures'> {
  readonly openTransport: OpenTransport;
}

/** How long after it is ready a signer begins with its spare primes. */
const IDLE_AFTER_MS = 60_000;

/** What can be known before anything is opened. @throws {CannotRun} */
export async function inspect({ dataDir, founding, genesisHash, servers }: StartValues): Promise<readonly string[]> {
  const files = filesIn(dataDir);
  if (!exists(files.key) || !exists(files.identity))
    throw new CannotRun('configuration', `There is no signer in ${dataDir}: make one with \`quorate-signer init\`.`);
  const genesis = await readFounding(founding, genesisHash);
  const id = idIn(dataDir, openIdentity(realMpc.openVault(files.key), dataDir));
  if (!genesis.signers.some((signer) => signer.id === id))
    throw new CannotRun('refused', `The signer in ${dataDir} is not in the roster of this genesis: check dataDir, founding and genesisHash.`);
  requireApproved(dataDir, genesisHash);
  return [
    `signer             ${id}`,
    `organisation       ${genesis.orgId}, ${genesis.signers.length} signers, of which ${genesis.threshold} sign`,
    ...servers.map((path) => `server             ${serverFingerprint(readServerCard(path))}  (${path})`),
    `primes             ${primesIn(dataDir).primes ? 'there' : 'not there: the first start makes them, or `quorate-signer primes` does'}`,
  ];
}

export async function start(values: StartValues, { openTransport, testFixtures = false, ...forTests }: DaemonOptions): Promise<ExitCode> {
  const log = pino({ name: 'quorate-signer', level: values.logLevel });
  const stopped = untilSignal();
  warnOfCoreDumps(log);
  await inspect(values);
  await using open = new AsyncDisposableStack();
  open.defer(ownFolder(values.dataDir));
  const genesis = await readFounding(values.founding, values.genesisHash);
  const identity = openIdentity(realMpc.openVault(filesIn(values.dataDir).key), values.dataDir);
  const self = idIn(values.dataDir, identity);
  const seedFile = filesIn(values.dataDir).nkey;
  const broker = await openTransport({ ...values, seedFile, self, log });
  open.defer(() => broker.close());
  let signer: Signer | null = null;
  const primes = (): { readonly primes: boolean; readonly spare: boolean } => {
    const sets = primesIn(values.dataDir);
    return { ...sets, primes: sets.primes || testFixtures };
  };
  let meter: Meter | undefined;
  if (values.health !== 'off') {
    const watched = openSignerMetrics(() => ({
      figures: signer?.figures() ?? null,
      brokerConnected: broker.connected(),
      brokerWaitingBytes: broker.waitingBytes(),
      primes: primes(),
      lastDrill: lastDrill(values.dataDir),
    }));
    meter = watched.meter;
    const health: SmallListener = await listenForHealth(values.health, () => readinessOf(signer, broker.connected(), primes().primes), watched.metrics);
    open.defer(() => health.close());
    log.info({ port: health.port }, 'health listener open');
  }
  signer = await startSigner({
    dir: values.dataDir,
    genesis,
    genesisHash: values.genesisHash,
    transport: broker.transport,
    servers: values.servers.map((path) => serverOf(readServerCard(path))),
    log,
    ...(meter === undefined ? {} : { meter }),
    testFixtures,
    ...forTests,
  });
  const running = signer;
  open.defer(() => running.stop());
  if (values.sparePrimes === 'idle' && !testFixtures) open.defer(spareWhenIdle(running, values.dataDir, log));
  if (!broker.connected()) log.warn({}, 'waiting for the broker');
  log.info({ signal: await stopped }, 'stopping');
  return exitCodes.ok;
}

/** Ready only with keys, primes, broker and everything that the signer itself looks at. */
export function readinessOf(signer: Pick<Signer, 'status'> | null, connected: boolean, primes: boolean): Readiness {
  const broker = connected ? 'ok' : 'does not answer';
  if (signer === null) return { ready: false, checks: { broker, signer: 'starting' } };
  const { ready, checks } = signer.status();
  return { ready: ready && connected && primes, checks: { ...checks, broker, primes: primes ? 'ok' : 'not made' } };
}

/** Begins once the signer has been ready for a while; returns what ends it. */
function spareWhenIdle(signer: Signer, dir: string, log: Logger): () => void {
  let end = (): void => {};
  let ended = false;
  void signer.ready.then(() => {
    if (ended) return;
    const timer = setTimeout(() => {
      const job = makeSparePrimes(dir, { threads: 1 });
      end = () => job.cancel();
      job.result.then(
        () => log.info({}, 'a spare set of primes is there'),
        () => log.warn({}, 'no spare primes were made'),
      );
    }, IDLE_AFTER_MS);
    timer.unref();
    end = () => clearTimeout(timer);
  });
  return () => {
    ended = true;
    end();
  };
}
