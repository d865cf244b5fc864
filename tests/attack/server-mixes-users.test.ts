/**
 * The server as attacker, with everything that users ever signed: it puts together what does not belong together. Real
 * signers; the test is the server.
 */
import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { challengeOf, deriveCredentialId, deriveId, type Evidence, formatEncryptionKey, type KeyCertificate, type TokenId } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, type Asked, evidenceOf, newKey, newOrganisation, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { genesisState } from '@quorate/authority';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let certificate: KeyCertificate;
/** A person with wide rights, another with the same ones, and the first one's personal access token, which has none. */
let ann: Actor;
let bob: Actor;
let token: Actor & { readonly tokenId: TokenId };
beforeAll(async () => {
  net = await startSigners();
  await act(net.administrator, { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":true}' });
  certificate = (await net.newKey(net.administrator)).certificate;
  ann = await newUser(['Keys:Export', 'Keys:Signatures:Create', 'Auth:Pats:Create']);
  bob = await newUser(['Keys:Export', 'Keys:Signatures:Create']);
  const key = newKey();
  const challenge = await act(ann, post('/auth/pats', { name: unique(), publicKey: key.publicKey }));
  token = { ...key, userId: ann.userId, credId: deriveCredentialId(0, challenge), tokenId: deriveId('to', 0, challenge) };
});
afterAll(() => net[Symbol.asyncDispose]());

const unique = (): string => randomBytes(6).toString('hex');
const act = async (actor: Actor, asked: Asked): Promise<string> => challengeOf((await net.act(actor, asked)).evidence.statement);

async function newUser(operations: readonly string[]): Promise<Actor> {
  const key = newKey();
  const challenge = await act(net.administrator, post('/auth/users', { email: `${unique()}@example.org`, kind: 'CustomerEmployee', publicKey: key.publicKey }));
  const actor: Actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
  const permissionId = deriveId('pm', 0, await act(net.administrator, post('/permissions', { name: unique(), operations })));
  await act(net.administrator, post(`/permissions/${permissionId}/assignments`, { identityId: actor.userId }));
  return actor;
}

const exportAsked = (): Asked =>
  post(`/wallets/${certificate.body.walletId}/export`, {
    encryptionKey: formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey())),
    supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }],
  });
const signatureAsked = (): Asked => post(`/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: randomBytes(32).toString('hex') });
const of = (tokenId: TokenId | ''): Pick<Asked, 'change'> => ({ change: (statement) => ({ ...statement, tokenId }) });

const codes = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'fulfilled' ? 'accepted' : (result.reason as { code?: string }).code));
const all = (code: string): string[] => Array(5).fill(code);
const exported = async (evidence: Evidence): Promise<unknown[]> => codes(await net.callAll('export', { evidence, certificate }));

/** The good case after each attack: the same people, the same wallet, nothing mixed up. */
async function signs(actor: Actor): Promise<void> {
  const evidence = net.evidence(actor, signatureAsked());
  const participants = net.participants(0, 2, 4);
  const replies = await Promise.all([0, 2, 4].map((i) => net.call(i, 'sign', { evidence, certificate, participants, attempt: 1 }, 60_000)));
  expect(new Set(replies.map(({ r }) => r)).size).toBe(1);
}

test('a server that shows a token’s challenge to its owner, to have the owner’s hand under what the token asks', async () => {
  // The owner's credential signs a statement of the token: it is the credential of neither.
  expect(await exported(net.evidence(ann, { ...exportAsked(), ...of(token.tokenId) }))).toEqual(all('action/credential-unknown'));
  await signs(ann);
});

test('a server that shows its owner’s challenge to a token, to have the owner’s rights by the token’s hand', async () => {
  expect(await exported(net.evidence(token, { ...exportAsked(), ...of('') }))).toEqual(all('action/credential-unknown'));
  expect(await exported(net.evidence(token, { ...exportAsked(), ...of(token.tokenId) }))).toEqual(all('auth/forbidden'));
  await signs(ann);
});

test('a server that puts one user’s signature under another user’s request', async () => {
  const [hers, his] = [net.evidence(ann, exportAsked()), net.evidence(bob, exportAsked())];
  const { clientData, signature, credId } = his;
  expect(await exported({ ...hers, signature })).toEqual(all('action/signature-invalid'));
  expect(await exported({ ...hers, clientData, signature })).toEqual(all('action/mismatch'));
  expect(await exported({ ...hers, clientData, signature, credId })).toEqual(all('action/credential-unknown'));
  expect(await exported({ ...his, statement: { ...his.statement, userId: hers.statement.userId } })).toEqual(all('action/credential-unknown'));
  await signs(bob);
});

test('a server that puts one request’s body under another request of the same user', async () => {
  const [first, second] = [net.evidence(ann, exportAsked()), net.evidence(ann, exportAsked())];
  expect(await exported({ ...first, payload: second.payload })).toEqual(all('action/mismatch'));
  expect(await exported({ ...first, statement: second.statement, payload: second.payload })).toEqual(all('action/mismatch'));
  await signs(ann);
});

test('a server that presents a user action meant for another organisation, in which its user may export', async () => {
  const elsewhere = newOrganisation();
  const foreign = genesisState(elsewhere.genesis);
  // The same credential may well be registered in both.
  const evidence = evidenceOf(foreign, ann, { ...exportAsked(), now: Date.now() });
  expect(await exported(evidence)).toEqual(all('authority/foreign'));
  // Nor does it help to write this organisation over the other: then it is not what was signed.
  const { genesisHash, orgId } = net.evidence(ann, exportAsked()).statement;
  const { headNumber, headHash } = net.evidence(ann, exportAsked()).statement;
  const rewritten = { ...evidence, statement: { ...evidence.statement, genesisHash, orgId, headNumber, headHash } };
  expect(await exported(rewritten)).toEqual(all('action/mismatch'));
  await signs(ann);
});

test('a server that presents a user action meant for another roster of the same organisation', async () => {
  const genesis = { ...net.genesis, epoch: net.genesis.epoch + 1 };
  const evidence = evidenceOf(genesisState(genesis), net.administrator, { ...exportAsked(), now: Date.now() });
  expect(evidence.statement.orgId).toBe(net.genesis.orgId);
  expect(await exported(evidence)).toEqual(all('authority/foreign'));
  await signs(net.administrator);
});

test('a server that makes up a head, to have users sign on a history of its own', async () => {
  const { head } = net.state();
  const changed = (change: { headNumber?: string; headHash?: string }): Evidence =>
    net.evidence(ann, { ...exportAsked(), change: (statement) => ({ ...statement, ...change }) });
  expect(await exported(changed({ headHash: 'ab'.repeat(32) }))).toEqual(all('authority/head-unknown'));
  expect(await exported(changed({ headNumber: String(head.number - 1) }))).toEqual(all('authority/head-unknown'));
  expect(await exported(changed({ headNumber: String(head.number + 1000), headHash: 'ab'.repeat(32) }))).toEqual(all('authority/behind'));
  await signs(ann);
});

test('a server that sends a request for another effect than its user signed', async () => {
  const [toExport, toSign] = [net.evidence(ann, exportAsked()), net.evidence(ann, signatureAsked())];
  const number = net.state().head.number + 1;
  const participants = net.participants(0, 1, 2);
  const asSignature = { evidence: toExport, certificate, participants, attempt: 1 };
  expect(codes(await Promise.allSettled([0, 1, 2].map((i) => net.call(i, 'sign', asSignature))))).toEqual(Array(3).fill('action/mismatch'));
  expect(await exported(toSign)).toEqual(all('action/mismatch'));
  for (const evidence of [toExport, toSign]) {
    expect(codes(await net.callAll('keygen', { evidence, attempt: 1 }))).toEqual(all('action/mismatch'));
    expect(codes(await net.callAll('act', { number, evidence, acks: [] }))).toEqual(all('action/mismatch'));
  }
  await signs(ann);
});

test('a server that asks for two signatures with one request, to get one over a text of its own', async () => {
  const evidence = net.evidence(ann, signatureAsked());
  const request = { evidence, certificate, participants: net.participants(0, 1, 2), attempt: 1 };
  await Promise.all([0, 1, 2].map((i) => net.call(i, 'sign', request, 60_000)));
  const other = { ...request, evidence: { ...evidence, payload: JSON.stringify({ kind: 'Hash', hash: 'ff'.repeat(32) }) } };
  expect(codes(await Promise.allSettled([0, 1, 2].map((i) => net.call(i, 'sign', other))))).toEqual(Array(3).fill('action/mismatch'));
  // The signed one again, for another key: the path names the wallet, so no certificate moves it.
  const second = (await net.newKey(net.administrator)).certificate;
  const moved = { ...request, certificate: second };
  for (const code of codes(await Promise.allSettled([0, 1, 2].map((i) => net.call(i, 'sign', moved))))) expect(code).not.toBe('accepted');
  await signs(ann);
});

test('a server that plays a request of a user who lacks the right, as that user’s own', async () => {
  const clerk = await newUser(['Wallets:Read']);
  expect(await exported(net.evidence(clerk, exportAsked()))).toEqual(all('auth/forbidden'));
  // The end of this file: the key leaves for whoever may have it.
  expect(await exported(net.evidence(bob, exportAsked()))).toEqual(all('accepted'));
});
