import { challengeOf, CredentialId, deriveCredentialId, deriveId, payloadHashOf, type UserId } from '@quorate/wire';
import { beforeEach, expect, test } from 'vitest';
import { applyRecords, type AuthorityState, publicKeyHashOf, registeredUuid, verifyEvidence } from './index.ts';
import { act, type Actor, type Asked, evidenceOf, NOW, newActor, newKey, newOrganisation, post } from './organisation.test-kit.ts';

const org = newOrganisation();
const { administrator } = org;
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const wallet = post('/wallets', { network: 'KeyECDSA' });
let state: AuthorityState;
let names = 0;
beforeEach(() => {
  state = org.state;
});

async function does(actor: Actor, asked: Asked): Promise<string> {
  const done = await act(org, state, actor, asked);
  state = done.state;
  return challengeOf(done.record.evidence.statement);
}
const refuses = (actor: Actor, asked: Asked, code: string) => expect(act(org, state, actor, asked)).rejects.toEqual(refused(code));

/** Without a credential of its own yet. */
const invited = async (by = administrator): Promise<UserId> =>
  deriveId('us', 0, await does(by, post('/auth/users', { email: `invited-${names++}@example.org`, kind: 'CustomerEmployee' })));
async function colleague(operations: readonly string[]): Promise<Actor> {
  const key = newKey();
  const challenge = await does(
    administrator,
    post('/auth/users', { email: `colleague-${names++}@example.org`, kind: 'CustomerEmployee', publicKey: key.publicKey }),
  );
  const actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
  await give(actor.userId, operations);
  return actor;
}
async function give(identityId: UserId, operations: readonly string[]): Promise<void> {
  const permissionId = deriveId('pm', 0, await does(administrator, post('/permissions', { name: `permission-${names++}`, operations })));
  await does(administrator, post(`/permissions/${permissionId}/assignments`, { identityId }));
}
const confirmation = ({ publicKey, credId }: Pick<Actor, 'publicKey' | 'credId'>, change: object = {}) => ({
  credentialId: credId,
  credentialKind: 'Key',
  credentialName: 'laptop',
  publicKey,
  publicKeyHash: publicKeyHashOf(publicKey),
  ...change,
});
const confirm = (userId: UserId, key: Pick<Actor, 'publicKey' | 'credId'>, change: object = {}): Asked =>
  post(`/auth/users/${userId}/confirm`, confirmation(key, change));

test('a user without a credential is known and signs nothing; with a confirmed one it signs', async () => {
  const userId = await invited();
  expect(state.users.get(userId)).toMatchObject({ credId: null, credentialUuid: null, isActive: true });
  const person = { ...newActor(), userId };
  await expect(verifyEvidence(state, evidenceOf(state, person, wallet), { now: NOW })).rejects.toEqual(refused('action/credential-unknown'));
  await does(administrator, confirm(userId, person));
  const credential = state.credentials.get(person.credId);
  expect(credential).toMatchObject({ userId, tokenId: '', kind: 'Key', name: 'laptop', vouchedFor: true, isActive: true });
  expect(state.users.get(userId)).toMatchObject({ credId: person.credId, credentialUuid: registeredUuid(credential?.fingerprint ?? '') });
  await expect(verifyEvidence(state, evidenceOf(state, person, wallet), { now: NOW })).resolves.toMatchObject({ user: { id: userId } });
});

test('a confirmation whose key and hash disagree, of a bad key, or with a key or id in use, is refused', async () => {
  const userId = await invited();
  const key = newActor();
  await refuses(administrator, confirm(userId, key, { publicKeyHash: publicKeyHashOf(newKey().publicKey) }), 'credential/fingerprint');
  await refuses(administrator, confirm(userId, key, { publicKey: newKey().publicKey }), 'credential/fingerprint');
  await refuses(administrator, confirm(userId, key, { publicKey: 'no PEM', publicKeyHash: payloadHashOf('no PEM') }), 'credential/malformed-key');
  await refuses(administrator, confirm(userId, { ...key, publicKey: administrator.publicKey }), 'credential/duplicate');
  await refuses(administrator, confirm(userId, { ...key, credId: administrator.credId }), 'credential/duplicate');
  await refuses(administrator, confirm(userId, key, { credentialKind: 'RecoveryKey' }), 'request/invalid');
  await refuses(administrator, confirm(userId, key, { credentialKind: 'Fido2' }), 'passkey/not-configured');
  await does(administrator, confirm(userId, key));
});

test('a user is confirmed once, a user with a key never, and nobody else at all', async () => {
  const userId = await invited();
  await does(administrator, confirm(userId, newActor()));
  await refuses(administrator, confirm(userId, newActor()), 'user/registered');
  await refuses(administrator, confirm((await colleague(['Wallets:Read'])).userId, newActor()), 'user/registered');
  await refuses(administrator, confirm(administrator.userId, newActor()), 'user/unknown');
  await refuses(administrator, confirm(deriveId('us', 0, 'nobody'), newActor()), 'user/unknown');
  const archived = await invited();
  await does(administrator, { method: 'DELETE', path: `/auth/users/${archived}`, payload: '{}' });
  await refuses(administrator, confirm(archived, newActor()), 'user/unknown');
  await does(administrator, confirm(await invited(), newActor()));
});

test('whoever brings in a credential for a user that holds operations must hold those and Permissions:Assign', async () => {
  const inviting = await colleague(['Auth:Users:Create']);
  const giving = await colleague(['Auth:Users:Create', 'Permissions:Assign']);
  const holding = await colleague(['Auth:Users:Create', 'Permissions:Assign', 'Keys:Export']);
  const userId = await invited(inviting);
  await give(userId, ['Wallets:Export']);
  for (const author of [inviting, giving]) await refuses(author, confirm(userId, newActor()), 'authority/exceeds-author');
  await refuses(await colleague(['Permissions:Assign', 'Keys:Export']), confirm(userId, newActor()), 'auth/forbidden');
  await does(holding, confirm(userId, newActor()));
  await does(inviting, confirm(await invited(inviting), newActor()));
});

test('a personal access token neither invites nor confirms', async () => {
  const userId = await invited();
  const key = newKey();
  const author = await colleague(['Auth:Users:Create', 'Auth:Pats:Create', 'Permissions:Assign']);
  const challenge = await does(author, post('/auth/pats', { name: 'token', publicKey: key.publicKey }));
  const token = { ...key, userId: author.userId, credId: deriveCredentialId(0, challenge) };
  const asToken = (asked: Asked): Asked => ({ ...asked, change: (statement) => ({ ...statement, tokenId: deriveId('to', 0, challenge) }) });
  await refuses(token, asToken(confirm(userId, newActor())), 'auth/caller-kind');
  await does(author, confirm(userId, newActor()));
});

test('an administrator whose credential is not confirmed is none that could be left alone', async () => {
  const userId = await invited();
  const fullAccess = deriveId('pm', 0, org.state.genesisHash);
  await does(administrator, post(`/permissions/${fullAccess}/assignments`, { identityId: userId }));
  const leave: Asked = { method: 'DELETE', path: `/auth/service-accounts/${administrator.userId}`, payload: '{}' };
  await refuses(administrator, leave, 'authority/last-administrator');
  await does(administrator, confirm(userId, newActor()));
  await does(administrator, leave);
});

test('signing in elsewhere is not offered, and saying so again changes nothing', async () => {
  const userId = await invited();
  const put = (isSSORequired: boolean): Asked => ({ method: 'PUT', path: `/auth/users/${userId}`, payload: JSON.stringify({ isSSORequired }) });
  await refuses(administrator, put(true), 'request/unsupported');
  const before = state.users.get(userId);
  await does(administrator, put(false));
  expect(state.users.get(userId)).toEqual(before);
});

test('the chain alone tells who was confirmed: a replay ends in the same state', async () => {
  const made = await act(org, state, administrator, post('/auth/users', { email: 'replayed@example.org', kind: 'CustomerEmployee' }));
  const userId = deriveId('us', 0, challengeOf(made.record.evidence.statement));
  const credId = CredentialId.parse('laptop');
  const confirmed = await act(org, made.state, administrator, confirm(userId, { ...newKey(), credId }));
  const replayed = await applyRecords(org.state, [made.record, confirmed.record]);
  expect(replayed.fault).toBeNull();
  expect(replayed.state.head).toEqual(confirmed.state.head);
  expect(replayed.state.credentials.get(credId)).toEqual(confirmed.state.credentials.get(credId));
});
