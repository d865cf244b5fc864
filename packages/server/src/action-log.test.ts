import { createPublicKey, verify } from 'node:crypto';
import { genesisState } from '@quorate/authority';
import { type ActionLogId, b64url, challengeOf, type Genesis, isRefusal, SignedAction, type TokenId, type UserId } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listActions } from './action-log.ts';
import { csvLine } from './csv.ts';
import { openDatabase } from './db.ts';
import { type Account, newKey, request, signedCall, startNetwork, type TestNetwork, userAction } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
beforeAll(async () => {
  network = await startNetwork();
  url = network.server.url;
});
afterAll(() => network[Symbol.asyncDispose]());

const list = async (query = '', account: Account = network.admin) => request(url, 'GET', `/auth/action/logs${query}`, { token: account.token });
/** The lines of a log without its header, split into cells; no cell here holds a comma or a line end. */
const lines = (csv: string): string[][] =>
  csv
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(',').map((cell) => cell.replace(/^"|"$/g, '')));
const settings = '/organisation/settings';
const since = () => `?startTime=${new Date(Date.now() - 60_000).toISOString()}&endTime=${new Date(Date.now() + 1_000).toISOString()}`;

describe('the log of user actions', () => {
  test('is a JSON string of CSV with one line for each action that was used', async () => {
    const before = Date.now();
    expect((await signedCall(url, network.admin, 'PUT', settings, { exportEnabled: true })).status).toBe(200);
    expect((await signedCall(url, network.otherAdmin, 'PUT', settings, { exportEnabled: false })).status).toBe(200);
    const { status, body } = await list(since());
    expect(status).toBe(200);
    expect(body).toMatch(/^Date Performed,Audit Log ID,User ID,Username,Primary Credential ID,Action Path,Summary\r\n/);
    const [first, second] = lines(body as string).slice(-2);
    expect(first?.slice(2)).toEqual([network.admin.userId, 'admin-0', expect.stringMatching(/^cr-/), settings, expect.stringMatching(/^PUT: /)]);
    expect(second?.[2]).toBe(network.otherAdmin.userId);
    expect(Date.parse(first?.[0] ?? '')).toBeGreaterThanOrEqual(before);
    const own = lines((await list(`${since()}&userId=${network.otherAdmin.userId}`)).body as string);
    expect(own).toEqual([second]);
  });

  test('holds an entry that anyone can verify without believing the server, and no request body', async () => {
    await signedCall(url, network.admin, 'PUT', settings, { exportEnabled: true });
    const id = lines((await list()).body as string).at(-1)?.[1];
    const { status, body } = await request(url, 'GET', `/auth/action/logs/${id}`, { token: network.admin.token });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, action: `PUT ${settings}`, userId: network.admin.userId, username: 'admin-0' });
    const signed = SignedAction.parse(body.signed);
    const { clientData, signature } = body.firstFactorCredential.assertion;
    expect(JSON.parse(Buffer.from(b64url.decode(clientData)).toString()).challenge).toBe(challengeOf(signed.statement));
    expect(body).toMatchObject({ actionToken: challengeOf(signed.statement), payloadHash: signed.statement.payloadHash });
    const key = createPublicKey(body.firstFactorCredential.publicKey);
    expect(verify(null, b64url.decode(clientData), key, b64url.decode(signature))).toBe(true);
    expect(JSON.stringify(body)).not.toContain('exportEnabled');
  });

  test('has no entry for a challenge, a signature, or a token that was presented for another call', async () => {
    const before = (await list()).body;
    const { body } = await userAction(url, network.admin, 'PUT', settings, '{"exportEnabled":true}');
    expect((await request(url, 'PUT', settings, { token: network.admin.token, userAction: body.userAction, body: '{"exportEnabled":false}' })).status).toBe(
      403,
    );
    expect((await list()).body).toBe(before);
    await signedCall(url, network.admin, 'PUT', settings, { exportEnabled: true });
    expect(lines((await list()).body as string)).toHaveLength(lines(before as string).length + 1);
  });

  test('is for those who hold the operation', async () => {
    const { pem, privateKey } = newKey();
    const made = await signedCall(url, network.admin, 'POST', '/auth/service-accounts', { name: 'reader', publicKey: pem });
    const [token] = made.body.accessTokens;
    const reader: Account = { userId: made.body.userInfo.userId, credId: token.credId, privateKey, token: token.accessToken };
    expect(await list('', reader)).toMatchObject({ status: 403, body: { error: { code: 'auth/forbidden' } } });
    const permission = await signedCall(url, network.admin, 'POST', '/permissions', { name: 'auditors', operations: ['Auth:Logs:Read'] });
    await signedCall(url, network.admin, 'POST', `/permissions/${permission.body.id}/assignments`, { identityId: reader.userId });
    expect((await list('', reader)).status).toBe(200);
  });

  test.each([
    ['a time that is none', '?startTime=yesterday'],
    ['an end before the start', '?startTime=2026-02-01&endTime=2026-01-01'],
    ['more than a year', '?startTime=2020-01-01&endTime=2026-01-01'],
    ['a user that is none', '?userId=me'],
  ])('refuses %s', async (_, query) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { error: { code: 'request/invalid' } } });
    expect((await list('?startTime=2026-01-01&endTime=2026-02-01')).status).toBe(200);
  });

  test('says of an entry that is not there that it is not', async () => {
    const id = 'al-00000-00000-0000000000000000';
    expect(await request(url, 'GET', `/auth/action/logs/${id}`, { token: network.admin.token })).toMatchObject({
      status: 404,
      body: { error: { code: 'log/unknown' } },
    });
  });
});

test('twenty thousand entries are told in pages, while everything else goes on; above the limit a shorter span is asked for', async () => {
  const { db } = await openDatabase({ kind: 'pglite', dir: 'memory' }, { debug() {}, info() {}, warn() {}, error() {} });
  try {
    await signedCall(url, network.admin, 'PUT', settings, { exportEnabled: true });
    const log = (await request(url, 'GET', '/auth/action/logs', { token: network.admin.token })).body as string;
    const id = lines(log).at(-1)?.[1];
    const { body } = await request(url, 'GET', `/auth/action/logs/${id}`, { token: network.admin.token });
    const row = { user_id: network.admin.userId as UserId, token_id: '' as TokenId, method: 'PUT', path: settings, entry: JSON.stringify(body.signed) };
    const entry = (i: number) => ({ ...row, id: `al-${String(i).padStart(5, '0')}-00000-0000000000000000` as ActionLogId, time: 1_000 + (i >> 4) });
    for (let i = 0; i < 20_000; i += 1_000)
      await db
        .insertInto('action_log')
        .values(Array.from({ length: 1_000 }, (_, j) => entry(i + j)))
        .execute();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const csv = await listActions(db, genesisState(network.genesis as Genesis), 10_000, {});
    clearInterval(timer);
    expect(new Set(lines(csv).map((cells) => cells[1])).size).toBe(20_000);
    expect(turns).toBeGreaterThan(10);
    for (let i = 20_000; i <= 100_000; i += 1_000)
      await db
        .insertInto('action_log')
        .values(Array.from({ length: 1_000 }, (_, j) => entry(i + j)))
        .execute();
    const refused = await listActions(db, genesisState(network.genesis as Genesis), 10_000, {}).catch((error: unknown) => error);
    expect(isRefusal(refused, 'request/invalid')).toBe(true);
    expect(lines(await listActions(db, genesisState(network.genesis as Genesis), 1_100, { startTime: 1_050, endTime: 1_099 }))).toHaveLength(800);
  } finally {
    await db.destroy();
  }
});

test('a cell that a spreadsheet would run is text, and none can end its line', () => {
  expect(csvLine(['a', '=1+1', '+1', '-1', '@x', '\tx'])).toBe(`a,"'=1+1","'+1",'-1,"'@x","'\tx"\r\n`.replace(`'-1`, `"'-1"`));
  expect(csvLine(['say "no"', 'a,b', 'a\r\nb'])).toBe('"say ""no""","a,b","a\r\nb"\r\n');
});
