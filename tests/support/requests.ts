/**
 * What owners ask of five real signers, and what the signers make of it: for tests that play somebody in between.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concat, type Evidence, formatEncryptionKey, hex, isRefusal, type KeyCertificate, type ReplyOf, verifyEcdsa } from '@quorate/wire';
import { type Actor, post } from '../../packages/authority/src/organisation.test-kit.ts';
import type { SignersOnly } from './signers.ts';

export const newPoint = (): Uint8Array => secp256k1.getPublicKey(secp256k1.utils.randomSecretKey());
export const newHash = (): string => randomBytes(32).toString('hex');
export const unique = (): string => randomBytes(6).toString('hex');

export const exportBody = (point = newPoint()): string =>
  JSON.stringify({ encryptionKey: formatEncryptionKey(point), supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }] });

export const EXPORT_ON = { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":true}' } as const;
export const permission = () => post('/permissions', { name: `reader ${unique()}`, operations: ['Wallets:Read'] });

/** The code that a call was refused with, `accepted` where it was not, and of any other error its name. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? error.code : String((error as Error).name)),
  );
export const codes = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.map((result) => (result.status === 'fulfilled' ? 'accepted' : String((result.reason as { code?: string }).code)));
/** What signers say when no more comes: they end a little before their caller does, and busy ones may need longer to say so. */
export async function saidInTheEnd(ask: (ms: number) => Promise<string[]>, ms: number): Promise<string[]> {
  const said = await ask(ms);
  return said.includes('timeout') ? ask(30_000) : said;
}
export const all = (code: string): string[] => Array(5).fill(code);

export interface Requests {
  exportOf(certificate: KeyCertificate, actor?: Actor, body?: string): Evidence;
  signatureOf(certificate: KeyCertificate, digest?: string): Evidence;
  /** Asks these signers for one signature and checks it with other code. @throws where they do not give the same good one */
  sign(certificate: KeyCertificate, signers?: readonly number[], timeoutMs?: number): Promise<void>;
  /** What each of these signers answers to one request to sign. */
  trySign(evidence: Evidence, certificate: KeyCertificate, signers: readonly number[], timeoutMs?: number): Promise<PromiseSettledResult<ReplyOf<'sign'>>[]>;
  /** Has a new key exported by all five. @throws where one of them refuses */
  exportNew(): Promise<KeyCertificate>;
}

export function requestsTo(net: SignersOnly): Requests {
  const requests: Requests = {
    exportOf: (certificate, actor = net.administrator, body = exportBody()) =>
      net.evidence(actor, { method: 'POST', path: `/wallets/${certificate.body.walletId}/export`, payload: body }),
    signatureOf: (certificate, digest = newHash()) =>
      net.evidence(net.administrator, post(`/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: digest })),
    trySign(evidence, certificate, signers, timeoutMs = 60_000) {
      const participants = net.participants(...signers);
      return Promise.allSettled(signers.map((i) => net.call(i, 'sign', { evidence, certificate, participants, attempt: 1 }, timeoutMs)));
    },
    async sign(certificate, signers = [0, 1, 2], timeoutMs = 60_000) {
      const digest = newHash();
      const replies = await requests.trySign(requests.signatureOf(certificate, digest), certificate, signers, timeoutMs);
      for (const reply of replies) {
        if (reply.status === 'rejected') throw reply.reason;
        expectSignature(certificate, digest, reply.value);
      }
    },
    async exportNew() {
      const { certificate } = await net.newKey(net.administrator);
      for (const reply of await net.callAll('export', { evidence: requests.exportOf(certificate), certificate })) {
        if (reply.status === 'rejected') throw reply.reason;
      }
      return certificate;
    },
  };
  return requests;
}

/** @throws where it is not one of this key over this digest */
export function expectSignature({ body }: KeyCertificate, digest: string, { r, s }: ReplyOf<'sign'>): void {
  if (!verifyEcdsa(hex.decode(body.publicKey), hex.decode(digest), concat(hex.decode(r), hex.decode(s)))) throw new Error('not a signature of this key');
}
