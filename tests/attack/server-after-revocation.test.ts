/**
 * The server and what was taken back: it keeps requests that were signed before an act, plays them after it, and gets a
 * no from every real signer.
 */
import { createHash, sign } from 'node:crypto';
import { challengeOf, CredentialId, deriveCredentialId, deriveId, type Evidence, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, type Asked, newKey, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { all, codes, EXPORT_ON, exportBody, newHash, type Requests, requestsTo, unique } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let requests: Requests;
let certificate: KeyCertificate;
beforeAll(async () => {
  net = await startSigners();
  requests = requestsTo(net);
  await net.act(net.administrator, EXPORT_ON);
  certificate = (await net.newKey(net.administrator)).certificate;
});
afterAll(() => net[Symbol.asyncDispose]());

const put = (path: string, body: unknown = {}): Asked => ({ method: 'PUT', path, payload: JSON.stringify(body) });
const remove = (path: string): Asked => ({ method: 'DELETE', path, payload: '{}' });
const act = async (actor: Actor, asked: Asked): Promise<string> => challengeOf((await net.act(actor, asked)).evidence.statement);

interface Held {
  readonly actor: Actor;
  readonly permissionId: string;
  readonly assignmentId: string;
}

async function newUser(): Promise<Held> {
  const key = newKey();
  const challenge = await act(net.administrator, post('/auth/users', { email: `${unique()}@example.org`, kind: 'CustomerEmployee', publicKey: key.publicKey }));
  const actor: Actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
  const operations = ['Keys:Export', 'Keys:Signatures:Create', 'Auth:Pats:Create', 'Permissions:Assign'];
  const permissionId = deriveId('pm', 0, await act(net.administrator, post('/permissions', { name: unique(), operations })));
  const assignmentId = deriveId('as', 0, await act(net.administrator, post(`/permissions/${permissionId}/assignments`, { identityId: actor.userId })));
  return { actor, permissionId, assignmentId };
}

const exportBy = (actor: Actor, tokenId: ReturnType<typeof deriveId<'to'>> | '' = '', { body } = certificate): Evidence =>
  net.evidence(actor, {
    method: 'POST',
    path: `/wallets/${body.walletId}/export`,
    payload: exportBody(),
    change: (statement) => ({ ...statement, tokenId }),
  });

/** Good requests still go through. */
const stillExports = () => requests.exportNew();

test('a server that plays a request by a credential that was deactivated one act ago, to export a key', async () => {
  const { actor } = await newUser();
  const key = newKey();
  const second: Actor = { ...key, userId: actor.userId, credId: CredentialId.parse(unique()) };
  const clientData = Buffer.from(JSON.stringify({ type: 'key.create', challenge: unique() }));
  const info = JSON.stringify({ clientDataHash: createHash('sha256').update(clientData).digest('hex'), publicKey: key.publicKey });
  const attestation = { publicKey: key.publicKey, signature: sign(null, Buffer.from(info), key.privateKey).toString('hex') };
  const credentialInfo = {
    credId: second.credId,
    clientData: clientData.toString('base64url'),
    attestationData: Buffer.from(JSON.stringify(attestation)).toString('base64url'),
  };
  const body = { challengeIdentifier: 'x', credentialName: 'second', credentialKind: 'Key', credentialInfo };
  const forged = { ...credentialInfo, attestationData: Buffer.from(JSON.stringify({ ...attestation, signature: 'ab'.repeat(64) })).toString('base64url') };
  const evidence = net.evidence(actor, post('/auth/credentials', { ...body, credentialInfo: forged }));
  expect(codes(await net.callAll('act', { number: net.state().head.number + 1, evidence, acks: [] }))).toEqual(all('credential/attestation'));
  await act(actor, post('/auth/credentials', body));

  const before = exportBy(actor);
  await act(second, put('/auth/credentials/deactivate', { credentialUuid: net.state().users.get(actor.userId)?.credentialUuid }));
  expect(codes(await net.callAll('export', { evidence: before, certificate }))).toEqual(all('action/credential-unknown'));
  await stillExports();
});

test.each([
  ['user that was deactivated', ({ actor }: Held) => put(`/auth/users/${actor.userId}/deactivate`), 'auth/inactive'],
  ['user that was archived', ({ actor }: Held) => remove(`/auth/users/${actor.userId}`), 'action/credential-unknown'],
  ['user whose permission was revoked', (o: Held) => remove(`/permissions/${o.permissionId}/assignments/${o.assignmentId}`), 'auth/forbidden'],
  ['user whose permission was archived', (o: Held) => put(`/permissions/${o.permissionId}/archive`, { isArchived: true }), 'auth/forbidden'],
  ['user whose permission was narrowed', (o: Held) => put(`/permissions/${o.permissionId}`, { operations: ['Wallets:Read'] }), 'auth/forbidden'],
])('a server that plays a request by a %s one act ago, to export a key', async (_, takes, code) => {
  const held = await newUser();
  const own = await net.newKey(net.administrator);
  expect(codes(await net.callAll('export', { evidence: exportBy(held.actor, '', own.certificate), certificate: own.certificate }))).toEqual(all('accepted'));
  const before = exportBy(held.actor);
  await act(net.administrator, takes(held));
  expect(codes(await net.callAll('export', { evidence: before, certificate }))).toEqual(all(code));
  await stillExports();
});

test('a server that plays a personal access token’s request after its user lost the right, or is gone', async () => {
  const { actor, permissionId, assignmentId } = await newUser();
  const key = newKey();
  const challenge = await act(actor, post('/auth/pats', { name: 'token', publicKey: key.publicKey }));
  const token: Actor = { ...key, userId: actor.userId, credId: deriveCredentialId(0, challenge) };
  const tokenId = deriveId('to', 0, challenge);
  expect(codes(await net.callAll('export', { evidence: exportBy(token, tokenId), certificate }))).toEqual(all('auth/forbidden'));
  await act(actor, post(`/permissions/${permissionId}/assignments`, { identityId: tokenId }));
  const before = exportBy(token, tokenId);
  await act(net.administrator, remove(`/permissions/${permissionId}/assignments/${assignmentId}`));
  expect(codes(await net.callAll('export', { evidence: before, certificate }))).toEqual(all('auth/forbidden'));
  await act(net.administrator, put(`/auth/users/${actor.userId}/deactivate`));
  expect(codes(await net.callAll('export', { evidence: before, certificate }))).toEqual(all('auth/inactive'));
  await stillExports();
});

test('a server that keeps a revocation, which three signers hold, from two others, to have its quorum sign', async () => {
  const { actor } = await newUser();
  const before = net.evidence(actor, post(`/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: newHash() }));
  const evidence = net.evidence(net.administrator, put(`/auth/users/${actor.userId}/deactivate`));
  const number = net.state().head.number + 1;
  const acks = await Promise.all([0, 1, 2].map(async (i) => (await net.call(i, 'act', { number, evidence, acks: [] })).ack));
  await Promise.all([0, 1, 2].map((i) => net.call(i, 'certify', { number, acks })));
  const results = await requests.trySign(before, certificate, [2, 3, 4], 6_000);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await net.commit(evidence, acks);
  await stillExports();
});
