/**
 * Long chains of acts: replaying them as a signer does, and starting from a snapshot instead.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { applyRecords, type AuthorityState, type Bulk, decodeSnapshot, encodeSnapshot } from '@quorate/authority';
import { soundEd25519Keys, verifyEd25519Many } from '@quorate/mpc';
import { manyActs } from '../../packages/authority/src/many-acts.test-kit.ts';
import { newOrganisation } from '../../packages/authority/src/organisation.test-kit.ts';
import { type Figures, figures, timed } from './measure.ts';

export const REPLAYED = 10_000;
export const IN_SNAPSHOT = 100_000;
const PAGE = 500;
const RUNS = 5;

export interface ChainFigures {
  /** Of {@link REPLAYED} acts with all their signatures, verified in Rust. */
  readonly replay: Figures;
  /** The same with WebCrypto, as the server and receipts do it. */
  readonly webCrypto: Figures;
  /** From the bytes of a snapshot after {@link IN_SNAPSHOT} acts to the state, with their hash. */
  readonly snapshot: Figures;
  readonly snapshotBytes: number;
}

export async function chainFigures(): Promise<ChainFigures> {
  const org = newOrganisation();
  const { records } = await manyActs(org, REPLAYED);
  const replay = (bulk?: Bulk) => async (): Promise<void> => {
    let { state } = org;
    for (let i = 0; i < records.length; i += PAGE) {
      const { state: next, fault } = await applyRecords(state, records.slice(i, i + PAGE), bulk);
      if (fault !== null) throw fault;
      state = next;
    }
  };
  const large = await manyActs(org, IN_SNAPSHOT, 'none');
  const pieces = [...encodeSnapshot(large.state)];
  return {
    replay: figures(await timed(RUNS, replay({ verify: verifyEd25519Many, soundKeys: soundEd25519Keys }))),
    webCrypto: figures(await timed(1, replay())),
    snapshot: figures(await timed(RUNS, () => read(large.state, pieces))),
    snapshotBytes: pieces.reduce((sum, { length }) => sum + length, 0),
  };
}

async function read({ genesis, genesisHash, head }: AuthorityState, pieces: readonly Uint8Array[]): Promise<void> {
  const digest = createHash('sha256');
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      digest.update(piece);
      yield await Promise.resolve(piece);
    }
  }
  const state = await decodeSnapshot(genesis, genesisHash, head, hashed());
  if (state === null || digest.digest('hex').length !== 64) throw new Error('a snapshot that cannot be read');
}
