import { b64, hex } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import documented from '../../../vectors/documented-example.json' with { type: 'json' };
import ed25519 from '../../../vectors/export-ed25519.json' with { type: 'json' };
import secp256k1 from '../../../vectors/export-secp256k1.json' with { type: 'json' };
import stark from '../../../vectors/export-stark.json' with { type: 'json' };
import { fastArithmetic, nobleArithmetic } from './arithmetic.ts';
import { createExportContext } from './export-context.ts';

type Case = (typeof secp256k1.cases)[number];
const contextOf = ({ decryptionKey }: Case, arithmetic = fastArithmetic) => createExportContext({ random: () => hex.decode(decryptionKey), arithmetic });

describe.each([secp256k1, stark, ed25519].map((file) => ({ curve: file.cases[0]?.answer.curve ?? '', cases: file.cases as Case[] })))(
  '$curve answers as Dfns gives them',
  ({ cases }) => {
    test.each(cases)('$about: the whole answer yields the key', async (given) => {
      for (const arithmetic of [fastArithmetic, nobleArithmetic]) {
        using context = contextOf(given, arithmetic);
        expect(context.request().encryptionKey).toBe(given.encryptionKey);
        const { secret, report } = await context.recover(given.answer, { expectedPublicKey: given.answer.publicKey });
        expect(hex.encode(secret.bytes())).toBe(given.secret);
        expect(report.blamed).toEqual([]);
        expect(report.used).toHaveLength(given.answer.minSigners);
      }
    });

    test.each(cases)('$about: any t shares yield the key, one fewer does not', async (given) => {
      const { encryptedKeyShares, minSigners, publicKey } = given.answer;
      using context = contextOf(given);
      const last = { ...given.answer, encryptedKeyShares: encryptedKeyShares.slice(-minSigners).reverse() };
      expect(hex.encode((await context.recover(last, { expectedPublicKey: publicKey })).secret.bytes())).toBe(given.secret);
      const fewer = { ...given.answer, encryptedKeyShares: encryptedKeyShares.slice(0, minSigners - 1) };
      await expect(context.recover(fewer, { expectedPublicKey: publicKey })).rejects.toMatchObject({ code: 'share/too-few' });
    });

    test.each(cases)('$about: a wrong share in place of a good one is named, or stops the recovery', async (given) => {
      const { encryptedKeyShares, minSigners, publicKey } = given.answer;
      using context = contextOf(given);
      const spoilt = encryptedKeyShares.map((share, i) => (i === 1 ? { ...share, encryptedKeyShare: given.wrongShare.encryptedKeyShare } : share));
      const recovery = context.recover({ ...given.answer, encryptedKeyShares: spoilt }, { expectedPublicKey: publicKey });
      if (encryptedKeyShares.length === minSigners) {
        await expect(recovery).rejects.toMatchObject({ code: 'share/too-few' });
      } else {
        const { secret, report } = await recovery;
        expect(hex.encode(secret.bytes())).toBe(given.secret);
        expect(report.blamed).toEqual([{ signerId: encryptedKeyShares[1]?.signerId, reason: 'share/inconsistent', proven: false }]);
        expect(report.used).not.toContain(encryptedKeyShares[1]?.signerId);
      }
      expect(hex.encode((await context.recover(given.answer, { expectedPublicKey: publicKey })).secret.bytes())).toBe(given.secret);
    });
  },
);

test('the request has the shape and the lengths of the published example', () => {
  using context = createExportContext();
  const request = context.request();
  expect(b64.decode(request.encryptionKey)).toHaveLength(documented.lengths.encryptionKey);
  expect(Object.keys(request)).toEqual(Object.keys(documented.request));
  expect(request.supportedSchemes.map(({ protocol, curve }) => `${protocol}/${curve}`)).toEqual([
    'CGGMP21/secp256k1',
    'CGGMP21/stark',
    'FROST/ed25519',
    'FROST_BITCOIN/secp256k1',
  ]);
});

test('the published example is read as an answer, though only its owner could open it', async () => {
  using context = createExportContext();
  const recovery = context.recover(documented.response, { expectedPublicKey: documented.response.publicKey });
  await expect(recovery).rejects.toMatchObject({ code: 'share/too-few', detail: { good: 0, needed: 3 } });
});
