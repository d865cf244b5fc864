/**
 * What exactly gets signed for a signature request (contract §4.4): every signer computes it from the body that the
 * user signed, never takes it from the server.
 *
 * @module
 */
import { hex, Refusal, type SignatureBody } from '@quorate/wire';
import { eip191Signer } from 'micro-eth-signer';
import { type Family, type Network, networkOf } from './networks.ts';

/** What clients call the families. */
const kinds: ReadonlyMap<string, Family> = new Map([
  ['Evm', 'evm'],
  ['Bitcoin', 'bitcoin'],
]);

/**
 * The 32 bytes that ECDSA signs. `network` is the wallet's, or `null` on the key endpoint, where the body alone says
 * what the signature is for; a body that names another network than the wallet's is refused.
 * @throws {Refusal} `signature/hash-length`, `signature/kind-unsupported`, `request/unsupported`
 */
export function digestOf(network: Network | null, body: SignatureBody): Uint8Array {
  const family = familyOf(network, body);
  switch (body.kind) {
    case 'Hash': {
      // A tweak that ECDSA does not know: signing without it would be signing something else.
      if (body.taprootMerkleRoot !== undefined) throw new Refusal('signature/kind-unsupported', { member: 'taprootMerkleRoot' });
      const hash = bytesOf(body.hash);
      if (hash.length !== 32) throw new Refusal('signature/hash-length', { bytes: hash.length });
      return hash;
    }
    case 'Message':
      if (family !== 'evm') throw new Refusal('signature/kind-unsupported', { kind: body.kind });
      return bytesOf(eip191Signer.getHash(bytesOf(body.message)));
  }
}

/** Whose rules the request follows. @throws {Refusal} */
export function familyOf(network: Network | null, body: Pick<SignatureBody, 'network' | 'blockchainKind'>): Family {
  const named = body.network === undefined ? null : networkOf(body.network);
  if (body.network !== undefined && named === null) throw new Refusal('request/unsupported', { member: 'network' });
  if (network !== null && named !== null && named.name !== network.name) throw new Refusal('signature/kind-unsupported', { member: 'network' });

  const given = network ?? named;
  if (body.blockchainKind === undefined) return given?.family ?? 'none';
  const family = kinds.get(body.blockchainKind);
  if (family === undefined) throw new Refusal('request/unsupported', { member: 'blockchainKind' });
  if (given !== null && given.family !== family) throw new Refusal('signature/kind-unsupported', { member: 'blockchainKind' });
  return family;
}

/** Hex with or without `0x`, already checked to be hex by the body's schema. */
const bytesOf = (text: string): Uint8Array => hex.decode(text.replace(/^0x/, ''));
