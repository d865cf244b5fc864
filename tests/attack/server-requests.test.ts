/**
 * The server against requests that users did sign: it holds its own keys and everything users ever sent it, and still
 * cannot make real signers do what no user signed, or do it again.
 */
import type { Evidence, KeyCertificate, Statement } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newActor } from '../../packages/authority/src/organisation.test-kit.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { all, codes, EXPORT_ON, exportBody, newPoint, permission, type Requests, requestsTo } from '../support/requests.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
let requests: Requests;
let certificate: KeyCertificate;
const lines: LogLine[] = [];
beforeAll(async () => {
  net = await startSigners({ log: recordingLog(lines) });
  requests = requestsTo(net);
  await net.act(net.administrator, EXPORT_ON);
  certificate = (await net.newKey(net.administrator)).certificate;
});
afterAll(() => net[Symbol.asyncDispose]());

const restated = (change: Partial<Statement>) => (e: Evidence) => ({ ...e, statement: { ...e.statement, ...change } });

test.each([
  ['swaps the encryption key, to get the shares itself', (e: Evidence) => ({ ...e, payload: exportBody() })],
  ['swaps the method, to have it taken for another call', restated({ method: 'PUT' })],
  ['swaps the path, to get another wallet’s key', restated({ path: '/wallets/wa-00000-00000-0000000000000000/export' })],
  ['swaps body and hash together', (e: Evidence) => ({ ...restated({ payloadHash: '0'.repeat(64) })(e), payload: exportBody() })],
  ['swaps the user, to act as another', restated({ userId: newActor().userId })],
  [
    'renews the time, to keep a request for later',
    (e: Evidence) => restated({ issuedAt: String(Number(e.statement.issuedAt) + 1), expiresAt: String(Number(e.statement.expiresAt) + 1) })(e),
  ],
])('a server that changes what the user signed, and %s', async (_, change) => {
  const results = await net.callAll('export', { evidence: change(requests.exportOf(certificate)), certificate });
  for (const code of codes(results)) expect(['action/mismatch', 'action/credential-unknown', 'wallet/unknown']).toContain(code);
  await requests.exportNew();
});

test('a server that replays yesterday’s export, to get the key again', async () => {
  const yesterday = net.evidence(net.administrator, {
    method: 'POST',
    path: `/wallets/${certificate.body.walletId}/export`,
    payload: exportBody(),
    now: Date.now() - 86_400_000,
  });
  expect(codes(await net.callAll('export', { evidence: yesterday, certificate }))).toEqual(all('action/expired'));
  await requests.exportNew();
});

test('a server that uses a request to sign for an export, a new key or an act', async () => {
  const evidence = requests.signatureOf(certificate);
  const refused = all('action/mismatch');
  expect(codes(await net.callAll('export', { evidence, certificate }))).toEqual(refused);
  expect(codes(await net.callAll('keygen', { evidence, attempt: 1 }))).toEqual(refused);
  expect(codes(await net.callAll('act', { number: net.state().head.number + 1, evidence, acks: [] }))).toEqual(refused);
  await requests.sign(certificate);
});

test('a server that repeats the creation of a wallet, to get a second key for one request', async () => {
  const made = await net.newKey(net.administrator);
  for (const result of await net.callAll('keygen', { evidence: made.evidence, attempt: 1 })) {
    if (result.status === 'fulfilled') expect(result.value.body).toEqual(made.certificate.body);
    else expect((result.reason as { code: string }).code).toMatch(/^(key\/exists|evidence\/spent)$/);
  }
  await requests.sign(made.certificate);
});

test('a server that hands out a key certificate for a public key of its own, to have another key exported', async () => {
  const forged = { ...certificate, body: { ...certificate.body, publicKey: Buffer.from(newPoint()).toString('hex') } };
  const evidence = requests.exportOf(certificate);
  expect(codes(await net.callAll('export', { evidence, certificate: forged }))).toEqual(all('certificate/invalid'));
  expect(codes(await net.callAll('export', { evidence, certificate }))).toEqual(all('accepted'));
});

test('a server that writes something of its own in place of a trace, to forge signers’ logs or to have another answer', async () => {
  const forged = '"}\n{"msg":"key retired"';
  const trace = 'a1'.repeat(16);
  const evidence = net.evidence(net.administrator, permission());
  const number = net.state().head.number + 1;
  const ask = async (value: unknown, of: Evidence) => {
    lines.length = 0;
    return codes(await net.callAll('act', { number, evidence: of, acks: [], ...{ trace: value } }));
  };
  const told = () => lines.filter(({ kind }) => kind === 'act');
  // One that is a trace stands in the log, and is no word for anything: not for an act that nobody signed.
  expect(await ask(trace, { ...evidence, payload: permission().payload })).toEqual(all('action/mismatch'));
  expect(told().map((line) => [line['trace_id'], line['code']])).toEqual(Array(5).fill([trace, 'action/mismatch']));
  for (const value of [forged, { forged }, [trace], 'a'.repeat(9_000), '0'.repeat(32)]) {
    expect(await ask(value, evidence)).toEqual(all('accepted'));
    expect(told().length).toBe(5);
    expect(lines.filter((line) => 'trace_id' in line || /forged|key retired|aaaaaaaa|a1a1a1a1/.test(JSON.stringify(line)))).toEqual([]);
  }
  expect(await ask(trace, evidence)).toEqual(all('accepted'));
  expect(told().map((line) => [line['trace_id'], line['code']])).toEqual(Array(5).fill([trace, undefined]));
  await net.commit(evidence);
});
