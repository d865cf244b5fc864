import { describe, expect, test } from 'vitest';
import { ConfigFault, loadConfig, readConfig } from './config.ts';

const good = { orgId: 'or-023mo-u1jef-sjgctp224l5d1dv0', genesisHash: 'ab'.repeat(32), relyingPartyId: 'wallets.example' };
const origin = 'https://console.wallets.example';
const read = (change: object = {}, at = origin) => readConfig(JSON.stringify({ ...good, ...change }), at);

describe('the configuration', () => {
  test('names organisation, genesis and relying party; the API is at the console’s own origin unless it says otherwise', () => {
    expect(read()).toEqual({ ...good, apiUrl: origin });
    expect(read({ apiUrl: 'https://api.example:8443' }).apiUrl).toBe('https://api.example:8443');
  });

  test.each([
    ['a member that is not known', { genesis: {} }],
    ['no genesis hash', { genesisHash: undefined }],
    ['a genesis hash in capitals', { genesisHash: 'AB'.repeat(32) }],
    ['another kind of id', { orgId: 'us-023mo-u1jef-sjgctp224l5d1dv0' }],
    ['an API with a path, which nobody would sign', { apiUrl: 'https://api.example/v1' }],
    ['an API that is a script', { apiUrl: 'javascript:alert(1)' }],
  ])('with %s is refused', (_what, change) => {
    expect(() => read(change)).toThrow(ConfigFault);
    expect(read().genesisHash).toBe(good.genesisHash);
  });

  test('with a member twice is refused: two readers could each believe another one', () => {
    const text = JSON.stringify(good);
    expect(() => readConfig(text.replace('{', `{"genesisHash":"${'cd'.repeat(32)}",`), origin)).toThrow(ConfigFault);
    expect(() => readConfig(`${text}${' '.repeat(20_000)}`, origin)).toThrow('longer');
    expect(readConfig(text, origin).relyingPartyId).toBe('wallets.example');
  });

  test('on a page where no passkey of it could be used is refused, and says why', () => {
    for (const at of ['https://wallets.example.evil', 'http://console.wallets.example', 'https://127.0.0.1']) expect(() => read({}, at)).toThrow(at);
    expect(read({ relyingPartyId: 'localhost' }, 'http://localhost:7380').apiUrl).toBe('http://localhost:7380');
  });

  test('is fetched from beside the page, without a cache, and not from where a redirect leads', async () => {
    const asked: unknown[] = [];
    const answering = (response: Response): typeof fetch => {
      return (async (...given: unknown[]) => {
        asked.push(given);
        return response;
      }) as typeof fetch;
    };
    expect(await loadConfig(origin, answering(Response.json(good)))).toMatchObject(good);
    expect(asked).toEqual([['/config.json', { cache: 'no-store', credentials: 'omit', redirect: 'error' }]]);
    await expect(loadConfig(origin, answering(new Response('', { status: 404 })))).rejects.toThrow('no config.json');
  });
});
