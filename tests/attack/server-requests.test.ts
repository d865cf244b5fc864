/**
 * The server against requests that users did sign: it holds its own keys and everything users ever sent it, and still
 * cannot make real signers do what no user signed, or do it again.
 */
import type { Evidence, KeyCertificate, Statement } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newActor } from '../../packages/authority/src/organisation.test-kit.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { all, codes, EXPORT_ON, exportBody, newPoint, type Requests, requestsTo } from '../support/requests.ts';
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
  const ask = async (value: unknown, evidence: Evidence) => {
    lines.length = 0;
    const participants = net.participants(0, 1, 2);
    const request = { evidence, certificate, participants, attempt: 1, trace: value };
    return codes(await Promise.allSettled([0, 1, 2].map((i) => net.call(i, 'sign', request, 60_000))));
  };
  for (const value of [forged, { forged }, [trace], 'a'.repeat(9_000), '0'.repeat(32)]) {
    expect(await ask(value, requests.signatureOf(certificate))).toEqual(['accepted', 'accepted', 'accepted']);
    expect(lines.filter(({ msg }) => msg === 'signature made').length).toBe(3);
    expect(lines.filter((line) => 'trace_id' in line || JSON.stringify(line).includes('forged') || JSON.stringify(line).includes('aaaa'))).toEqual([]);
  }
  // One that is a trace stands in the log, and is no word for anything: not for a request that nobody signed.
  expect(await ask(trace, { ...requests.signatureOf(certificate), payload: exportBody() })).toEqual(Array(3).fill('action/mismatch'));
  expect(lines.filter((line) => line['trace_id'] === trace && line['code'] === 'action/mismatch').length).toBe(3);
  expect(await ask(trace, requests.signatureOf(certificate))).toEqual(['accepted', 'accepted', 'accepted']);
  expect(lines.filter((line) => line['trace_id'] === trace && line['msg'] === 'signature made').length).toBe(3);
});
