/**
 * A server: opened with everything it needs, closed with everything it holds.
 *
 * @module
 */
import type { AddressInfo } from 'node:net';
import { genesisRoster, partyOf, type Roster } from '@quorate/authority';
import { keyParty, openChannel } from '@quorate/link';
import { readGenesis, Refusal, UserId } from '@quorate/wire';
import { createActs } from './acts.ts';
import type { App } from './app.ts';
import { openAuthority } from './authority.ts';
import { createBackground, pause } from './background.ts';
import { answers, openDatabase } from './db.ts';
import { createExports } from './exports.ts';
import { type Figures, figuresOf } from './figures.ts';
import { createFollowActs } from './follow-acts.ts';
import { createHttp, createListener } from './http.ts';
import { createKeygen } from './keygen.ts';
import { createLimits } from './limits.ts';
import { defaultLog, describe } from './log.ts';
import { silentMeter } from './meter.ts';
import type { ServerOptions } from './options.ts';
import { createLogins } from './login.ts';
import { createRegistrationCodes } from './registration-codes.ts';
import { createRegistrations } from './registrations.ts';
import { createSessions } from './sessions.ts';
import { openOutbox } from './outbox.ts';
import { createSigners, type Signers } from './signers.ts';
import { createSigning } from './signing.ts';
import { createTokens } from './tokens.ts';
import { createUserActions } from './user-actions.ts';
import { watchedLog } from './watched-log.ts';

export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** A bearer token (JWT) of a service account or a person, for who starts the server. @throws {Refusal} `identity/unknown` */
  issueToken(userId: string): Promise<string>;
  /** How it is, in numbers, within three seconds. */
  figures(): Promise<Figures>;
  /** Ends what is under way, at most five seconds of it, and closes everything. */
  stop(): Promise<void>;
}

/** How often signers are looked at, acts that are under way are offered again, and signers behind are brought along. */
const TEND_MS = 3_000;
const SWEEP_MS = 60_000;
/** How long the start waits for the first word of signers, to refuse test fixtures at once. */
const FIRST_LOOK_MS = 300;
const STOP_MS = 5_000;
/** A person's bearer that whoever runs the server hands out is for a day's work. */
const HANDED_OUT_MS = 86_400_000;
/** How long calls that were given up have to answer. */
const LAST_WORDS_MS = 1_000;
/** How long figures wait for a database that may be away. */
const FIGURES_MS = 2_000;

/** @throws {Error} when a signer's secrets are test fixtures and `testFixtures` is not set; {@link Refusal} `genesis/invalid` */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { keys, genesisHash, transport, host = '127.0.0.1', port = 0, now = Date.now, meter = silentMeter, testFixtures = false, hooks = {} } = options;
  const log = watchedLog(options.log ?? defaultLog(), meter);
  const genesis = readGenesis(options.genesis, genesisHash);
  await using opened = new AsyncDisposableStack();

  const { db, exclusive, jobs } = await openDatabase(options.database, log);
  opened.defer(() => db.destroy());
  const outbox = await openOutbox(jobs, log);
  opened.defer(() => outbox.close());
  /** The keys that signers have by the acts that are known here; before any were read, those of the genesis. */
  let roster = (): Roster => genesisRoster(genesis, genesisHash);
  const channel = openChannel({
    transport,
    self: keyParty(keys.link),
    network: genesisHash,
    parties: (id) => partyOf(roster(), id),
    now,
    log(event) {
      meter.link(event.code);
      log.debug({ event: 'link', link: event }, 'a message was not passed on');
    },
    readsTraces: (id) => signers.readsTraces(id),
  });
  opened.defer(() => channel.close());

  const signers: Signers = createSigners({ channel, genesis, now, testFixtures, log });
  const background = createBackground(log);
  const parts = { db, genesis, genesisHash, roster: () => roster(), signers, now, background, log, meter, hooks };
  const limited = { limits: createLimits(options.limits), trustedProxies: options.trustedProxies ?? 0 };
  const authority = await openAuthority({ ...parts, limits: limited.limits, outbox, acts: createActs(db, outbox.announce), exclusive });
  roster = () => authority.state;
  const firstLook = signers.look();
  channel.serve('chain', (request) => authority.chain(request));
  const tokens = await createTokens({ keys, orgId: genesis.orgId, now });
  const actions = createUserActions({ db, tokens, now });
  const signing = createSigning(parts);
  const sessions = createSessions(parts);
  const logins = createLogins({ db, keys, tokens, sessions, now });
  const codes = createRegistrationCodes(parts);
  const registrations = createRegistrations({ db, tokens, codes, now });
  const app: App = {
    ...parts,
    ...limited,
    tokens,
    sessions,
    logins,
    codes,
    registrations,
    actions,
    authority,
    follow: createFollowActs(db),
    keygen: createKeygen(parts),
    signing,
    exports: createExports(parts),
  };

  const seen = await Promise.race([firstLook, pause(FIRST_LOOK_MS).then(() => [])]);
  const fixtures = seen.filter(({ state }) => state === 'fixtures');
  if (fixtures.length > 0) throw new Error(`signers use the published test fixtures: ${fixtures.map(({ signerId }) => signerId).join(', ')}`);

  const quietly = (what: string, work: Promise<unknown>): Promise<void> =>
    work.then(
      () => {},
      (error: unknown) => log.warn({ event: 'upkeep-failed', what, error: describe(error) }, 'upkeep failed'),
    );
  const sweep = (): Promise<void> => quietly('sweep', Promise.all([actions, signing, sessions, logins, codes].map((one) => one.sweep())));
  let tending: Promise<void> | null = null;
  const tend = (): void => {
    tending ??= quietly(
      'tend',
      // A signer whose keys another server's act has changed is seen only with its new ones.
      authority
        .current()
        .then(() => signers.look())
        .then((health) => authority.tend(health)),
    ).finally(() => {
      tending = null;
    });
  };
  if (exclusive) await signing.abandon();
  await sweep();
  tend();
  await outbox.work((number) => authority.deliver(number));
  const timers = [setInterval(tend, TEND_MS), setInterval(() => void sweep(), SWEEP_MS)];
  for (const timer of timers) timer.unref();

  const listener = createListener(createHttp(app));
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, () => resolve());
  });
  const address = listener.address() as AddressInfo;
  const closing = opened.move();

  let stopping: Promise<void> | null = null;
  async function close(): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    listener.closeIdleConnections();
    await Promise.race([closed, pause(STOP_MS)]);
    // Whoever still waits for signers hears that none answered, and its request is not left as if it were under way.
    channel.close();
    await Promise.race([closed, pause(LAST_WORDS_MS)]);
    listener.closeAllConnections();
    await Promise.race([Promise.all([background.idle(), tending]), pause(STOP_MS)]);
    await closing.disposeAsync();
  }
  const stop = (): Promise<void> => (stopping ??= close());

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    async issueToken(userId) {
      const id = UserId.safeParse(userId);
      const user = id.success ? (await authority.current()).users.get(id.data) : undefined;
      if (user === undefined || user.isArchived) throw new Refusal('identity/unknown');
      const at = now();
      if (user.isServiceAccount) return tokens.issue(user, at);
      const sessionId = await sessions.open({ userId: user.id, credId: null }, at + HANDED_OUT_MS);
      return tokens.issueSession(user, sessionId, at, at + HANDED_OUT_MS);
    },
    async figures() {
      const patience = pause(FIGURES_MS);
      const within = <T>(work: Promise<T>, otherwise: T): Promise<T> => Promise.race([work.catch(() => otherwise), patience.then(() => otherwise)]);
      const [database, delivered, health] = await Promise.all([
        within(answers(db), false),
        within<Awaited<ReturnType<typeof authority.delivered>> | null>(authority.delivered(), null),
        signers.health(),
      ]);
      return figuresOf({ database, delivered, health, head: authority.state.head.number, threshold: genesis.threshold });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
