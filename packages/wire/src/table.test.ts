import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deriveId, type IdKind, idKinds } from './ids.ts';
import { reasons } from './refusal.ts';
import { endpoints, match, pathOf } from './table.ts';

/** Endpoints of the stock SDK 0.8.21, those that we serve: namespace, operation, method, path, signed. */
const rows = readFileSync(new URL('../../../vectors/dfns-endpoints.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => row.split('\t'));
const ours = [
  'organisation.updateSettings',
  'organisation.get',
  'organisation.listActs',
  'signers.rotateKeys',
  'wallets.getExport',
  'keys.getExport',
  'wallets.getExportReceipt',
  'keys.getExportReceipt',
].concat(['auth.confirmUser', 'auth.listRegistrations', 'keys.renounceExport']);
/** Signed by their author, and for no signer to see: they change what things are called. */
const signedForTheServer = ['wallets.updateWallet', 'keys.updateKey'];

const prefixes: Readonly<Record<string, IdKind>> = {
  walletId: 'wa',
  keyId: 'key',
  signatureId: 'sig',
  permissionId: 'pm',
  serviceAccountId: 'us',
  userId: 'us',
  tokenId: 'to',
  assignmentId: 'as',
  id: 'al',
};
const sample = (path: string) =>
  Object.fromEntries(
    [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => [
      name,
      name === 'signerId' ? `${'/+'.repeat(21)}w=` : deriveId(prefixes[name] ?? 'or', 0, 'challenge'),
    ]),
  );

describe('the table', () => {
  test.each(rows)('serves %s.%s as the stock SDK calls it', (namespace, operation, method, path, signed) => {
    const endpoint = endpoints.find(({ name }) => name === `${namespace}.${operation}`);
    expect(endpoint).toMatchObject({ method, path, userAction: signed === 'yes' });
  });

  test('holds nothing that is neither the SDK’s nor known as ours', () => {
    const known = [...rows.map(([namespace, operation]) => `${namespace}.${operation}`), ...ours];
    expect(endpoints.map(({ name }) => name).sort()).toEqual(known.sort());
  });

  test.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('finds %s by its own path, and no other before it', (_, endpoint) => {
    const params = sample(endpoint.path);
    const found = match(endpoint.method, pathOf(endpoint, params));
    expect(found?.endpoint).toBe(endpoint);
    expect(found?.params).toEqual(params);
    expect(endpoint.params.safeParse(params).success).toBe(true);
  });

  test.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('says of %s what it takes and what it does', (_, endpoint) => {
    expect(Object.keys(endpoint.params.shape)).toEqual([...endpoint.path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name));
    expect(endpoint.effect !== null).toBe(endpoint.userAction && !signedForTheServer.includes(endpoint.name));
    if (endpoint.userAction) expect(endpoint.method).not.toBe('GET');
    for (const code of endpoint.refusals) expect(reasons[code]).toBeDefined();
  });

  test('builds paths as the SDK does and refuses to build half of one', () => {
    const endpoint = endpoints.find(({ name }) => name === 'wallets.getWallet');
    if (endpoint === undefined) throw new Error('no such endpoint');
    expect(pathOf(endpoint, { walletId: 'wa/../1' })).toBe('/wallets/wa%2F..%2F1');
    expect(match('GET', '/wallets/wa%2F..%2F1')?.params).toEqual({ walletId: 'wa/../1' });
    expect(() => pathOf(endpoint, {})).toThrow(TypeError);
  });

  test('every kind of id has its own prefix', () => {
    expect(new Set(Object.values(idKinds)).size).toBe(Object.keys(idKinds).length);
  });
});
