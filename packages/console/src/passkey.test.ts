import { b64url, utf8 } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { type Asked, optionsOf, type PasskeyFault, passkeySigner } from './passkey.ts';

const challenge = b64url.encode(new Uint8Array(32).fill(7));
const id = b64url.encode(new Uint8Array(20).fill(9));
const asked: Asked = { challenge, allowCredentials: { webauthn: [{ id }] }, userVerification: 'required' };
const buffer = (...bytes: number[]): ArrayBuffer => Uint8Array.from(bytes).buffer;
const made = (userHandle: ArrayBuffer | null) => ({
  rawId: buffer(1),
  response: { clientDataJSON: buffer(2), authenticatorData: buffer(3), signature: buffer(4), userHandle },
});
const browser = (get: () => Promise<unknown>) => ({ get: get as CredentialsContainer['get'] });
const sign = (credentials: Pick<CredentialsContainer, 'get'> | undefined, init: Asked = asked, onAsk?: () => void) =>
  passkeySigner({ relyingPartyId: 'wallets.example', credentials, ...(onAsk === undefined ? {} : { onAsk }) }).sign(init as never);

describe('a passkey', () => {
  test('is asked for by the relying party of the configuration, with the challenge as text', () => {
    const options = optionsOf(asked, 'wallets.example');
    expect(options).toMatchObject({ rpId: 'wallets.example', userVerification: 'required' });
    expect(new Uint8Array(options.challenge as ArrayBuffer)).toEqual(utf8.encode(challenge));
    expect(options.allowCredentials?.map((one) => b64url.encode(new Uint8Array(one.id as ArrayBuffer)))).toEqual([id]);
  });

  test('verifies its user unless the network’s rule is known to be another one', () => {
    expect(optionsOf({ ...asked, userVerification: 'whatever' }, 'x').userVerification).toBe('required');
    expect(optionsOf({ ...asked, userVerification: 'preferred' }, 'x').userVerification).toBe('preferred');
  });

  test('gives what the API takes, with the user’s handle where there is one', async () => {
    const without = { credId: 'AQ', clientData: 'Ag', authenticatorData: 'Aw', signature: 'BA' };
    expect(await sign(browser(async () => made(null)))).toEqual({ kind: 'Fido2', credentialAssertion: without });
    expect(await sign(browser(async () => made(buffer())))).toEqual({ kind: 'Fido2', credentialAssertion: without });
    expect(await sign(browser(async () => made(buffer(5))))).toEqual({ kind: 'Fido2', credentialAssertion: { ...without, userHandle: 'BQ' } });
  });

  test('that is not used is told from one that does not work, and from none at all', async () => {
    const denied = Object.assign(new Error('no'), { name: 'NotAllowedError' });
    const problem = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error: unknown) => (error as PasskeyFault).problem,
      );
    expect(await problem(sign(browser(() => Promise.reject(denied))))).toBe('refused');
    expect(await problem(sign(browser(async () => null)))).toBe('refused');
    expect(await problem(sign(browser(() => Promise.reject(new Error('broken')))))).toBe('failed');
    expect(
      await problem(
        sign(
          browser(async () => made(null)),
          { ...asked, allowCredentials: { webauthn: [] } },
        ),
      ),
    ).toBe('none-registered');
    expect(await problem(sign(undefined))).toBe('unsupported');
    expect(await problem(sign(browser(async () => made(null))))).toBe('none');
  });

  test('is announced before the browser asks', async () => {
    const order: string[] = [];
    const get = async () => {
      order.push('get');
      return made(null);
    };
    await sign(browser(get), asked, () => order.push('ask'));
    expect(order).toEqual(['ask', 'get']);
  });
});
