import { describe, expect, test } from 'vitest';
import { isFor, parseInput, readBody, readCommand } from './command.ts';
import { createPermission, listServiceAccounts, updateOrganisationSettings } from './endpoints/authority.ts';
import { createWallet, createWalletSignature, exportWallet, listWallets } from './endpoints/wallets.ts';
import { isRefusal, type RefusalDetail } from './refusal.ts';
import type { Method } from './statement.ts';

const wallet = 'wa-5pfuu-9euek-h0odgb6snva8ph3k';
const path = `/wallets/${wallet}/export`;
const payload = '{"encryptionKey":"AQNi","supportedSchemes":[{"protocol":"CGGMP21","curve":"secp256k1"}]}';
const read = (method: string, path: string, payload: string) => readCommand({ method: method as Method, path, payload });

function refusal(run: () => unknown): { code: string; detail?: RefusalDetail } {
  try {
    run();
  } catch (error) {
    if (isRefusal(error)) return { code: error.code, detail: error.detail };
    throw error;
  }
  return { code: 'accepted' };
}

describe('a signed request', () => {
  test('is read as the command that was signed', () => {
    const command = read('POST', path, payload);
    expect(isFor(command, exportWallet)).toBe(true);
    expect(isFor(command, createWallet)).toBe(false);
    expect(command.params).toEqual({ walletId: wallet });
    expect(command.body).toEqual(JSON.parse(payload));
  });

  test('does what its body says: a wallet on a key that is named is an act, and asks for other operations', () => {
    const create = (body: object) => read('POST', '/wallets', JSON.stringify({ network: 'Ethereum', ...body }));
    expect(create({})).toMatchObject({ effect: 'keygen', access: ['Wallets:Create', 'Keys:Create'] });
    expect(create({ signingKey: {} })).toMatchObject({ effect: 'keygen' });
    const id = 'key-01snl-t56gb-j8tsok0vn802p80i';
    expect(create({ signingKey: { id } })).toMatchObject({ effect: 'act', access: ['Wallets:Create', 'Keys:Reuse'] });
    const delegateTo = 'us-6b58p-r53sr-rlrd3l5cj3uc4ome';
    expect(create({ delegateTo, tags: ['a'] }).access).toEqual(['Wallets:Create', 'Keys:Create', 'Keys:Delegate', 'Wallets:Tags:Add']);
    const key = read('POST', '/keys', JSON.stringify({ scheme: 'ECDSA', curve: 'secp256k1', delegateTo }));
    expect(key).toMatchObject({ effect: 'keygen', access: ['Keys:Create', 'Keys:Delegate'] });
    // No other way to write it: a member that is there twice, or an id that is none, is refused.
    expect(refusal(() => read('POST', '/wallets', `{"network":"Ethereum","signingKey":{},"signingKey":{"id":"${id}"}}`)).code).toBe('request/malformed-json');
    expect(refusal(() => create({ signingKey: { id: null } })).code).toBe('request/invalid');
  });

  test('means the same with an encoded id, and ignores a query', () => {
    expect(read('POST', `/wallets/${wallet.replaceAll('-', '%2D')}/export?force=true`, payload).params).toEqual({ walletId: wallet });
  });

  test.each([
    ['another method', 'PUT', path],
    ['a call that is not signed', 'GET', '/wallets'],
    ['no call', 'POST', '/wallets/all/burn'],
    ['a trailing slash', 'POST', `${path}/`],
    ['a doubled slash', 'POST', path.replace('/export', '//export')],
    ['an encoded slash between segments', 'POST', `/wallets%2F${wallet}/export`],
    ['an encoded literal segment', 'POST', `/%77allets/${wallet}/export`],
    ['an empty id', 'POST', '/wallets//export'],
    ['a broken escape', 'POST', '/wallets/%E0%A4/export'],
    ['the empty path', 'POST', ''],
  ])('for %s is an unknown route', (_, method, wrong) => {
    expect(refusal(() => read(method, wrong, payload)).code).toBe('request/unknown-route');
    expect(refusal(() => read('POST', path, payload)).code).toBe('accepted');
  });

  test.each([
    'wa%2F..%2F1',
    `${wallet}%2F`,
    `${wallet}%00`,
    '%2e%2e',
    wallet.replaceAll('-', '%252D'),
    'key-01snl-t56gb-j8tsok0vn802p80i',
    wallet.toUpperCase(),
  ])('with the id %s is refused, decoded once', (id) => {
    expect(refusal(() => read('POST', `/wallets/${id}/export`, payload))).toMatchObject({
      code: 'request/invalid',
      detail: { where: 'path', member: 'walletId' },
    });
    expect(refusal(() => read('POST', path, payload)).code).toBe('accepted');
  });

  test.each([
    ['a member twice', '{"exportEnabled":false,"exportEnabled":true}', 'request/malformed-json'],
    ['a member twice, once escaped', '{"exportEnabled":false,"\\u0065xportEnabled":true}', 'request/malformed-json'],
    ['half a body', '{"exportEnabled":', 'request/malformed-json'],
    ['text for a boolean', '{"exportEnabled":"true"}', 'request/invalid'],
    ['null', '{"exportEnabled":null}', 'request/invalid'],
    ['a list', '[]', 'request/invalid'],
    ['no member', '{}', 'request/invalid'],
    ['no body', '', 'request/invalid'],
    ['a further member', '{"exportEnabled":true,"quietly":true}', 'request/invalid'],
  ])('with %s in its body is refused', (_, body, code) => {
    expect(refusal(() => read('PUT', '/organisation/settings', body)).code).toBe(code);
    expect(isFor(read('PUT', '/organisation/settings', '{"exportEnabled":true}'), updateOrganisationSettings)).toBe(true);
  });

  test.each([
    { network: 5 },
    { network: 'Ethereum', name: 'x'.repeat(101) },
    { network: 'Ethereum', tags: 'a' },
    { network: 'Ethereum', signingKey: { id: 'key-1' } },
    { network: 'Ethereum', delegateTo: wallet },
  ])('for a wallet with %j is refused', (body) => {
    expect(refusal(() => read('POST', '/wallets', JSON.stringify(body))).code).toBe('request/invalid');
    expect(refusal(() => read('POST', '/wallets', '{"network":"Ethereum"}')).code).toBe('accepted');
  });

  test('for a signature of another kind is told which there are', () => {
    const sign = (body: unknown) => refusal(() => read('POST', `/wallets/${wallet}/signatures`, JSON.stringify(body)));
    expect(sign({ kind: 'Transaction', transaction: '0x' })).toMatchObject({
      code: 'request/invalid',
      detail: { member: 'kind', problem: expect.stringContaining('Hash or Message') },
    });
    expect(sign({ kind: 'Hash', hash: '0xabc' })).toMatchObject({ code: 'request/invalid', detail: { member: 'hash' } });
    expect(sign({ kind: 'Hash', hash: '0xab' }).code).toBe('accepted');
  });

  test('that is refused is not quoted', () => {
    const answer = refusal(() => readBody(createPermission, '{"name":"a","operations":["x"],"my secret key":1}'));
    expect(answer.code).toBe('request/invalid');
    expect(JSON.stringify(answer.detail)).not.toContain('secret');
    expect(JSON.stringify(refusal(() => readBody(createWalletSignature, '{"kind":"Hash","hash":"my secret"}')).detail)).not.toContain('secret');
  });
});

test('a call without a body takes none, or an empty object as the SDK sends it, and nothing else', () => {
  expect(readBody(listServiceAccounts, '')).toBeUndefined();
  expect(readBody(listServiceAccounts, '{}')).toBeUndefined();
  expect(refusal(() => readBody(listServiceAccounts, '{"a":1}')).code).toBe('request/invalid');
  expect(refusal(() => readBody(listServiceAccounts, '[]')).code).toBe('request/invalid');
});

test('a limit is read from text and clamped', () => {
  expect(parseInput(listWallets.query, { limit: '1000' }, 'query')).toEqual({ limit: 100 });
  expect(parseInput(listWallets.query, { limit: '7' }, 'query')).toEqual({ limit: 7 });
  for (const limit of ['0', '-1', '1.5', 'x', '']) expect(refusal(() => parseInput(listWallets.query, { limit }, 'query')).code).toBe('request/invalid');
});
