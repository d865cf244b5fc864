/**
 * A person who is signed in. The bearer lives in here and nowhere else: it goes with the page.
 *
 * @module
 */
import { checkLogin, connect, type Connection, createHeadMemory, type KnownRoster, learnRoster, type OnAction, type RosterTrust } from '@quorate/client';
import { getOrganisation, initLogin, isRefusal, listActs, login, logout, readGenesis } from '@quorate/wire';
import type { Settings } from './config.ts';
import { passkeySigner } from './passkey.ts';

/** What the world gives; the browser's own where nothing is said. */
export interface Platform {
  readonly fetch?: typeof globalThis.fetch;
  readonly credentials?: Pick<CredentialsContainer, 'get'>;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** What is heard of a signed call while it is made. */
export interface Watch {
  /** The user is about to be asked for the passkey. */
  onAsk(): void;
  /** Signed; from now on the API has it. */
  onSigned: OnAction;
}

export interface Session {
  readonly settings: Settings;
  readonly username: string;
  /** For calls that need no signature. */
  readonly reader: Connection;
  /** For one signed call. */
  signing(watch: Watch): Connection;
  /** The genesis, held against the hash of the configuration. Asked for once. @throws {Refusal} `genesis/invalid` */
  genesis(): Promise<RosterTrust>;
  /** The same with the signers' present keys, where this user may read the acts that say them. */
  roster(): Promise<RosterTrust>;
  signOut(): Promise<void>;
}

/** @throws {Refusal} `guard/foreign-challenge` before anything is signed; `login/refused` @throws {PasskeyFault} */
export async function signIn(settings: Settings, username: string, { fetch = globalThis.fetch, credentials, now = Date.now }: Platform = {}): Promise<Session> {
  const { apiUrl: baseUrl, orgId, genesisHash, relyingPartyId } = settings;
  const asking = (onAsk: () => void) => passkeySigner({ relyingPartyId, onAsk, ...(credentials === undefined ? {} : { credentials }) });
  // Not `fetch` itself: browsers want it called on their window.
  const common = { baseUrl, orgId, genesisHash, now, fetch: ((...given) => fetch(...given)) as typeof fetch };

  const stranger = connect(common);
  const init = await stranger.call(initLogin, { body: { username, orgId } });
  checkLogin(init, { orgId, username, genesisHash, now: now() });
  const firstFactor = await asking(() => {}).sign(init as never);
  const { token: authToken } = await stranger.call(login, { body: { challengeIdentifier: init.challengeIdentifier, firstFactor: firstFactor as never } });

  const heads = createHeadMemory();
  const reader = connect({ ...common, authToken, heads });
  let known: Promise<RosterTrust> | null = null;
  let newest: KnownRoster | null = null;
  const genesis = (): Promise<RosterTrust> => {
    known ??= readTrust(reader, genesisHash).catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  return {
    settings,
    username,
    reader,
    genesis,
    signing: ({ onAsk, onSigned }) => connect({ ...common, authToken, heads, signer: asking(onAsk), onAction: onSigned }),
    async roster() {
      const trust = await genesis();
      // From where it was left the last time.
      newest = await presentRoster(reader, newest === null ? trust : { ...trust, roster: newest });
      return newest === null ? trust : { ...trust, roster: newest };
    },
    async signOut() {
      await reader.call(logout);
    },
  };
}

async function readTrust(reader: Connection, genesisHash: string): Promise<RosterTrust> {
  const { genesis } = await reader.call(getOrganisation);
  return { genesis: readGenesis(genesis, genesisHash), genesisHash };
}

/** `null` where the user may not read acts: then the signers' keys are those of the genesis. */
async function presentRoster(reader: Connection, trust: RosterTrust): Promise<KnownRoster | null> {
  try {
    return await learnRoster(trust, (after) => reader.call(listActs, { query: { after } }));
  } catch (error) {
    if (isRefusal(error, 'auth/forbidden')) return null;
    throw error;
  }
}
