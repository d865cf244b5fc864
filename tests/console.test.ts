/**
 * The console in a real browser with a passkey, served as operators serve it, against a real server and five real
 * signers: sign in, look, export, sign out; and what a server that lies gets out of it.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyReceipt } from '@quorate/client';
import type { ExportAnswer } from '@quorate/wire';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { browserMissing, buildConsole, chromium, openWebsite, serveConsole } from './support/console.ts';
import { type Account, clientOf, grant, OWNER, pkcs8, spki, startTestNetwork, type TestNetwork, wholeExport } from './support/network.ts';

if (browserMissing !== null) console.warn(`the console in a browser ${browserMissing}`);

const WAIT = { timeout: 60_000 };
const USERNAME = 'owner@example.org';

describe.skipIf(browserMissing !== null)(`the console in a browser${browserMissing === null ? '' : ` [${browserMissing}]`}`, () => {
  const open = new AsyncDisposableStack();
  let net: TestNetwork;
  let origin: string;
  let owner: Account;
  let browser: Browser;
  let page: Page;
  let devtools: CDPSession;
  /** The passkey of the owner, as the browser's authenticator gives it away: for the pages of later tests. */
  let passkey: unknown;
  let complaints: string[];

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'quorate-console-'));
    open.defer(() => rmSync(dir, { recursive: true, force: true }));
    const socket = join(dir, 'nginx.sock');
    const website = open.use(await openWebsite(socket));
    origin = website.origin;
    [net] = await Promise.all([startTestNetwork({ origins: [origin] }), buildConsole(join(dir, 'site'))]);
    open.use(net);
    const config = { orgId: net.devnet.admin.orgId, genesisHash: net.devnet.genesisHash, relyingPartyId: 'localhost' };
    open.use(await serveConsole({ dir, socket, api: new URL(net.devnet.url).host, config }, origin));
    const { chromium: launcher } = await import('playwright-core');
    browser = await launcher.launch({ executablePath: chromium ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: 120_000 });
    open.defer(() => browser.close());
    owner = await newOwner();
  }, 180_000);
  afterAll(() => open.disposeAsync());

  async function newOwner(): Promise<Account> {
    const pair = generateKeyPairSync('ed25519');
    const made = await net.admin.auth.createUser({ body: { email: USERNAME, kind: 'CustomerEmployee', publicKey: spki(pair.publicKey) } });
    const { userId, credId } = made as typeof made & { credId: string };
    await grant(net.admin, userId, OWNER);
    const credentials = { authToken: await net.devnet.server.issueToken(userId), credId, privateKey: pkcs8(pair.privateKey) };
    return { ...credentials, userId, client: clientOf(net.devnet, credentials) };
  }

  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, acceptDownloads: true });
    context.setDefaultTimeout(WAIT.timeout);
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      // A refusal's status is one too; what the page says of it is looked at.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
    });
    devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(origin);
    if (passkey === undefined) {
      await register();
      passkey = (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials[0];
    } else await devtools.send('WebAuthn.addCredential', { authenticatorId, credential: passkey as never });
  });
  afterEach(async () => {
    await page.context().close();
    // Neither the content security policy nor anything else was run against, and nobody else was asked for anything.
    expect(complaints).toEqual([]);
  });

  /** Beside the key that the owner has; the browser makes it on the console's own website. */
  async function register(): Promise<void> {
    const begun = await owner.client.auth.createCredentialChallenge({ body: { kind: 'Fido2' } });
    if (begun.kind !== 'Fido2') throw new Error('another kind');
    const credentialInfo = await page.evaluate(
      async ({ challenge, userId, rpId }) => {
        const text = (buffer: ArrayBuffer): string =>
          btoa(String.fromCharCode(...new Uint8Array(buffer)))
            .replaceAll('+', '-')
            .replaceAll('/', '_')
            .replaceAll('=', '');
        const made = (await navigator.credentials.create({
          publicKey: {
            challenge: new TextEncoder().encode(challenge),
            rp: { id: rpId, name: 'console' },
            user: { id: new TextEncoder().encode(userId), name: userId, displayName: userId },
            pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
            authenticatorSelection: { userVerification: 'required', residentKey: 'required' },
          },
        })) as PublicKeyCredential;
        const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse;
        return { credId: text(made.rawId), clientData: text(clientDataJSON), attestationData: text(attestationObject) };
      },
      { challenge: begun.challenge, userId: owner.userId, rpId: 'localhost' },
    );
    const { challengeIdentifier } = begun;
    await owner.client.auth.createCredential({ body: { challengeIdentifier, credentialName: 'console', credentialKind: 'Fido2', credentialInfo } });
  }

  async function signIn(): Promise<void> {
    await page.getByLabel('User name').fill(USERNAME);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('heading', { name: 'Wallets' }).waitFor();
  }

  const alerts = () => page.getByRole('alert');

  test('signs in with a passkey by keyboard alone, lists wallets by pages, shows one, signs out, and keeps nothing', async () => {
    for (const name of ['first', 'second', 'third']) await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA', name } });
    const login = page.waitForResponse('**/auth/login');
    // The same calls, with pages of two.
    await page.route('**/wallets?limit=20*', (route) => route.continue({ url: route.request().url().replace('limit=20', 'limit=2') }));

    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.keyboard.press('Tab');
    await page.keyboard.type(USERNAME);
    await page.keyboard.press('Enter');
    await page.getByText('2 wallets so far.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('3 wallets.').waitFor();
    expect(await page.locator('tbody th').allTextContents()).toEqual(['first', 'second', 'third']);

    await page.getByRole('link', { name: 'second' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Checked here: all 5 signers made this key').waitFor();
    expect(await page.title()).toBe('second · Quorate');
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    expect(kept).toEqual([0, 0, '']);

    const { token } = (await (await login).json()) as { token: string };
    const ask = () => fetch(new URL('/wallets', net.devnet.url), { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    expect((await ask()).status).toBe(401);
    expect(await page.content()).not.toContain('second');
  });

  test('exports a key with a passkey, names the signer that lies, gives key and receipt once, and shows the wallet as exported', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum', name: 'treasury' } });
    await net.lies(3, true);
    // With the pieces of all signers, of which the liar's may be the last.
    await page.route('**/export', async (route) => {
      const response = await route.fetch();
      const whole = await wholeExport(net.devnet, owner, `/wallets/${wallet.id}/export`, (await response.json()) as ExportAnswer);
      await route.fulfill({ response, json: whole });
    });
    await signIn();
    await page.getByRole('link', { name: 'treasury' }).click();
    await page.getByText('and the address follows from it').waitFor();
    await page.getByRole('link', { name: 'Export the key…' }).click();
    const begin = page.getByRole('button', { name: 'Retire and export with a passkey' });
    expect(await begin.isDisabled()).toBe(true);
    await page.getByLabel('To go on, type').fill('treasur');
    expect(await begin.isDisabled()).toBe(true);
    await page.getByLabel('To go on, type').fill('treasury');
    await begin.click();
    await page.getByRole('heading', { name: 'The key is yours' }).waitFor();
    await net.lies(3, false);
    await page.getByText(`Signer 3 (${net.devnet.signers.id(3)})`).waitFor();

    const key = page.getByTestId('private-key');
    expect(await key.textContent()).toContain('hidden');
    await page.getByRole('button', { name: 'Show' }).click();
    const shown = (await key.textContent()) ?? '';
    expect(privateKeyToAccount(`0x${shown}`).address).toBe(wallet.address);
    await page.getByRole('button', { name: 'Hide' }).click();
    expect(await page.content()).not.toContain(shown);

    const [keyFile] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
    expect(JSON.parse(readFileSync(await keyFile.path(), 'utf8'))).toMatchObject({ wallet: wallet.id, address: wallet.address, privateKey: shown });
    const [receipt] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the receipt' }).click()]);
    expect(await verifyReceipt(readFileSync(await receipt.path()), net.devnet.genesisHash)).toMatchObject({ walletId: wallet.id, userId: owner.userId });

    await page.getByLabel('I have saved the private key').check();
    await page.getByRole('button', { name: 'Forget it here and finish' }).click();
    await page.getByText('Exported', { exact: true }).first().waitFor();
    expect(await page.content()).not.toContain(shown);
    await expect(owner.client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: '11'.repeat(32) } })).rejects.toThrow('retired');
  });

  test('a server that shows another address to have it paid is caught before anything is signed, and the right one exports', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum', name: 'paid' } });
    const theirs = `0x${'5A'.repeat(20)}`;
    const lie = `**/wallets/${wallet.id}`;
    await page.route(lie, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), address: theirs } });
    });
    let signed = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/auth/action')) signed += 1;
    });
    await signIn();
    await page.getByRole('link', { name: 'paid' }).click();
    await expect.poll(() => alerts().textContent(), WAIT).toContain('not what the signers signed');
    await page.getByRole('link', { name: 'Export the key…' }).click();
    await page.getByLabel('To go on, type').fill('paid');
    await page.getByRole('button', { name: 'Retire and export with a passkey' }).click();
    await expect.poll(() => alerts().textContent(), WAIT).toContain('The key was not touched');
    expect(signed).toBe(0);
    expect(await owner.client.wallets.getWallet({ walletId: wallet.id })).toMatchObject({ exported: false });

    await page.unroute(lie);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'The key is yours' }).waitFor();
    expect(signed).toBe(1);
  });

  test('a server that asks for a signature over another request to have another key exported gets none, and the right one passes', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum', name: 'meant' } });
    const other = await owner.client.wallets.createWallet({ body: { network: 'Ethereum', name: 'other' } });
    const swap = '**/auth/action/init';
    await page.route(swap, async (route) => {
      const asked = route.request().postDataJSON() as { userActionHttpPath: string };
      const response = await route.fetch({ postData: { ...asked, userActionHttpPath: asked.userActionHttpPath.replace(wallet.id, other.id) } });
      await route.fulfill({ response });
    });
    await signIn();
    await page.goto(`${origin}/#/wallets/${wallet.id}/export`);
    await page.getByLabel('To go on, type').fill('meant');
    await page.getByRole('button', { name: 'Retire and export with a passkey' }).click();
    await expect.poll(() => alerts().textContent(), WAIT).toContain('Nothing was signed');
    await page.unroute(swap);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'The key is yours' }).waitFor();
    expect(await owner.client.wallets.getWallet({ walletId: other.id })).toMatchObject({ exported: false });
  });
});
