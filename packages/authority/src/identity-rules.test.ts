import { createHash, sign } from 'node:crypto';
import { b64url, challengeOf, CredentialId, deriveCredentialId, deriveId, type ActRecord } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { applyRecord, type AuthorityState, administratorsOf, operationsOf, rightsOf, verifyEvidence } from './index.ts';
import { act, type Actor, type Asked, evidenceOf, NOW, newActor, newKey, newOrganisation, post } from './organisation.test-kit.ts';

const org = newOrganisation();
const { administrator } = org;
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });
const put = (path: string, body: unknown = {}): Asked => ({ method: 'PUT', path, payload: JSON.stringify(body) });
const remove = (path: string): Asked => ({ method: 'DELETE', path, payload: '{}' });

/** Acts on one organisation, in order. */
class Story {
  state: AuthorityState = org.state;
  readonly records: ActRecord[] = [];
  private names = 0;

  /** The act's challenge. */
  async act(actor: Actor, asked: Asked): Promise<string> {
    const { state, record } = await act(org, this.state, actor, asked);
    this.state = state;
    this.records.push(record);
    return challengeOf(record.evidence.statement);
  }
  refuses = (actor: Actor, asked: Asked, code: string) => expect(act(org, this.state, actor, asked)).rejects.toEqual(refused(code));
  name = (what: string): string => `${what}-${this.names++}`;

  async permission(operations: readonly string[], by = administrator): Promise<string> {
    return deriveId('pm', 0, await this.act(by, post('/permissions', { name: this.name('permission'), operations })));
  }
  async give(identityId: string, operations: readonly string[]): Promise<{ permissionId: string; assignmentId: string }> {
    const permissionId = await this.permission(operations);
    return { permissionId, assignmentId: await this.assign(permissionId, identityId) };
  }
  async assign(permissionId: string, identityId: string, by = administrator): Promise<string> {
    return deriveId('as', 0, await this.act(by, post(`/permissions/${permissionId}/assignments`, { identityId })));
  }
  async user(operations: readonly string[] = []): Promise<Actor> {
    const key = newKey();
    const challenge = await this.act(
      administrator,
      post('/auth/users', { email: `${this.name('user')}@example.org`, kind: 'CustomerEmployee', publicKey: key.publicKey }),
    );
    const actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
    if (operations.length > 0) await this.give(actor.userId, operations);
    return actor;
  }
  async serviceAccount(operations: readonly string[] = []): Promise<Actor> {
    const key = newKey();
    const challenge = await this.act(administrator, post('/auth/service-accounts', { name: this.name('account'), publicKey: key.publicKey }));
    const actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
    if (operations.length > 0) await this.give(actor.userId, operations);
    return actor;
  }
  async token(of: Actor, body: object = {}): Promise<Actor & { tokenId: ReturnType<typeof deriveId<'to'>> }> {
    const key = newKey();
    const challenge = await this.act(of, post('/auth/pats', { name: this.name('token'), publicKey: key.publicKey, ...body }));
    return { ...key, userId: of.userId, credId: deriveCredentialId(0, challenge), tokenId: deriveId('to', 0, challenge) };
  }
}

const uuidOf = (state: AuthorityState, { credId }: Actor) => state.credentials.get(credId)?.uuid;
const fullAccess = deriveId('pm', 0, org.state.genesisHash);

/** What a client posts for a further key of its own (contract §3.3). */
function registration(key: Pick<Actor, 'publicKey' | 'privateKey'>, o: { credId?: string; type?: string; signer?: Actor['privateKey']; asText?: string } = {}) {
  const clientData = Buffer.from(JSON.stringify({ type: o.type ?? 'key.create', challenge: 'anything that the server gave' }));
  const fingerprint = { clientDataHash: createHash('sha256').update(clientData).digest('hex'), publicKey: key.publicKey };
  const signature = sign(null, Buffer.from(JSON.stringify(fingerprint)), o.signer ?? key.privateKey).toString('hex');
  const attestation = Buffer.from(o.asText ?? JSON.stringify({ publicKey: key.publicKey, signature }));
  return post('/auth/credentials', {
    challengeIdentifier: 'a.b.c',
    credentialName: 'second key',
    credentialKind: 'Key',
    credentialInfo: {
      credId: o.credId ?? newActor().credId,
      clientData: b64url.encode(new Uint8Array(clientData)),
      attestationData: b64url.encode(new Uint8Array(attestation)),
    },
  });
}

describe('a further credential', () => {
  test('signs for its user, and a credential that was deactivated one act ago signs nothing', async () => {
    const story = new Story();
    const user = await story.user(['Wallets:Create', 'Keys:Create']);
    const key = newKey();
    const second: Actor = { ...key, userId: user.userId, credId: CredentialId.parse('my second key') };
    await story.act(user, registration(key, { credId: second.credId }));
    const wallet = post('/wallets', { network: 'KeyECDSA' });
    const before = evidenceOf(story.state, user, wallet);
    await expect(verifyEvidence(story.state, before, { now: NOW })).resolves.toBeDefined();
    await story.act(second, put('/auth/credentials/deactivate', { credentialUuid: uuidOf(story.state, user) }));
    await expect(verifyEvidence(story.state, before, { now: NOW })).rejects.toEqual(refused('action/credential-unknown'));
    await story.refuses(user, put('/auth/credentials/activate', { credentialUuid: uuidOf(story.state, user) }), 'action/credential-unknown');
    await expect(verifyEvidence(story.state, evidenceOf(story.state, second, wallet), { now: NOW })).resolves.toBeDefined();
    await story.act(second, put('/auth/credentials/activate', { credentialUuid: uuidOf(story.state, user) }));
    await expect(verifyEvidence(story.state, before, { now: NOW })).resolves.toBeDefined();
  });

  test('whose holder did not sign, or signed something else, is refused', async () => {
    const story = new Story();
    const user = await story.user();
    const key = newKey();
    await story.refuses(user, registration(key, { signer: newKey().privateKey }), 'credential/attestation');
    await story.refuses(user, registration(key, { type: 'key.get' }), 'credential/attestation');
    await story.refuses(user, registration(key, { asText: '{"publicKey":1}' }), 'credential/attestation');
    await story.refuses(user, registration(key, { asText: 'not JSON' }), 'credential/attestation');
    await story.refuses(user, registration({ ...key, publicKey: 'no PEM' }), 'credential/malformed-key');
    await story.act(user, registration(key));
  });

  test('with an id or a key that is there already is refused', async () => {
    const story = new Story();
    const [user, other] = [await story.user(), await story.user()];
    await story.refuses(user, registration(newKey(), { credId: other.credId }), 'credential/duplicate');
    await story.refuses(user, registration(other), 'credential/duplicate');
    await story.act(user, registration(newKey()));
  });

  test('of another user can be neither stopped nor started', async () => {
    const story = new Story();
    const [user, other] = [await story.user(), await story.user()];
    const body = { credentialUuid: uuidOf(story.state, other) };
    await story.refuses(user, put('/auth/credentials/deactivate', body), 'credential/unknown');
    await story.act(other, put('/auth/credentials/deactivate', body));
  });
});

describe('a personal access token', () => {
  test('can do what it was given and its user holds, and no more when either shrinks', async () => {
    const story = new Story();
    const user = await story.user(['Auth:Pats:Create', 'Wallets:Read']);
    const exporting = await story.give(user.userId, ['Wallets:Export']);
    const token = await story.token(user);
    expect([...rightsOf(story.state, user.userId, token.tokenId)]).toEqual([]);
    const { assignmentId, permissionId } = await story.give(token.tokenId, ['Keys:Export', 'Orgs:Update']);
    expect([...rightsOf(story.state, user.userId, token.tokenId)]).toEqual(['Keys:Export']);
    await story.act(administrator, remove(`/permissions/${exporting.permissionId}/assignments/${exporting.assignmentId}`));
    expect([...rightsOf(story.state, user.userId, token.tokenId)]).toEqual([]);
    await story.assign(exporting.permissionId, user.userId);
    expect([...rightsOf(story.state, user.userId, token.tokenId)]).toEqual(['Keys:Export']);
    await story.act(administrator, remove(`/permissions/${permissionId}/assignments/${assignmentId}`));
    expect([...rightsOf(story.state, user.userId, token.tokenId)]).toEqual([]);
  });

  test('makes no credentials, tokens, users or service accounts, whatever it holds', async () => {
    const story = new Story();
    const user = await story.user();
    await story.assign(fullAccess, user.userId);
    const token = await story.token(user, { permissionId: fullAccess });
    const asToken = (asked: Asked): Asked => ({ ...asked, change: (statement) => ({ ...statement, tokenId: token.tokenId }) });
    const { publicKey } = newKey();
    for (const asked of [
      registration(newKey()),
      put('/auth/credentials/deactivate', { credentialUuid: uuidOf(story.state, user) }),
      post('/auth/pats', { name: 'x', publicKey }),
      put(`/auth/pats/${token.tokenId}/deactivate`),
      post('/auth/service-accounts', { name: 'x', publicKey }),
      post('/auth/users', { email: 'x@example.org', kind: 'CustomerEmployee', publicKey }),
    ]) {
      await story.refuses(token, asToken(asked), 'auth/caller-kind');
    }
    await story.act(token, asToken(post('/permissions', { name: 'by token', operations: ['Keys:Export'] })));
    await story.act(user, post('/auth/service-accounts', { name: 'by user', publicKey }));
  });

  test('of a service account there is none, nor a second key', async () => {
    const story = new Story();
    const account = await story.serviceAccount(['Auth:Pats:Create', 'Auth:ServiceAccounts:Create']);
    const { publicKey } = newKey();
    await story.refuses(account, post('/auth/pats', { name: 'x', publicKey }), 'auth/caller-kind');
    await story.refuses(account, registration(newKey()), 'auth/caller-kind');
    await story.act(account, post('/auth/service-accounts', { name: 'x', publicKey }));
  });

  test('passed off as its user, or its user’s own key as the token, is refused', async () => {
    const story = new Story();
    const user = await story.user(['Auth:Pats:Create', 'Permissions:Create']);
    const token = await story.token(user);
    await story.give(token.tokenId, ['Permissions:Create']);
    const asked = post('/permissions', { name: 'mine', operations: ['Permissions:Create'] });
    const asToken: Asked = { ...asked, change: (statement) => ({ ...statement, tokenId: token.tokenId }) };
    await story.refuses(token, asked, 'action/credential-unknown');
    await story.refuses(user, asToken, 'action/credential-unknown');
    await story.act(token, asToken);
  });

  test('stops when it is deactivated, archived or expired, and dies with its user', async () => {
    const story = new Story();
    const user = await story.user(['Auth:Pats:Create', 'Permissions:Create']);
    const token = await story.token(user, { secondsValid: 60, daysValid: 700 });
    await story.give(token.tokenId, ['Permissions:Create']);
    const asToken = (at = NOW): Asked => ({
      ...post('/permissions', { name: story.name('p'), operations: ['Permissions:Create'] }),
      now: at,
      change: (statement) => ({ ...statement, tokenId: token.tokenId }),
    });
    await story.act(token, asToken());
    await story.act(token, asToken(NOW + 60_000));
    await story.refuses(token, asToken(NOW + 60_001), 'auth/inactive');
    await story.act(user, put(`/auth/pats/${token.tokenId}/deactivate`));
    await story.refuses(token, asToken(), 'auth/inactive');
    await story.act(user, put(`/auth/pats/${token.tokenId}/activate`));
    await story.act(token, asToken());
    await story.act(administrator, put(`/auth/users/${user.userId}/deactivate`));
    await story.refuses(token, asToken(), 'auth/inactive');
    await story.act(administrator, put(`/auth/users/${user.userId}/activate`));
    await story.act(token, asToken());
    await story.act(user, remove(`/auth/pats/${token.tokenId}`));
    await story.refuses(token, asToken(), 'action/credential-unknown');
    await story.refuses(user, put(`/auth/pats/${token.tokenId}/activate`), 'token/unknown');
    await story.refuses(
      administrator,
      post(`/permissions/${await story.permission(['Wallets:Read'])}/assignments`, { identityId: token.tokenId }),
      'identity/unknown',
    );
  });

  test('is given nothing by a user who may not give', async () => {
    const story = new Story();
    const user = await story.user(['Auth:Pats:Create', 'Wallets:Read']);
    const permissionId = await story.permission(['Wallets:Read']);
    const body = { name: 'x', publicKey: newKey().publicKey, permissionId };
    await story.refuses(user, post('/auth/pats', body), 'authority/exceeds-author');
    await story.give(user.userId, ['Permissions:Assign']);
    await story.act(user, post('/auth/pats', body));
  });
});

describe('a permission that is changed', () => {
  test('gives what is added to all who hold it, so the author must hold that and Permissions:Assign', async () => {
    const story = new Story();
    const clerk = await story.serviceAccount(['Permissions:Update', 'Wallets:Read']);
    const permissionId = await story.permission(['Wallets:Read', 'Wallets:Update']);
    const update = (operations: readonly string[]) => put(`/permissions/${permissionId}`, { operations });
    await story.refuses(clerk, update(['Wallets:Read', 'Wallets:Update', 'Keys:Export']), 'authority/exceeds-author');
    await story.act(clerk, update(['Wallets:Update']));
    await story.act(clerk, update(['Wallets:Update', 'Wallets:Read']));
    await story.act(clerk, update(['Wallets:Update']));
    await story.assign(permissionId, clerk.userId);
    await story.refuses(clerk, update(['Wallets:Update', 'Wallets:Read']), 'authority/exceeds-author');
    await story.give(clerk.userId, ['Permissions:Assign']);
    await story.refuses(clerk, update(['Wallets:Update', 'Keys:Export']), 'authority/exceeds-author');
    await story.act(clerk, update(['Wallets:Update', 'Wallets:Read']));
  });

  test('from an older name to the newer one gives nothing', async () => {
    const story = new Story();
    const clerk = await story.serviceAccount(['Permissions:Update']);
    const { permissionId } = await story.give(clerk.userId, ['Wallets:Export']);
    await story.act(clerk, put(`/permissions/${permissionId}`, { operations: ['Keys:Export', 'Wallets:Export'] }));
    expect(operationsOf(story.state, clerk.userId).has('Keys:Export')).toBe(true);
  });

  test('is archived, gives nothing then, and is brought back only by who may give it', async () => {
    const story = new Story();
    const clerk = await story.serviceAccount(['Permissions:Archive']);
    const { permissionId } = await story.give(clerk.userId, ['Keys:Export']);
    await story.act(clerk, put(`/permissions/${permissionId}/archive`, { isArchived: true }));
    expect(operationsOf(story.state, clerk.userId).has('Keys:Export')).toBe(false);
    await story.refuses(clerk, put(`/permissions/${permissionId}/archive`, { isArchived: false }), 'authority/exceeds-author');
    await story.refuses(administrator, put(`/permissions/${permissionId}`, { name: 'other' }), 'permission/archived');
    const name = story.state.permissions.get(permissionId as never)?.name;
    await story.refuses(administrator, post('/permissions', { name, operations: ['Wallets:Read'] }), 'permission/name-taken');
    await story.act(administrator, put(`/permissions/${permissionId}/archive`, { isArchived: false }));
    expect(operationsOf(story.state, clerk.userId).has('Keys:Export')).toBe(true);
  });

  test('is not the built-in one, and takes no name that another had', async () => {
    const story = new Story();
    await story.refuses(administrator, put(`/permissions/${fullAccess}`, { operations: ['Wallets:Read'] }), 'permission/immutable');
    await story.refuses(administrator, put(`/permissions/${fullAccess}/archive`, { isArchived: true }), 'permission/immutable');
    const [one, two] = [await story.permission(['Wallets:Read']), await story.permission(['Wallets:Read'])];
    await story.act(administrator, put(`/permissions/${one}`, { name: 'renamed' }));
    for (const name of ['renamed', 'permission-0', 'FullAdminAccess'])
      await story.refuses(administrator, put(`/permissions/${two}`, { name }), 'permission/name-taken');
    await story.refuses(administrator, put(`/permissions/${two}`, { operations: ['Nothing:Known'] }), 'permission/unknown-operation');
    await story.act(administrator, put(`/permissions/${one}`, { name: 'permission-0' }));
  });
});

describe('an account', () => {
  test('that was stopped acts again only by who may give all that it holds', async () => {
    const story = new Story();
    const account = await story.serviceAccount(['Keys:Export', 'Permissions:Create']);
    const clerk = await story.serviceAccount(['Auth:ServiceAccounts:Activate', 'Auth:ServiceAccounts:Deactivate', 'Permissions:Assign', 'Permissions:Create']);
    const mine = post('/permissions', { name: 'mine', operations: ['Keys:Export'] });
    await story.act(clerk, put(`/auth/service-accounts/${account.userId}/deactivate`));
    await story.refuses(account, mine, 'auth/inactive');
    await story.refuses(clerk, put(`/auth/service-accounts/${account.userId}/activate`), 'authority/exceeds-author');
    await story.give(clerk.userId, ['Wallets:Export']);
    await story.act(clerk, put(`/auth/service-accounts/${account.userId}/activate`));
    await story.act(account, mine);
  });

  test('that is archived is gone for good, and its name and key stay taken', async () => {
    const story = new Story();
    const user = await story.user(['Permissions:Create']);
    await story.act(administrator, remove(`/auth/users/${user.userId}`));
    await story.refuses(user, post('/permissions', { name: 'mine', operations: ['Permissions:Create'] }), 'action/credential-unknown');
    for (const asked of [put(`/auth/users/${user.userId}/activate`), put(`/auth/users/${user.userId}/deactivate`), remove(`/auth/users/${user.userId}`)]) {
      await story.refuses(administrator, asked, 'user/unknown');
    }
    const again = { email: 'user-0@example.org', kind: 'CustomerEmployee', publicKey: newKey().publicKey };
    await story.refuses(administrator, post('/auth/users', again), 'user/name-taken');
    await story.refuses(administrator, post('/auth/users', { ...again, email: 'new@example.org', publicKey: user.publicKey }), 'credential/duplicate');
    await story.refuses(administrator, post(`/permissions/${fullAccess}/assignments`, { identityId: user.userId }), 'identity/unknown');
    await story.act(administrator, post('/auth/users', { ...again, email: 'new@example.org' }));
  });

  test('of one kind is unknown to the calls of the other', async () => {
    const story = new Story();
    const [user, account] = [await story.user(), await story.serviceAccount()];
    await story.refuses(administrator, put(`/auth/users/${account.userId}/deactivate`), 'user/unknown');
    await story.refuses(administrator, put(`/auth/service-accounts/${user.userId}/deactivate`), 'service-account/unknown');
    await story.act(administrator, put(`/auth/service-accounts/${account.userId}/deactivate`, { force: true }));
  });

  test('takes no name that another has or had', async () => {
    const story = new Story();
    const [one, two] = [await story.serviceAccount(), await story.serviceAccount()];
    await story.act(administrator, put(`/auth/service-accounts/${one.userId}`, { name: 'renamed', externalId: 'e' }));
    for (const name of ['renamed', 'account-0', 'admin'])
      await story.refuses(administrator, put(`/auth/service-accounts/${two.userId}`, { name }), 'service-account/name-taken');
    await story.act(administrator, put(`/auth/service-accounts/${one.userId}`, { name: 'account-0' }));
    expect(story.state.users.get(one.userId)).toMatchObject({ name: 'account-0', externalId: 'e' });
  });

  test.each([
    ['who signs on elsewhere', { isSSORequired: true }],
    ['of another kind', { kind: 'EndUser' }],
  ])('of a user %s is not offered', async (_, change) => {
    const story = new Story();
    const body = { email: 'someone@example.org', kind: 'CustomerEmployee', publicKey: newKey().publicKey };
    await story.refuses(administrator, post('/auth/users', { ...body, ...change }), 'request/unsupported');
    await story.act(administrator, post('/auth/users', { ...body, isSSORequired: false }));
  });
});

describe('the last administrator', () => {
  const ownAssignment = deriveId('as', 0, org.state.genesisHash);
  const attacks: [string, (last: Actor, credential: string | undefined, assignment: string) => Asked][] = [
    ['deactivated', ({ userId }) => put(`/auth/users/${userId}/deactivate`)],
    ['archived', ({ userId }) => remove(`/auth/users/${userId}`)],
    ['revoked', (_, __, assignment) => remove(`/permissions/${fullAccess}/assignments/${assignment}`)],
    ['left without a credential', (_, credentialUuid) => put('/auth/credentials/deactivate', { credentialUuid })],
  ];
  test.each(attacks)('is not %s, by nobody and not by itself', async (_, attack) => {
    const story = new Story();
    const person = await story.user();
    const assignment = await story.assign(fullAccess, person.userId);
    const asked = attack(person, uuidOf(story.state, person), assignment);
    await story.act(person, remove(`/permissions/${fullAccess}/assignments/${ownAssignment}`));
    expect(administratorsOf(story.state)).toEqual([person.userId]);
    await story.refuses(administrator, post('/permissions', { name: 'x', operations: ['Wallets:Read'] }), 'auth/forbidden');
    await story.refuses(person, asked, 'authority/last-administrator');
    await story.assign(fullAccess, administrator.userId, person);
    await story.act(person, asked);
    expect(administratorsOf(story.state)).toEqual([administrator.userId]);
  });

  test('that the genesis made is no exception', async () => {
    const story = new Story();
    for (const asked of [
      put(`/auth/service-accounts/${administrator.userId}/deactivate`),
      remove(`/auth/service-accounts/${administrator.userId}`),
      remove(`/permissions/${fullAccess}/assignments/${ownAssignment}`),
    ]) {
      await story.refuses(administrator, asked, 'authority/last-administrator');
    }
    await story.assign(fullAccess, (await story.user()).userId);
    await story.act(administrator, put(`/auth/service-accounts/${administrator.userId}/deactivate`));
  });
});

test('an assignment is revoked by its own permission’s path only, once, by who may', async () => {
  const story = new Story();
  const account = await story.serviceAccount();
  const { permissionId, assignmentId } = await story.give(account.userId, ['Wallets:Read']);
  const other = await story.permission(['Wallets:Read']);
  await story.refuses(account, remove(`/permissions/${permissionId}/assignments/${assignmentId}`), 'auth/forbidden');
  await story.refuses(administrator, remove(`/permissions/${other}/assignments/${assignmentId}`), 'assignment/unknown');
  await story.act(administrator, remove(`/permissions/${permissionId}/assignments/${assignmentId}?force=true`));
  await story.refuses(administrator, remove(`/permissions/${permissionId}/assignments/${assignmentId}`), 'assignment/unknown');
  expect(operationsOf(story.state, account.userId).size).toBe(0);
  await story.assign(permissionId, account.userId);
});

test('an act of every kind replays from its records to the same state', async () => {
  const story = new Story();
  const user = await story.user(['Auth:Pats:Create']);
  const token = await story.token(user);
  await story.act(user, registration(newKey()));
  await story.act(user, put(`/auth/pats/${token.tokenId}`, { name: 'renamed' }));
  const { permissionId, assignmentId } = await story.give(token.tokenId, ['Wallets:Read']);
  await story.act(administrator, put(`/permissions/${permissionId}`, { operations: ['Keys:Read'] }));
  await story.act(administrator, remove(`/permissions/${permissionId}/assignments/${assignmentId}`));
  await story.act(administrator, put(`/permissions/${permissionId}/archive`, { isArchived: true }));
  const account = await story.serviceAccount();
  await story.act(administrator, put(`/auth/service-accounts/${account.userId}/deactivate`));
  await story.act(administrator, put(`/auth/service-accounts/${account.userId}/activate`));
  await story.act(administrator, remove(`/auth/service-accounts/${account.userId}`));
  await story.act(administrator, remove(`/auth/users/${user.userId}`));
  let replay = org.state;
  for (const record of story.records) replay = await applyRecord(replay, record);
  expect(JSON.stringify(replay)).toBe(JSON.stringify(story.state));
});
