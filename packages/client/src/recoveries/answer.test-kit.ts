/**
 * The answer that carries what the signers of a scene sent, with what was done to it on the way.
 *
 * @module
 */
import type { KeyCertificate } from '@quorate/wire';
import { newKey } from '../network.test-kit.ts';
import type { Scene } from './scene.test-kit.ts';
import type { Sending, Stage } from './stage.test-kit.ts';

/** Every order of the parts is as good; `seed` says which. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const shuffled = [...items];
  let state = seed;
  for (let i = shuffled.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const j = state % (i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}

function spoilt({ key, other }: Pick<Stage, 'key' | 'other'>, seed: number): unknown {
  const { body, signatures } = key.certificate;
  const [first, ...rest] = signatures as [KeyCertificate['signatures'][number], ...KeyCertificate['signatures']];
  const [share, ...shares] = other.certificate.body.publicShares;
  return [
    { body, signatures: rest },
    { body, signatures: [{ ...first, signature: (rest[0] ?? first).signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')) }, ...rest] },
    { body: { ...body, publicShares: [share, ...body.publicShares.slice(1)] }, signatures },
    { body: { ...body, threshold: body.threshold - 1 }, signatures },
    { body: { ...other.certificate.body, publicKey: key.publicKey, publicShares: [share, ...shares] }, signatures: other.certificate.signatures },
    other.certificate,
    { body: 7 },
    'no certificate',
  ][seed % 8];
}

export function answerOf({ network, key, strangers, tombstones }: Stage, scene: Scene, sendings: readonly Sending[]) {
  const { reading, extras } = scene;
  const parts = sendings.map(({ signerId, text }) => ({ signerId, encryptedKeyShare: text }));
  const rubbish = (first: boolean) =>
    extras.flatMap((extra) =>
      extra.kind === 'rubbish' && extra.first === first ? [{ signerId: network.signers[extra.under]?.id, encryptedKeyShare: 'AAAA' }] : [],
    );
  const more = strangers.slice(0, extras.filter(({ kind }) => kind === 'stranger').length);
  const answer = {
    publicKey: key.publicKey,
    protocol: 'CGGMP21',
    curve: 'secp256k1',
    minSigners: reading === 'expected key, false threshold' ? 2 + (scene.order % 8) : network.genesis.threshold,
    encryptedKeyShares: [...rubbish(true), ...parts, ...more, ...rubbish(false)],
  };
  if (reading.startsWith('expected key')) return answer;
  return {
    ...answer,
    releases: sendings.flatMap(({ release }) => (release === null ? [] : [release])),
    tombstones: scene.tombstones ? tombstones : [],
    ...(reading === 'certificate' ? { keyCertificate: key.certificate } : {}),
    ...(reading === 'certificate spoilt' ? { keyCertificate: spoilt({ key, other: newKey(network) }, scene.order) } : {}),
  };
}
