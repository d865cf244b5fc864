/**
 * The server against the chain of acts: what nobody signed, what nobody acknowledged, and what it would rather keep to
 * itself. Real signers; the test is the server.
 */
import { challengeOf, deriveCredentialId, deriveId, type Evidence, type KeyCertificate } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, newActor, newKey, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { all, codeOf, codes, EXPORT_ON, permission, type Requests, requestsTo, unique } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let owner: Actor;
let requests: Requests;
let certificate: KeyCertificate;
beforeAll(async () => {
  net = await startSigners();
  owner = net.administrator;
  requests = requestsTo(net);
  await net.act(owner, EXPORT_ON);
  certificate = (await net.newKey(owner)).certificate;
});
afterAll(() => net[Symbol.asyncDispose]());

const next = (): number => net.state().head.number + 1;
const ackOf = async (i: number, evidence: Evidence) => (await net.call(i, 'act', { number: next(), evidence, acks: [] })).ack;

test('a server that invents a permission in an act that nobody signed, to give itself the export', async () => {
  const asOwner = { ...newActor(), userId: owner.userId, credId: owner.credId };
  const evidence = net.evidence(asOwner, post('/permissions', { name: 'all', operations: ['Keys:Export'] }));
  expect(codes(await net.callAll('act', { number: next(), evidence, acks: [] }))).toEqual(all('action/signature-invalid'));
  await net.act(owner, permission());
});

test('a server that has a user without the permission export a key', async () => {
  const key = newKey();
  const record = await net.act(owner, post('/auth/service-accounts', { name: `clerk ${unique()}`, publicKey: key.publicKey }));
  const challenge = challengeOf(record.evidence.statement);
  const clerk: Actor = { ...key, userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge) };
  expect(codes(await net.callAll('export', { evidence: requests.exportOf(certificate, clerk), certificate }))).toEqual(all('auth/forbidden'));
  await requests.sign(certificate);
});

test('a server that makes acknowledgements itself, to have an act count that signers did not see', async () => {
  const evidence = net.evidence(owner, permission());
  const number = next();
  const ack = await ackOf(0, evidence);
  const forged = net.ids.slice(1, 3).map((signerId) => ({ body: ack.body, signerId, signature: `${'A'.repeat(86)}==` }));
  await net.callAll('certify', { number, acks: [ack, ...forged] });
  for (const i of [0, 1, 4]) expect((await net.call(i, 'status', {})).head.number).toBe(number - 1);
  await net.commit(evidence, [ack]);
  expect((await net.call(0, 'status', {})).head).toEqual(net.state().head);
});

test('a server that keeps the certificate of a revocation to itself, to have what was revoked obeyed on', async () => {
  const own = (await net.newKey(owner)).certificate;
  const exported = async () => codes(await net.callAll('export', { evidence: requests.exportOf(own), certificate: own }));
  const setting = (exportEnabled: boolean): Evidence => net.evidence(owner, { ...EXPORT_ON, payload: JSON.stringify({ exportEnabled }) });
  const off = setting(false);
  const acks = await Promise.all(net.ids.map((_, i) => ackOf(i, off)));
  expect(await exported()).toEqual(all('export/disabled'));
  await net.stop(0);
  await net.start(0);
  expect(await exported()).toEqual(all('export/disabled'));
  await net.commit(off, acks);

  // What an act gives waits for its certificate; then it counts.
  const on = setting(true);
  const given = await Promise.all(net.ids.map((_, i) => ackOf(i, on)));
  expect(await exported()).toEqual(all('export/disabled'));
  await net.commit(on, given);
  expect(await exported()).toEqual(all('accepted'));
});

test('a server that offers two acts for one number, to show different histories to different signers', async () => {
  const number = next();
  const [one, two] = [net.evidence(owner, permission()), net.evidence(owner, permission())];
  const first = await ackOf(0, one);
  expect(await codeOf(net.call(0, 'act', { number, evidence: two, acks: [] }))).toBe('authority/conflict');
  expect(await ackOf(0, one)).toEqual(first);
  await net.commit(one, [first]);
  expect(codes(await net.callAll('act', { number, evidence: two, acks: [] }))).toEqual(all('authority/conflict'));
  expect((await net.call(4, 'status', {})).head).toEqual(net.state().head);
  await net.act(owner, permission());
});
