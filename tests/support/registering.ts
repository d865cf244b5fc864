/**
 * People who register with a code, as a stock browser signer attests a new key credential.
 *
 * @module
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { DfnsAuthenticator } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import type { Devnet } from '@quorate/devnet';
import { pkcs8, spki } from './network.ts';

/** A key credential as its holder keeps it. */
export interface OwnKey {
  readonly credId: string;
  readonly privateKey: string;
  readonly publicKey: string;
}

export function newOwnKey(): OwnKey {
  const pair = generateKeyPairSync('ed25519');
  return { credId: randomBytes(32).toString('base64url'), privateKey: pkcs8(pair.privateKey), publicKey: spki(pair.publicKey) };
}

/** What the stock browser signer's `create` answers, of a key that is there already. */
export function attestationOf({ credId, privateKey, publicKey }: OwnKey, challenge: string) {
  const clientData = Buffer.from(JSON.stringify({ type: 'key.create', challenge }));
  const signed = JSON.stringify({ clientDataHash: createHash('sha256').update(clientData).digest('hex'), publicKey });
  const signature = sign(null, Buffer.from(signed), createPrivateKey(privateKey)).toString('hex');
  return {
    credentialKind: 'Key' as const,
    credentialInfo: {
      credId,
      clientData: clientData.toString('base64url'),
      attestationData: Buffer.from(JSON.stringify({ publicKey, signature })).toString('base64url'),
    },
  };
}

/** The unmodified authenticator of one person, with the stock key signer and a store for new keys that holds just this one. */
export function authenticatorOf(devnet: Pick<Devnet, 'url' | 'admin'>, key: OwnKey): DfnsAuthenticator {
  const signer = new AsymmetricKeySigner(key);
  return new DfnsAuthenticator({
    baseUrl: devnet.url,
    orgId: devnet.admin.orgId,
    signer: { sign: (challenge) => signer.sign(challenge), create: async (asked) => attestationOf(key, 'challenge' in asked ? asked.challenge : '') },
  });
}
