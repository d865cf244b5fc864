/**
 * Key certificates at this signer: gathering all signers' signatures for a key just made, and finding the usable key
 * that a request is about.
 *
 * @module
 */
import { type AuthorityState, type CertifiedKey, type KeyBirth, plainBirth, verifyBySigner, verifyKeyCertificate } from '@quorate/authority';
import { networkOf } from '@quorate/chains';
import {
  canonicalJson,
  type KeyCertificate,
  type KeyCertificateBody,
  type KeyId,
  type NoticeOf,
  Refusal,
  schemeOf,
  type SignerId,
  type SignerSignature,
  type WalletId,
} from '@quorate/wire';
import type { Events } from './events.ts';
import { createPerSender } from './per-sender.ts';
import type { Self } from './self.ts';
import type { Store } from './store/store.ts';

/** Keys whose certificate a peer may be ahead of us with, and keys that wait here. */
const MAX_WAITING = 256;

export interface UsableKey {
  readonly keyId: KeyId;
  readonly body: KeyCertificateBody;
  readonly sealedShare: Uint8Array;
  readonly certificate: KeyCertificate;
  readonly birth: KeyBirth;
  /** Of the wallet that the path names; '' where it names the key. */
  readonly network: string;
}

/** The same as acts know it. */
export const certifiedKey = ({ body, birth }: UsableKey): CertifiedKey => ({ keyId: body.keyId, walletId: body.walletId, ownerId: body.ownerId, birth });

/** How a path names a key. */
export type KeyPath = { readonly walletId: WalletId } | { readonly keyId: KeyId };

export interface Certificates {
  /** A share has just been stored: its certificate is gathered from now on. */
  expect(body: KeyCertificateBody, own: SignerSignature): void;
  heard(notice: NoticeOf<'keySignature'>, from: SignerId): Promise<void>;
  /**
   * The key that the path names, whose certificate the server hands over. Whether it is that wallet's key is decided by an
   * act, or else by the own record of the key, and by nothing that the server says; a certificate that differs from the own
   * record is refused, and one that a pending share still lacks is verified and stored.
   * @throws {Refusal} `wallet/unknown`, `key/unknown`, `key/pending`, `key/scheme`, `certificate/invalid`
   */
  usable(state: AuthorityState, path: KeyPath, certificate: KeyCertificate): Promise<UsableKey>;
}

interface Waiting {
  readonly body: KeyCertificateBody;
  readonly signatures: Map<SignerId, SignerSignature>;
}

const sameBody = (a: KeyCertificateBody, b: KeyCertificateBody): boolean => canonicalJson(a) === canonicalJson(b);

/**
 * The network of the wallet that the path names, if it is a wallet of this key, '' for the key's own path; `null` where the
 * path names another key. @throws {Refusal} `key/scheme`
 */
function networkIn(state: AuthorityState, path: KeyPath, body: KeyCertificateBody): string | null {
  if ('keyId' in path) return path.keyId === body.keyId ? '' : null;
  const further = state.wallets.get(path.walletId);
  if (further === undefined) return path.walletId === body.walletId ? body.network : null;
  if (further.keyId !== body.keyId) return null;
  // No act knows what kind of key it names, and the server that could have said so is not asked.
  if (networkOf(further.network)?.scheme !== schemeOf(body.scheme, body.curve)) throw new Refusal('key/scheme', { network: further.network });
  return further.network;
}

export function createCertificates({ self, store, events }: { readonly self: Self; readonly store: Store; readonly events: Events }): Certificates {
  const waiting = new Map<KeyId, Waiting>();
  const early = createPerSender<NoticeOf<'keySignature'>>(MAX_WAITING);

  async function add(own: Waiting, { executionId, signature }: NoticeOf<'keySignature'>, from: SignerId): Promise<void> {
    const { body, signatures } = own;
    const good =
      signature.signerId === from && executionId === body.executionId && (await verifyBySigner(self.keys, 'certificate', { body, ...signature }, 'present'));
    if (!good) throw new Refusal('certificate/invalid', { reason: 'signature', signerId: from });
    signatures.set(from, signature);
    if (signatures.size < self.roster.length || !waiting.delete(body.keyId)) return;
    await complete({ body, signatures: self.roster.map(({ id }) => signatures.get(id)).filter((one) => one !== undefined) });
  }

  async function complete(certificate: KeyCertificate): Promise<void> {
    const { keyId, publicKey } = certificate.body;
    waiting.delete(keyId);
    await store.write('certificate', { keyId, certificate, audit: { time: self.now(), event: 'key certified', detail: { keyId, publicKey } } });
    events.keyMade(keyId);
  }

  return {
    expect(body, own) {
      const entry: Waiting = { body, signatures: new Map([[self.id, own]]) };
      waiting.set(body.keyId, entry);
      // A certificate that never came complete here comes with the first request for the key.
      if (waiting.size > MAX_WAITING) waiting.delete(waiting.keys().next().value as KeyId);
      for (const [from, notice] of early.take(body.keyId)) {
        add(entry, notice, from as SignerId).catch((error: unknown) => events.badNotice(from, 'keySignature', error));
      }
    },
    async heard(notice, from) {
      const entry = waiting.get(notice.keyId);
      if (entry === undefined) early.put(from, notice.keyId, notice);
      else await add(entry, notice, from);
    },
    async usable(state, path, certificate) {
      const { keyId } = certificate.body;
      const unknown = 'walletId' in path ? new Refusal('wallet/unknown', { walletId: path.walletId }) : new Refusal('key/unknown', { keyId: path.keyId });
      const stored = await store.read('key', { keyId });
      if (stored === null) throw unknown;
      if (stored.state === 'begun') throw new Refusal('key/pending', { keyId });
      const { body, sealedShare } = stored;
      const birth = stored.birth ?? plainBirth;
      const network = networkIn(state, path, body);
      if (network === null) throw unknown;
      if (!sameBody(body, certificate.body)) throw new Refusal('certificate/invalid', { reason: 'another certificate', keyId });
      if (stored.state === 'usable') return { keyId, body, sealedShare, birth, network, certificate: stored.certificate };
      await verifyKeyCertificate(self.keys, certificate);
      await complete(certificate);
      return { keyId, body, sealedShare, birth, network, certificate };
    },
  };
}
