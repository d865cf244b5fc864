/**
 * Plays scenes: has the real client recover from what is made of them.
 *
 * @module
 */
import { hex, isRefusal } from '@quorate/wire';
import { answerOf, shuffled } from './answer.test-kit.ts';
import { compareKey, compareRefusal, type Tally, withExtras } from './compare.test-kit.ts';
import { expectedOf } from './expected.test-kit.ts';
import type { Batch, Scene } from './scene.test-kit.ts';
import { errorOf, sendingOf, setUp, type Stage } from './stage.test-kit.ts';

export async function playBatch({ scenes, ...roster }: Batch, tally: Tally): Promise<void> {
  const stage = await setUp(roster);
  // A few at once, for signatures are verified off the event loop.
  const waiting = [...scenes];
  const next = async (): Promise<void> => {
    for (let scene = waiting.pop(); scene !== undefined; scene = waiting.pop()) await playScene(stage, scene, tally);
  };
  await Promise.all([next(), next(), next()]);
  stage.context.wipe();
}

async function playScene(stage: Stage, scene: Scene, tally: Tally): Promise<void> {
  const { network, key, context } = stage;
  const error = errorOf(stage, scene);
  const sendings = shuffled((await Promise.all(scene.sent.map((one, rank) => sendingOf(stage, one, rank, error)))).flat(), scene.order);
  const expected = withExtras(expectedOf(stage, scene), stage, scene);
  const answer = answerOf(stage, scene, sendings);
  const plain = scene.reading.startsWith('expected key');
  const expectation = {
    expectedPublicKey: key.publicKey,
    ...(plain ? {} : { genesis: network.genesis, genesisHash: network.genesisHash, keyId: key.certificate.body.keyId }),
    ...(scene.reading === 'kept certificate' ? { certificate: key.certificate } : {}),
  };
  tally.recoveries++;
  try {
    const outcome = await context.recover(answer, expectation).then(
      ({ secret, report }) => ({ secret: hex.encode(secret.bytes()), report }),
      (refusal: unknown) => {
        if (!isRefusal(refusal)) throw refusal;
        return refusal;
      },
    );
    if (isRefusal(outcome)) compareRefusal(stage, scene, expected, { code: outcome.code, detail: outcome.detail }, answer.encryptedKeyShares.length, tally);
    else compareKey(stage, scene, expected, outcome, tally);
  } catch (cause) {
    throw new Error(`${stage.threshold} of ${stage.n}: ${JSON.stringify(scene)}`, { cause });
  }
}
