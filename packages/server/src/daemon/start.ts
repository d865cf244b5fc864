/**
 * `quorate-server start`: one server, from its configuration until a signal.
 *
 * @module
 */
import {
  CannotRun,
  causeOf,
  type ExitCode,
  exitCodes,
  listenSmall,
  metricsPath,
  type OpenTransport,
  readFounding,
  untilSignal,
  warnOfCoreDumps,
} from '@quorate/daemon';
import { pino } from 'pino';
import type { DatabaseOptions } from '../db.ts';
import { serverParty } from '../keys.ts';
import type { ServerOptions } from '../options.ts';
import { type Server, startServer } from '../server.ts';
import { nkeyIn, readServerKeys } from './key-files.ts';
import { openServerMetrics } from './metrics.ts';
import type { StartValues } from './settings.ts';

/** Beside the transport all is for tests, and as in `ServerOptions`. No flag and no variable reaches it. */
export interface DaemonOptions extends Pick<ServerOptions, 'hooks' | 'limits' | 'now' | 'testFixtures'> {
  readonly openTransport: OpenTransport;
}

/** What can be known before anything is opened. @throws {CannotRun} */
export async function inspect({ keysDir, founding, genesisHash }: StartValues): Promise<readonly string[]> {
  const { id } = serverParty(readServerKeys(keysDir));
  const { orgId, signers, threshold } = await readFounding(founding, genesisHash);
  return [`server             ${id}`, `organisation       ${orgId}, ${signers.length} signers, of which ${threshold} sign`];
}

export async function start(values: StartValues, { openTransport, testFixtures = false, ...forTests }: DaemonOptions): Promise<ExitCode> {
  const { keysDir, founding, genesisHash, listen, trustedProxies } = values;
  const log = pino({ name: 'quorate-server', level: values.logLevel });
  const stopped = untilSignal();
  warnOfCoreDumps(log);
  const keys = readServerKeys(keysDir);
  const genesis = await readFounding(founding, genesisHash);
  await using open = new AsyncDisposableStack();
  const broker = await openTransport({ ...values, self: serverParty(keys).id, seedFile: nkeyIn(keysDir), log });
  open.defer(() => broker.close());
  let running: Server | null = null;
  let meter: ReturnType<typeof openServerMetrics>['meter'] | undefined;
  if (values.metrics !== 'off') {
    const watched = openServerMetrics(async () => ({
      figures: (await running?.figures()) ?? null,
      brokerConnected: broker.connected(),
      brokerWaitingBytes: broker.waitingBytes(),
    }));
    const listener = await listenSmall(values.metrics, metricsPath(watched.metrics));
    open.defer(() => listener.close());
    log.info({ port: listener.port }, 'metrics listener open');
    meter = watched.meter;
  }
  const server = await startServer({
    database: databaseOf(values.databaseUrl),
    keys,
    genesis,
    genesisHash,
    transport: broker.transport,
    host: listen.host,
    port: listen.port,
    trustedProxies,
    log,
    ...(meter === undefined ? {} : { meter }),
    testFixtures,
    ...forTests,
  }).catch(cannotStart);
  open.defer(() => server.stop());
  running = server;
  log.info({ url: server.url }, 'server started');
  if (!broker.connected()) log.warn({}, 'waiting for the broker');
  log.info({ signal: await stopped }, 'stopping');
  return exitCodes.ok;
}

const EMBEDDED = 'pglite:';
const databaseOf = (url: string): DatabaseOptions =>
  url.startsWith(EMBEDDED) ? { kind: 'pglite', dir: url.slice(EMBEDDED.length) } : { kind: 'postgres', url };

/** PostgreSQL's classes for a connection that fails, a login that is refused and a database that is not there, and the system's codes. */
const DATABASE = /^(08|28|3D|57P)/;
const LINE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'ECONNRESET', 'EAI_AGAIN']);

/** What the operator can mend, in a sentence. The errors' own texts may hold parts of an address. */
function cannotStart(error: unknown): Server {
  const code = causeOf(error);
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen')
    throw new CannotRun('unavailable', `The server cannot listen there (${code}): set listen to another address.`);
  if (LINE.has(code) || DATABASE.test(code))
    throw new CannotRun('unavailable', `The database does not let the server in (${code}): check that it runs, and databaseUrl.`);
  if (error instanceof Error && error.message.startsWith('signers use the published test fixtures')) throw new CannotRun('refused', `${error.message}.`);
  throw error;
}
