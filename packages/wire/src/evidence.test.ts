import { describe, expect, test } from 'vitest';
import vectors from '../../../vectors/user-action.json' with { type: 'json' };
import { hex } from './bytes.ts';
import { Evidence, encodeEvidence, MAX_PAYLOAD_BYTES } from './evidence.ts';

const [example] = vectors.cases;
const evidence = { statement: example?.statement, payload: example?.payload, kind: 'Key', credId: 'Y2kt', clientData: 'e30', signature: 'AQI' };
const encode = (value: unknown): string => hex.encode(encodeEvidence(Evidence.parse(value)));

describe('evidence', () => {
  test('has the same bytes whether its base64url is padded or not', () => {
    expect(encode({ ...evidence, clientData: 'e30=', signature: 'AQI=' })).toBe(encode(evidence));
  });

  test.each([{ payload: '' }, { kind: 'Fido2' }, { credId: 'Y2ku' }, { clientData: 'e31' + 'A' }, { signature: 'AQM' }, { authenticatorData: 'AA' }])(
    'with %j has other bytes',
    (change) => {
      expect(encode({ ...evidence, ...change })).not.toBe(encode(evidence));
    },
  );

  test.each([
    ['base64url that does not decode', { signature: 'A' }],
    ['base64 of the other alphabet', { clientData: 'A+/=' }],
    ['a payload with a lone surrogate, which would hash as another text does', { payload: '{"name":"\ud800"}' }],
    ['a payload over the limit in bytes, though not in characters', { payload: '€'.repeat(MAX_PAYLOAD_BYTES / 2) }],
    ['a further member', { algorithm: 'none' }],
    ['no credential', { credId: '' }],
  ])('with %s is refused', (_, change) => {
    expect(Evidence.safeParse({ ...evidence, ...change }).success).toBe(false);
    expect(Evidence.safeParse(evidence).success).toBe(true);
  });
});
