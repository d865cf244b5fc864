import { deriveCredentialId, deriveId, type Evidence, type PermissionId } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyRecord, type AuthorityState, authorize, holds, nextHead, operationsOf, reduce, verifyEvidence } from './index.ts';
import { acksOf, act, type Actor, type Asked, evidenceOf, NOW, newActor, newKey, newOrganisation, post } from './organisation.test-kit.ts';

const org = newOrganisation();
const { administrator } = org;
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const by = (state: AuthorityState, actor: Actor, asked: Asked) => act(org, state, actor, asked);
const challengeIn = async (state: AuthorityState, evidence: Evidence) => (await verifyEvidence(state, evidence, { freshness: 'waived' })).challenge;

async function withServiceAccount(state: AuthorityState, name: string, operations: readonly string[] = []) {
  const key = newKey();
  const made = await by(state, administrator, post('/auth/service-accounts', { name, publicKey: key.publicKey }));
  const challenge = await challengeIn(made.state, made.record.evidence);
  const actor: Actor = { userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge), ...key };
  if (operations.length === 0) return { state: made.state, actor };
  const permission = await by(made.state, administrator, post('/permissions', { name: `for ${name}`, operations }));
  const permissionId = deriveId('pm', 0, await challengeIn(permission.state, permission.record.evidence));
  const assigned = await by(permission.state, administrator, post(`/permissions/${permissionId}/assignments`, { identityId: actor.userId }));
  return { state: assigned.state, actor, permissionId };
}

describe('authority', () => {
  test('a service account has what is assigned to it, in either spelling, and nothing else', async () => {
    const { state, actor } = await withServiceAccount(org.state, 'svc', ['Wallets:Export', 'Wallets:Create']);
    expect([...operationsOf(state, actor.userId)].sort()).toEqual(['Keys:Export', 'Wallets:Create']);
    expect(holds(state, actor.userId, 'Keys:Export')).toBe(true);
    expect(holds(state, actor.userId, 'Wallets:Export')).toBe(true);
    expect(holds(state, actor.userId, 'Orgs:Update')).toBe(false);
    expect(holds(state, administrator.userId, 'Orgs:Update')).toBe(true);
  });

  test('export is off until a signed act switches it on, and can be switched off again', async () => {
    const put = (exportEnabled: boolean): Asked => ({ method: 'PUT', path: '/organisation/settings', payload: JSON.stringify({ exportEnabled }) });
    expect(org.state.settings.exportEnabled).toBe(false);
    const on = await by(org.state, administrator, put(true));
    expect(on.state.settings.exportEnabled).toBe(true);
    expect((await by(on.state, administrator, put(false))).state.settings.exportEnabled).toBe(false);
  });

  test('a service account with the permission may create others (a departure from contract §3.4)', async () => {
    const { state, actor } = await withServiceAccount(org.state, 'maker', ['Auth:ServiceAccounts:Create']);
    const made = await by(state, actor, post('/auth/service-accounts', { name: 'made', publicKey: newKey().publicKey }));
    expect(made.state.userNames.has('made')).toBe(true);
  });

  test('an act by someone without the permission is refused and changes nothing', async () => {
    const { state, actor } = await withServiceAccount(org.state, 'nobody');
    await expect(by(state, actor, post('/permissions', { name: 'mine', operations: ['Wallets:Read'] }))).rejects.toEqual(refused('auth/forbidden'));
    expect((await by(state, administrator, post('/permissions', { name: 'mine', operations: ['Wallets:Read'] }))).state.permissionNames.has('mine')).toBe(true);
  });

  test('nobody names or gives operations that they do not hold', async () => {
    const { state, actor } = await withServiceAccount(org.state, 'clerk', [
      'Permissions:Create',
      'Permissions:Assign',
      'Auth:ServiceAccounts:Create',
      'Wallets:Read',
    ]);
    await expect(by(state, actor, post('/permissions', { name: 'too much', operations: ['Keys:Export'] }))).rejects.toEqual(
      refused('authority/exceeds-author'),
    );
    const strong = await by(state, administrator, post('/permissions', { name: 'strong', operations: ['Keys:Export'] }));
    const strongId = deriveId('pm', 0, await challengeIn(strong.state, strong.record.evidence));
    await expect(by(strong.state, actor, post(`/permissions/${strongId}/assignments`, { identityId: actor.userId }))).rejects.toEqual(
      refused('authority/exceeds-author'),
    );
    await expect(by(strong.state, actor, post('/auth/service-accounts', { name: 'x', publicKey: newKey().publicKey, permissionId: strongId }))).rejects.toEqual(
      refused('authority/exceeds-author'),
    );
    const weak = await by(strong.state, actor, post('/permissions', { name: 'weak', operations: ['Wallets:Read'] }));
    const weakId = deriveId('pm', 0, await challengeIn(weak.state, weak.record.evidence));
    expect((await by(weak.state, actor, post(`/permissions/${weakId}/assignments`, { identityId: actor.userId }))).state.assignments.size).toBe(
      strong.state.assignments.size + 1,
    );
  });

  test.each([
    ['a name that is taken', post('/permissions', { name: 'FullAdminAccess', operations: ['Wallets:Read'] }), 'permission/name-taken'],
    ['an operation that is none', post('/permissions', { name: 'p', operations: ['*'] }), 'permission/unknown-operation'],
    ['an unknown permission', post(`/permissions/${deriveId('pm', 0, 'none')}/assignments`, { identityId: administrator.userId }), 'permission/unknown'],
    [
      'an unknown identity',
      post(`/permissions/${deriveId('pm', 0, org.state.genesisHash)}/assignments`, { identityId: newActor().userId }),
      'identity/unknown',
    ],
    [
      'a second assignment of the same',
      post(`/permissions/${deriveId('pm', 0, org.state.genesisHash)}/assignments`, { identityId: administrator.userId }),
      'assignment/duplicate',
    ],
    ['a user name that is taken', post('/auth/service-accounts', { name: 'admin', publicKey: newKey().publicKey }), 'service-account/name-taken'],
    ['a key that is taken', post('/auth/service-accounts', { name: 'twin', publicKey: administrator.publicKey }), 'credential/duplicate'],
    ['a malformed key', post('/auth/service-accounts', { name: 'bad', publicKey: 'not PEM' }), 'credential/malformed-key'],
    ['a call that is no act', post('/wallets', { network: 'KeyECDSA' }), 'action/mismatch'],
  ])('an act with %s is refused', async (_, asked, code) => {
    await expect(by(org.state, administrator, asked)).rejects.toEqual(refused(code));
  });

  test('an act cannot act twice, even under a certificate', async () => {
    const first = await by(org.state, administrator, post('/permissions', { name: 'once', operations: ['Wallets:Read'] }));
    const { evidence } = first.record;
    const again = { number: 2, evidence, acks: acksOf(org, first.state, evidence) };
    await expect(applyRecord(first.state, again)).rejects.toEqual(refused('evidence/spent'));
  });

  test('an act without a quorum of acknowledgements does not count, nor with one signer’s repeated', async () => {
    const evidence = evidenceOf(org.state, administrator, post('/permissions', { name: 'q', operations: ['Wallets:Read'] }));
    const [ack] = acksOf(org, org.state, evidence, 1);
    for (const acks of [[], acksOf(org, org.state, evidence, 2), [ack, ack, ack].filter((one) => one !== undefined)]) {
      await expect(applyRecord(org.state, { number: 1, evidence, acks })).rejects.toEqual(refused('authority/uncertified'));
    }
    expect((await applyRecord(org.state, { number: 1, evidence, acks: acksOf(org, org.state, evidence, 3) })).head).toEqual(nextHead(org.state, evidence));
  });

  test('acknowledgements of another head or organisation do not count', async () => {
    const evidence = evidenceOf(org.state, administrator, post('/permissions', { name: 'q', operations: ['Wallets:Read'] }));
    const other = evidenceOf(org.state, administrator, post('/permissions', { name: 'r', operations: ['Wallets:Read'] }));
    const foreign = newOrganisation();
    await expect(applyRecord(org.state, { number: 1, evidence, acks: acksOf(org, org.state, other) })).rejects.toEqual(refused('authority/uncertified'));
    await expect(applyRecord(org.state, { number: 1, evidence, acks: acksOf(foreign, org.state, evidence) })).rejects.toEqual(refused('authority/uncertified'));
  });

  test('an incremental run and a replay of its records reach the same head and state', async () => {
    const names = fc.array(fc.constantFrom('read', 'create', 'on', 'off', 'service'), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(names, async (steps) => {
        let state = org.state;
        const records = [];
        for (const [i, step] of steps.entries()) {
          const asked: Asked =
            step === 'on' || step === 'off'
              ? { method: 'PUT', path: '/organisation/settings', payload: JSON.stringify({ exportEnabled: step === 'on' }) }
              : step === 'service'
                ? post('/auth/service-accounts', { name: `s${i}`, publicKey: newKey().publicKey })
                : post('/permissions', { name: `p${i}`, operations: [step === 'read' ? 'Wallets:Read' : 'Wallets:Create'] });
          const next = await by(state, administrator, asked);
          state = next.state;
          records.push(next.record);
        }
        let replay = org.state;
        for (const record of records) replay = await applyRecord(replay, record);
        expect(replay.head).toEqual(state.head);
        expect(replay.users.equals(state.users) || replay.users.size === state.users.size).toBe(true);
        expect(replay.settings).toEqual(state.settings);
      }),
      { numRuns: 20 },
    );
  });
});

test('reduce refuses evidence whose signer lost the right since: the state it is given decides', async () => {
  const { state, actor, permissionId } = await withServiceAccount(org.state, 'short-lived', ['Permissions:Create']);
  const verified = await verifyEvidence(state, evidenceOf(state, actor, post('/permissions', { name: 'n', operations: ['Permissions:Create'] })), { now: NOW });
  expect(reduce(state, verified).permissionNames.has('n')).toBe(true);
  const without = { ...state, permissions: state.permissions.delete(permissionId as PermissionId) };
  expect(() => authorize(without, verified)).toThrow(refused('auth/forbidden'));
  expect(() => reduce(without, verified)).toThrow(refused('auth/forbidden'));
});
