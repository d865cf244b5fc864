import { describe, expect, test } from 'vitest';
import { b64url, utf8 } from './bytes.ts';
import { deriveCredentialId, deriveId, IdentityId, type IdKind, idKinds, SignerId, WalletId } from './ids.ts';

const challenge = 'ffB9JmNy-TdxYAVgLiARW0zrNWa10fuNdvUAmfWqRU8';
const kinds = Object.keys(idKinds) as IdKind[];

describe('ids', () => {
  test.each(kinds)('derived for %s have its shape and are like nothing else from the same challenge', (kind) => {
    const id = deriveId(kind, 0, challenge);
    expect(id).toMatch(new RegExp(`^${kind}-[0-9a-v]{5}-[0-9a-v]{5}-[0-9a-v]{16}$`));
    expect(id.length).toBeLessThanOrEqual(64);
    expect(deriveId(kind, 0, challenge)).toBe(id);
    expect(deriveId(kind, 1, challenge)).not.toBe(id);
    expect(deriveId(kind, 0, `${challenge.slice(1)}A`)).not.toBe(id);
    for (const other of kinds) if (other !== kind) expect(deriveId(other, 0, challenge).slice(other.length)).not.toBe(id.slice(kind.length));
  });

  test('of credentials are base64url of a ci- id', () => {
    expect(utf8.decode(b64url.decode(deriveCredentialId(0, challenge)))).toMatch(/^ci-[0-9a-v]{5}-[0-9a-v]{5}-[0-9a-v]{16}$/);
  });

  test.each([
    ['or', 'or-30tnh-itmjs-s235s5ontr3r23h2'],
    ['us', 'us-6b58p-r53sr-rlrd3l5cj3uc4ome'],
    ['key', 'key-01snl-t56gb-j8tsok0vn802p80i'],
    ['as', 'as-1vcmc-qrek0-6b4vii9pln60907e'],
    ['pm', 'pm-37vj4-jkr4l-lc9945spfftkne57'],
  ] as const)('published as %s examples are read', (kind, id) => {
    expect(idKinds[kind].safeParse(id).success).toBe(true);
  });

  test.each([
    '',
    'wa-',
    'wa-5PFUU-9EUEK-H0ODGB6SNVA8PH3K',
    'us-5pfuu-9euek-h0odgb6snva8ph3k',
    'wa-5pfuu-9euek-h0odgb6snva8ph3k\n',
    'wa-5pfuu-9euek-h0odgb6snva8ph3k0',
    'wa/../1',
    'wa-5pfuu-9euek-h0odgb6snva8',
  ])('%j is no wallet', (id) => {
    expect(WalletId.safeParse(id).success).toBe(false);
    expect(WalletId.safeParse('wa-5pfuu-9euek-h0odgb6snva8ph3k').success).toBe(true);
  });

  test('of a user or a token, and of nobody else, may be given a permission', () => {
    expect(IdentityId.safeParse(deriveId('us', 0, challenge)).success).toBe(true);
    expect(IdentityId.safeParse(deriveId('to', 0, challenge)).success).toBe(true);
    expect(IdentityId.safeParse(deriveId('wa', 0, challenge)).success).toBe(false);
  });

  test.each([
    '9R4OQb12f8PrEQwFmwZ58ZsNHs6EcGQPWF3fSzhXbVl=',
    '9R4OQb12f8PrEQwFmwZ58ZsNHs6EcGQPWF3fSzhXbVk',
    'AAAA',
    '9R4OQb12f8PrEQwFmwZ58ZsNHs6EcGQPWF3fSzhXbVkA',
  ])('%j is no signer', (id) => {
    expect(SignerId.safeParse(id).success).toBe(false);
    expect(SignerId.safeParse('9R4OQb12f8PrEQwFmwZ58ZsNHs6EcGQPWF3fSzhXbVk=').success).toBe(true);
  });
});
