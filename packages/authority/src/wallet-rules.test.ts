import { deriveId, type KeyId, type UserId, type WalletId } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { accountDeactivated } from './account-rules.ts';
import {
  type AuthorityState,
  type CertifiedKey,
  type KeyBirth,
  keygenPlan,
  keyStanding,
  plainBirth,
  publicKeyHashOf,
  requireDelegatee,
  requireExporting,
  requireSigning,
  tagsOf,
  verifyEvidence,
} from './index.ts';
import { act, type Actor, type Asked, evidenceOf, newActor, newKey, newOrganisation, post } from './organisation.test-kit.ts';

const org = newOrganisation();
const { administrator } = org;
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'ok';
};

const keyId = deriveId('key', 0, 'a key');
const firstWallet = deriveId('wa', 0, 'a key');
const put = (path: string, body: unknown = {}): Asked => ({ ...post(path, body), method: 'PUT' });
const remove = (path: string, body: unknown = {}): Asked => ({ ...post(path, body), method: 'DELETE' });
const furtherWallet = (id: KeyId = keyId, more: object = {}): Asked => post('/wallets', { network: 'Polygon', signingKey: { id }, ...more });
const keyBorn = (birth: Partial<KeyBirth> = {}): CertifiedKey => ({
  keyId,
  walletId: firstWallet,
  ownerId: administrator.userId,
  birth: { ...plainBirth, ...birth },
});

async function run(state: AuthorityState, ...asked: Asked[]): Promise<AuthorityState> {
  let next = state;
  for (const one of asked) next = (await act(org, next, administrator, one)).state;
  return next;
}

/** A service account with these operations, as the one who acts. */
async function clerk(operations: readonly string[]): Promise<{ state: AuthorityState; actor: Actor }> {
  const key = newKey();
  const made = await act(org, org.state, administrator, post('/auth/service-accounts', { name: operations.join(), publicKey: key.publicKey }));
  const account = [...made.state.users.values()].find(({ name }) => name === operations.join());
  const permission = await act(org, made.state, administrator, post('/permissions', { name: operations.join(), operations }));
  const permissionId = permission.state.permissionNames.get(operations.join());
  const state = await run(permission.state, post(`/permissions/${permissionId}/assignments`, { identityId: account?.id }));
  return { state, actor: { ...newActor(), ...key, userId: account?.id as UserId, credId: account?.credId as Actor['credId'] } };
}

describe('a further wallet on a key', () => {
  test('has the id that its challenge makes, and the key, network and tags that were signed', async () => {
    const { state, record } = await act(org, org.state, administrator, furtherWallet(keyId, { tags: ['b', 'a', 'b'] }));
    const { challenge } = await verifyEvidence(org.state, record.evidence, { freshness: 'waived' });
    const id = deriveId('wa', 0, challenge);
    expect(state.wallets.toJS()).toEqual({ [id]: { id, keyId, network: 'Polygon' } });
    expect(tagsOf(state, id, [])).toEqual(['a', 'b']);
  });

  test.each([
    ['delegateTo', { delegateTo: administrator.userId }],
    ['delayDelegation', { delayDelegation: true }],
    ['neverExportable', { neverExportable: true }],
    ['signingKey.scheme', { signingKey: { id: keyId, scheme: 'ECDSA' } }],
    ['signingKey.deriveFrom', { signingKey: { id: keyId, deriveFrom: {} } }],
  ])('is refused with %s, which is for a key that is made', async (member, more) => {
    await expect(run(org.state, furtherWallet(keyId, more))).rejects.toMatchObject({ code: 'request/unsupported', detail: { member } });
    expect((await run(org.state, furtherWallet())).wallets.size).toBe(1);
  });

  test('takes Keys:Reuse, where a key that is made takes Keys:Create', async () => {
    const { state, actor } = await clerk(['Wallets:Create', 'Keys:Create']);
    await expect(act(org, state, actor, furtherWallet())).rejects.toMatchObject({ code: 'auth/forbidden', detail: { operation: 'Keys:Reuse' } });
    const other = await clerk(['Wallets:Create', 'Keys:Reuse']);
    await expect(act(org, other.state, other.actor, furtherWallet(keyId, { tags: ['x'] }))).rejects.toMatchObject({
      detail: { operation: 'Wallets:Tags:Add' },
    });
    expect((await act(org, other.state, other.actor, furtherWallet())).state.wallets.size).toBe(1);
  });

  test('is no key to make, and a key to make is no act', async () => {
    const read = async (asked: Asked) => verifyEvidence(org.state, evidenceOf(org.state, administrator, asked), { freshness: 'waived' });
    const further = await read(furtherWallet());
    expect(codeOf(() => keygenPlan(further, () => 'ECDSA/secp256k1'))).toBe('action/mismatch');
    await expect(run(org.state, post('/wallets', { network: 'Polygon' }))).rejects.toEqual(refused('action/mismatch'));
    expect(keygenPlan(await read(post('/wallets', { network: 'Polygon', tags: ['b', 'a'] })), () => 'ECDSA/secp256k1')).toMatchObject({
      ownerId: administrator.userId,
      birth: { delegation: 'none', neverExportable: false, tags: ['a', 'b'] },
    });
  });
});

describe('delegation', () => {
  const owner = newActor();
  const withOwner = (): Promise<AuthorityState> => run(org.state, post('/auth/service-accounts', { name: 'owner', publicKey: owner.publicKey }));
  const ownerIn = (state: AuthorityState): UserId => state.userNames.get('owner') as UserId;
  const toOwner = (state: AuthorityState) => post(`/keys/${keyId}/delegate`, { delegateTo: ownerIn(state) });

  test('makes a key its owner’s alone, once, even against administrators', async () => {
    const state = await withOwner();
    const after = await run(state, toOwner(state));
    const key = keyBorn({ delegation: 'delayed' });
    expect(keyStanding(state, key).delegatedTo).toBeNull();
    expect(keyStanding(after, key).delegatedTo).toBe(ownerIn(state));
    for (const require of [requireSigning, requireExporting]) {
      expect(codeOf(() => require(after, key, administrator.userId))).toBe('key/not-owner');
      expect(codeOf(() => require(after, key, ownerIn(state)))).toBe('ok');
    }
    await expect(run(after, post(`/keys/${keyId}/delegate`, { delegateTo: administrator.userId }))).rejects.toEqual(refused('key/delegated'));
  });

  test('by the key’s first wallet and by the key are one: the first in the chain counts', async () => {
    const state = await withOwner();
    const byWallet = post(`/wallets/${firstWallet}/delegate`, { userId: ownerIn(state) });
    const key = keyBorn({ delegation: 'delayed' });
    const walletFirst = await run(state, byWallet, post(`/keys/${keyId}/delegate`, { delegateTo: administrator.userId }));
    expect(keyStanding(walletFirst, key).delegatedTo).toBe(ownerIn(state));
    const keyFirst = await run(state, toOwner(state), post(`/wallets/${firstWallet}/delegate`, { userId: administrator.userId }));
    expect(keyStanding(keyFirst, key).delegatedTo).toBe(ownerIn(state));
    await expect(run(walletFirst, byWallet)).rejects.toEqual(refused('key/delegated'));
  });

  test('by a further wallet is the key’s, with every wallet on it', async () => {
    const state = await run(await withOwner(), furtherWallet());
    const further = state.wallets.first()?.id as WalletId;
    const after = await run(state, post(`/wallets/${further}/delegate`, { userId: ownerIn(state) }));
    expect(keyStanding(after, keyBorn({ delegation: 'delayed' })).delegatedTo).toBe(ownerIn(state));
    await expect(run(after, toOwner(after))).rejects.toEqual(refused('key/delegated'));
  });

  test('of a key that was not made for it means nothing: nobody takes the organisation’s keys away', async () => {
    const state = await withOwner();
    const after = await run(state, toOwner(state), post(`/wallets/${firstWallet}/delegate`, { userId: ownerIn(state) }));
    expect(keyStanding(after, keyBorn()).delegatedTo).toBeNull();
    expect(codeOf(() => requireSigning(after, keyBorn(), administrator.userId))).toBe('ok');
  });

  test('from birth stands in what was signed, and no act changes it', async () => {
    const state = await withOwner();
    const key = { ...keyBorn({ delegation: 'born' }), ownerId: ownerIn(state) };
    const after = await run(state, post(`/keys/${keyId}/delegate`, { delegateTo: administrator.userId }));
    expect(keyStanding(after, key).delegatedTo).toBe(ownerIn(state));
    expect(codeOf(() => requireSigning(after, key, administrator.userId))).toBe('key/not-owner');
    const asked = post('/keys', { scheme: 'ECDSA', curve: 'secp256k1', delegateTo: ownerIn(state) });
    const plan = keygenPlan(await verifyEvidence(state, evidenceOf(state, administrator, asked), { freshness: 'waived' }), () => null);
    expect(plan).toMatchObject({ ownerId: ownerIn(state), birth: { delegation: 'born' } });
  });

  test('to nobody, to an inactive and to an archived account is refused', async () => {
    const state = await withOwner();
    const inactive = accountDeactivated(state, 'service-account', ownerIn(state));
    const archived = await run(state, remove(`/auth/service-accounts/${ownerIn(state)}`));
    await expect(run(archived, toOwner(state))).rejects.toEqual(refused('key/delegatee'));
    expect(codeOf(() => requireDelegatee(inactive, ownerIn(state)))).toBe('key/delegatee');
    expect(codeOf(() => requireDelegatee(state, newActor().userId))).toBe('key/delegatee');
    expect(codeOf(() => requireDelegatee(state, ownerIn(state)))).toBe('ok');
  });

  test('to a user without a credential, whose key whoever confirms one would have, is refused until there is one', async () => {
    const invited = await act(org, org.state, administrator, post('/auth/users', { email: 'invited@example.org', kind: 'CustomerEmployee' }));
    const userId = invited.state.userNames.get('invited@example.org') as UserId;
    const delegate = post(`/keys/${keyId}/delegate`, { delegateTo: userId });
    await expect(run(invited.state, delegate)).rejects.toEqual(refused('key/delegatee'));
    await expect(run(invited.state, post(`/wallets/${firstWallet}/delegate`, { userId }))).rejects.toEqual(refused('key/delegatee'));
    const { publicKey } = newKey();
    const credential = { credentialId: 'laptop', credentialKind: 'Key', credentialName: 'laptop', publicKey, publicKeyHash: publicKeyHashOf(publicKey) };
    const confirmed = await run(invited.state, post(`/auth/users/${userId}/confirm`, credential));
    expect(keyStanding(await run(confirmed, delegate), keyBorn({ delegation: 'delayed' })).delegatedTo).toBe(userId);
  });
});

describe('tags', () => {
  test('are sorted and unique, come and go, and those from birth go too', async () => {
    const tagged = await run(org.state, put(`/wallets/${firstWallet}/tags`, { tags: ['z', 'a', 'z'] }));
    expect(tagsOf(tagged, firstWallet, ['m', 'a'])).toEqual(['a', 'm', 'z']);
    const untagged = await run(tagged, remove(`/wallets/${firstWallet}/tags`, { tags: ['m', 'z', 'none'] }));
    expect(tagsOf(untagged, firstWallet, ['m', 'a'])).toEqual(['a']);
    expect(tagsOf(await run(untagged, put(`/wallets/${firstWallet}/tags`, { tags: ['m'] })), firstWallet, ['m'])).toEqual(['a', 'm']);
  });

  test('have a limit', async () => {
    const many = (from: number, n: number) => Array.from({ length: n }, (_, i) => `t${from + i}`);
    const full = await run(org.state, put(`/wallets/${firstWallet}/tags`, { tags: many(0, 64) }));
    await expect(run(full, put(`/wallets/${firstWallet}/tags`, { tags: ['one more'] }))).rejects.toEqual(refused('wallet/too-many-tags'));
    await expect(run(org.state, put(`/wallets/${firstWallet}/tags`, { tags: many(0, 65) }))).rejects.toEqual(refused('request/invalid'));
    await expect(run(org.state, put(`/wallets/${firstWallet}/tags`, { tags: ['x'.repeat(65)] }))).rejects.toEqual(refused('request/invalid'));
    expect(tagsOf(await run(full, put(`/wallets/${firstWallet}/tags`, { tags: many(0, 64) })), firstWallet, []).length).toBe(64);
  });
});

describe('an archived and a never-exportable key', () => {
  test('is refused from then on, whichever wallet names it, and nothing more is made of it', async () => {
    const state = await run(org.state, furtherWallet(), remove(`/keys/${keyId}`));
    expect(codeOf(() => requireSigning(state, keyBorn(), administrator.userId))).toBe('key/archived');
    expect(codeOf(() => requireExporting(state, keyBorn(), administrator.userId))).toBe('key/archived');
    const further = state.wallets.first()?.id;
    for (const asked of [remove(`/keys/${keyId}`), furtherWallet(), put(`/wallets/${further}/tags`, { tags: ['x'] }), put(`/keys/${keyId}/never-exportable`)])
      await expect(run(state, asked)).rejects.toEqual(refused('key/archived'));
    expect((await run(state, furtherWallet(deriveId('key', 0, 'another')))).wallets.size).toBe(2);
  });

  test('signs but is never exported, whether made or declared so', async () => {
    const state = await run(org.state, put(`/keys/${keyId}/never-exportable`), put(`/keys/${keyId}/never-exportable`));
    expect(codeOf(() => requireExporting(state, keyBorn(), administrator.userId))).toBe('export/never-exportable');
    expect(codeOf(() => requireExporting(org.state, keyBorn({ neverExportable: true }), administrator.userId))).toBe('export/never-exportable');
    expect(codeOf(() => requireSigning(state, keyBorn(), administrator.userId))).toBe('ok');
    expect(codeOf(() => requireExporting(org.state, keyBorn(), administrator.userId))).toBe('ok');
  });

  test('takes who could export: Keys:Update alone does not renounce for others', async () => {
    const { state, actor } = await clerk(['Keys:Update']);
    await expect(act(org, state, actor, put(`/keys/${keyId}/never-exportable`))).rejects.toMatchObject({ detail: { operation: 'Keys:Export' } });
    const able = await clerk(['Keys:Update', 'Keys:Export']);
    expect((await act(org, able.state, able.actor, put(`/keys/${keyId}/never-exportable`))).state.keys.get(keyId)?.neverExportable).toBe(true);
  });
});
