/**
 * A whole network for tests: server and five signers in one process, on fixture primes, with the real SDK in front. Tests
 * that take {@link openNetwork} run on processes of their own as well.
 *
 * @module
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { type Devnet, type DevnetOptions, lyingMpc, type SignerGroup, startDevnet } from '@quorate/devnet';
import * as mpc from '@quorate/mpc';
import type { ExportAnswer } from '@quorate/wire';
import { PATIENT } from './patient.ts';

/** What whole-system tests need of a network, in whatever processes it runs. */
export interface AnyNetwork extends AsyncDisposable {
  readonly devnet: Pick<Devnet, 'url' | 'genesis' | 'genesisHash' | 'admin'> & { readonly signers: Pick<SignerGroup, 'id' | 'start' | 'stop'> };
  /** The genesis administrator, through the unmodified SDK. */
  readonly admin: DfnsApiClient;
  /** From now on the signer of this number (from 1) lies about its share in its releases, or no longer. */
  lies(number: number, whether: boolean): Promise<void>;
}

export interface TestNetwork extends AnyNetwork {
  readonly devnet: Devnet;
  readonly dir: string;
}

export type NetworkOpener = (options?: Pick<DevnetOptions, 'allowExport'>) => Promise<AnyNetwork>;

export async function startTestNetwork(options: Partial<DevnetOptions> = {}): Promise<TestNetwork> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'quorate-test-')));
  const liars = new Set<number>();
  const mpcOf = (number: number) => lyingMpc(mpc, () => liars.has(number));
  const devnet = await startDevnet({ limits: PATIENT, port: 0, testFixtures: true, allowExport: true, tables: 'off', mpcOf, ...options, dir });
  return {
    devnet,
    dir,
    admin: clientOf(devnet, { authToken: devnet.admin.authToken, credId: devnet.admin.credId, privateKey: devnet.admin.privateKey }),
    async lies(number, whether) {
      if (whether) liars.add(number);
      else liars.delete(number);
    },
    async [Symbol.asyncDispose]() {
      await devnet.stop();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

let opener: NetworkOpener = startTestNetwork;
/** For tests on other networks than one of this process. */
export function openNetworksBy(other: NetworkOpener): void {
  opener = other;
}
/** With export switched on, unless it is said otherwise. */
export const openNetwork: NetworkOpener = (options) => opener(options);

export interface Credentials {
  readonly authToken: string;
  readonly credId: string;
  readonly privateKey: string;
}

export function clientOf(devnet: Pick<Devnet, 'url' | 'admin'>, { authToken, credId, privateKey }: Credentials): DfnsApiClient {
  return new DfnsApiClient({ baseUrl: devnet.url, orgId: devnet.admin.orgId, authToken, signer: new AsymmetricKeySigner({ credId, privateKey }) });
}

const generators = {
  ed25519: () => generateKeyPairSync('ed25519'),
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  secp256k1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
export type KeyType = keyof typeof generators;
export const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
export const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

let named = 0;
const name = (what: string): string => `${what} ${process.pid}-${++named}`;

export interface Account extends Credentials {
  readonly userId: string;
  readonly client: DfnsApiClient;
}

/** A service account of its own, with a key of this type and these operations, made through the SDK. */
export async function newAccount({ devnet, admin }: Pick<AnyNetwork, 'devnet' | 'admin'>, keyType: KeyType, operations: readonly string[]): Promise<Account> {
  const pair = generators[keyType]();
  const made = await admin.auth.createServiceAccount({ body: { name: name('service account'), publicKey: spki(pair.publicKey) } });
  const { userId } = made.userInfo;
  if (operations.length > 0) await grant(admin, userId, operations);
  const [token] = made.accessTokens;
  if (token?.accessToken === undefined) throw new Error('no access token in the answer');
  const credentials = { authToken: token.accessToken, credId: token.credId, privateKey: pkcs8(pair.privateKey) };
  return { ...credentials, userId, client: clientOf(devnet, credentials) };
}

export async function grant(admin: DfnsApiClient, identityId: string, operations: readonly string[]): Promise<string> {
  const permission = await admin.permissions.createPermission({ body: { name: name('permission'), operations: operations as never } });
  await admin.permissions.createAssignment({ permissionId: permission.id, body: { identityId } });
  return permission.id;
}

/** Everything an owner needs to make, use and export wallets. */
export const OWNER = [
  'Wallets:Create',
  'Wallets:Read',
  'Keys:Create',
  'Keys:Read',
  'Keys:Signatures:Create',
  'Keys:Signatures:Read',
  'Wallets:Export',
  'Signers:ListSigners',
] as const;

/**
 * The answer to an export, given at `path`, once the pieces of so many signers are in it: the server waits for those
 * beyond the threshold for a second only, and keeps what comes later.
 */
export async function wholeExport(
  { url }: Pick<Devnet, 'url'>,
  { authToken }: Pick<Credentials, 'authToken'>,
  path: string,
  answer: ExportAnswer,
  count = 5,
): Promise<ExportAnswer> {
  let whole = answer;
  for (const end = performance.now() + 60_000; whole.encryptedKeyShares.length < count && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    whole = (await (await fetch(new URL(path, url), { headers: { authorization: `Bearer ${authToken}` } })).json()) as ExportAnswer;
  }
  return whole;
}

/** The refusal a call ends in: HTTP status and stable code. Throws when the call succeeds. */
export async function refusalOf(call: Promise<unknown>): Promise<{ status: number; code: string; details: Record<string, unknown>; message: string }> {
  try {
    await call;
  } catch (error) {
    const { httpStatus, context, message } = error as {
      httpStatus?: number;
      context?: { body?: { error?: { code: string; details: Record<string, unknown> } } };
      message: string;
    };
    const answer = context?.body?.error;
    if (httpStatus === undefined || answer === undefined) throw error;
    return { status: httpStatus, code: answer.code, details: answer.details, message };
  }
  throw new Error('the call was expected to be refused');
}
