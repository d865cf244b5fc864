/**
 * Starts the server and its signers in this process, on one folder. The first start founds the network and takes a
 * minute or two for the signers' primes and aux info; later ones find everything there.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { memoryTransport, type MemoryTransport, type Transport } from '@quorate/link';
import { buildInfo } from '@quorate/mpc';
import { type Server, type ServerHooks, type ServerOptions, serverParty, startServer } from '@quorate/server';
import type { SignerOptions } from '@quorate/signer';
import type { Genesis } from '@quorate/wire';
import type { AdminFile } from './admin.ts';
import { CannotStart, codeOf } from './cannot-start.ts';
import { isExportOn, setExport } from './export-setting.ts';
import { type Founded, found } from './found.ts';
import { PRIVATE, writeJson } from './json-file.ts';
import { type Layout, layoutOf } from './layout.ts';
import { lockFolder } from './lock.ts';
import { openLog } from './log.ts';
import { makeAllPrimes } from './primes.ts';
import type { OnProgress } from './progress.ts';
import { type OwnedSignerGroup, type SignerGroup, signerGroup } from './signer-group.ts';
import { watchAux } from './watch-aux.ts';

export interface DevnetOptions {
  /** Made if it is not there; everything the devnet keeps lies in it. */
  readonly dir: string;
  /** 0 takes any free port. @default 7310 */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** Switches export on with a signed act, if it is off. Without it the setting stays what it is: off at first. @default false */
  readonly allowExport?: boolean;
  /** Work on the published primes of an addon built with the feature `test-fixtures`. For tests and benches. @default false */
  readonly testFixtures?: boolean;
  /** @default 5 */
  readonly signers?: number;
  /** How many of them must sign. @default 3 */
  readonly threshold?: number;
  /** Websites of one host on which passkeys may be used; counts when the network is founded. @default the API's own */
  readonly origins?: readonly [string, ...string[]];
  readonly onProgress?: OnProgress;
  /** Another facade of the protocols for one signer, by its number: how a liar is made. */
  mpcOf?(number: number): NonNullable<SignerOptions['mpc']> | undefined;
  readonly hooks?: DevnetHooks;
  /** Whether signers prepare tables that make signing faster; it costs some seconds of processor time in the background. @default 'background' */
  readonly tables?: 'background' | 'off';
  /** Milliseconds; server and signers alike. @default Date.now */
  readonly now?: () => number;
  /** What carries envelopes for the party with this id, in place of a transport within the process. Called once the network is founded. */
  link?(network: LinkedNetwork): Promise<(id: string) => Transport>;
  /** How often callers and signers may do what, where the defaults are not meant. */
  readonly limits?: { readonly server?: ServerOptions['limits']; readonly signer?: SignerOptions['limits'] };
}

/** Who speaks on a network's link. */
export interface LinkedNetwork {
  readonly genesisHash: string;
  readonly server: string;
  readonly signers: readonly string[];
}

/** For tests that stop at a durable step. */
export interface DevnetHooks {
  readonly server?: ServerHooks;
  signer?(number: number): SignerOptions['hooks'] | undefined;
}

export interface Devnet extends AsyncDisposable {
  readonly url: string;
  readonly genesis: Genesis;
  /** As the signers were configured with it: what a client should trust. */
  readonly genesisHash: string;
  readonly admin: AdminFile;
  readonly layout: Layout;
  /** True when this start founded the network. */
  readonly fresh: boolean;
  readonly signers: SignerGroup;
  /** Carries nothing where `link` was given. */
  readonly transport: MemoryTransport;
  readonly server: Server;
  stop(): Promise<void>;
}

/** @throws {CannotStart} when the folder is in use or holds another kind of network, or the addon is not the right one */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  checkAddon(options.testFixtures ?? false);
  const layout = layoutOf(options.dir);
  await makeFolder(layout.dir);
  await using opened = new AsyncDisposableStack();
  opened.defer(lockFolder(layout.lock));
  const { signers: count = 5, threshold = 3, host = '127.0.0.1', port = 7310 } = options;
  const { origins = [`http://localhost:${port}`] } = options;
  const founded = await found(layout, { signers: count, threshold, origins });
  const transport = memoryTransport();
  const signerIds = founded.genesis.signers.map((signer) => signer.id);
  const network = { genesisHash: founded.genesisHash, server: serverParty(founded.keys).id, signers: signerIds };
  const transportOf = (await options.link?.(network)) ?? (() => transport);
  const { server, signers } = await startParts({ ...options, host, port }, layout, founded, transportOf, opened);
  const admin = await writeAdmin(layout, founded, server, host);
  if (options.allowExport === true && !(await isExportOn(admin))) await setExport(admin, true);
  const open = opened.move();
  const stop = (): Promise<void> => open.disposeAsync();
  return {
    url: admin.baseUrl,
    genesis: founded.genesis,
    genesisHash: founded.genesisHash,
    admin,
    layout,
    fresh: founded.fresh,
    signers,
    transport,
    server,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CannotStart(`Nothing can be kept in ${dir} (${codeOf(cause)}): choose another folder with --data.`, { cause });
  }
}

/** The published primes of the test addon are no secret: a network on them protects nothing. */
function checkAddon(testFixtures: boolean): void {
  const build = buildInfo();
  if (build.testFixtures && !testFixtures) {
    throw new CannotStart(
      'The loaded addon was built with published test primes, on which nothing is safe: unset QUORATE_ADDON, and build the real one with npm run build.',
    );
  }
  if (!build.testFixtures && testFixtures) throw new CannotStart('Test fixtures are only in the test addon: set QUORATE_ADDON=test.');
}

/** The database opens while the primes are searched: one waits for disk, the other for the processor. */
async function startParts(
  options: DevnetOptions & { readonly host: string; readonly port: number },
  layout: Layout,
  founded: Founded,
  transportOf: (id: string) => Transport,
  opened: AsyncDisposableStack,
): Promise<{ server: Server; signers: OwnedSignerGroup }> {
  const log = openLog(layout.log);
  opened.defer(() => log.close());
  const progress: OnProgress = options.onProgress ?? (() => {});
  const given = {
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.testFixtures === undefined ? {} : { testFixtures: options.testFixtures }),
    genesis: founded.genesis,
    genesisHash: founded.genesisHash,
  };
  const ids = founded.genesis.signers.map((signer) => signer.id);
  const servers = [serverParty(founded.keys)];
  const group = signerGroup(ids, (number) =>
    signerOptions(number, options, {
      ...given,
      transport: transportOf(ids[number - 1] as string),
      dir: layout.signer(number),
      servers,
      log: log.of(`signer ${number}`),
    }),
  );
  const cut = new AbortController();
  const fail = (error: unknown): never => {
    cut.abort();
    throw error;
  };
  const startOfServer = async (): Promise<Server> => {
    const server = await startServer({
      ...given,
      transport: transportOf(serverParty(founded.keys).id),
      database: { kind: 'pglite', dir: layout.database },
      keys: founded.keys,
      host: options.host,
      port: options.port,
      log: log.of('server'),
      ...(options.limits?.server === undefined ? {} : { limits: options.limits.server }),
      ...(options.hooks?.server === undefined ? {} : { hooks: options.hooks.server }),
    });
    opened.defer(() => server.stop());
    return server;
  };
  const startOfSigners = async (): Promise<void> => {
    if (options.testFixtures !== true) await makeAllPrimes(layout, group.count, progress, cut.signal);
    cut.signal.throwIfAborted();
    opened.defer(() => group.stopAll());
    const signers = await group.startAll();
    await watchAux(signers, progress);
  };
  const [server] = await settle([startOfServer().catch(fail), startOfSigners().catch(fail)]);
  return { server, signers: group };
}

/** All results, or the first failure, but not before the others have ended: what is half open cannot be closed. */
async function settle<T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}

function signerOptions(number: number, options: DevnetOptions, given: SignerOptions): SignerOptions {
  const mpc = options.mpcOf?.(number);
  const hooks = options.hooks?.signer?.(number);
  const { tables } = options;
  const limits = options.limits?.signer;
  return {
    ...given,
    ...(limits === undefined ? {} : { limits }),
    ...(mpc === undefined ? {} : { mpc }),
    ...(hooks === undefined ? {} : { hooks }),
    ...(tables === undefined ? {} : { tables }),
  };
}

/** Address and, the first time, the token are known only now. A token that was handed out stays the one in the file. */
async function writeAdmin(layout: Layout, founded: Founded, server: Server, host: string): Promise<AdminFile> {
  const everywhere = host === '0.0.0.0' || host === '::';
  const baseUrl = everywhere ? `http://127.0.0.1:${server.port}` : server.url;
  const administrator = founded.genesis.administrators[0];
  if (administrator === undefined) throw new Error('a genesis has an administrator');
  const authToken = founded.admin.authToken === '' ? await server.issueToken(administrator.userId) : founded.admin.authToken;
  const admin: AdminFile = { ...founded.admin, baseUrl, authToken };
  await writeJson(layout.admin, admin, PRIVATE);
  return admin;
}
