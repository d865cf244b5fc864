import { b64, deriveId, type Head, isRefusal, MAX_TAGS, type Signed, signedBytes, type SnapshotBody } from '@quorate/wire';
import { createHash, sign } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  addAssignment,
  type AuthorityState,
  decodeSnapshot,
  encodeSnapshot,
  isSnapshotCertified,
  reduce,
  SNAPSHOT_FORMAT,
  type Verified,
  verifyEvidence,
} from './index.ts';
import { manyActs } from './many-acts.test-kit.ts';
import { evidenceOf, newOrganisation } from './organisation.test-kit.ts';
import { busyOrganisation, type Step, steps, verifiedOf } from './random-acts.test-kit.ts';
import { snapshotShape } from './snapshot-members.ts';

const org = newOrganisation();
const start = busyOrganisation(org.state);

async function* told(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
const bytesOf = (state: AuthorityState): Buffer => Buffer.concat([...encodeSnapshot(state)]);
const decode = (bytes: Uint8Array, head: Head, genesis = org.genesis, hash = org.state.genesisHash): Promise<AuthorityState | null> =>
  decodeSnapshot(genesis, hash, head, told([bytes]));

/** A request of this step, or why there is none. */
function asked(state: AuthorityState, step: Step): Verified | string {
  try {
    return verifiedOf(state, step) ?? 'cannot sign';
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
}

/** What an act makes of a state: the next one, or the code of the refusal. */
function outcome(state: AuthorityState, act: Verified | string): AuthorityState | string {
  if (typeof act === 'string') return act;
  try {
    const { user, credential } = act;
    return reduce(state, { ...act, user: state.users.get(user.id) ?? user, credential: state.credentials.get(credential.credId) ?? credential });
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
}

describe('a snapshot', () => {
  test('of whatever state, read back, does as the state does: the same next states, the same refusals', async () => {
    let accepted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(steps(40), fc.nat(39), async (all, cut) => {
        let state = start;
        for (const step of all.slice(0, cut)) {
          const next = outcome(state, asked(state, step));
          if (typeof next !== 'string') state = next;
        }
        let copy = (await decode(bytesOf(state), state.head)) as AuthorityState;
        // Twice the same bytes: what was read back is the same state.
        expect(bytesOf(copy).equals(bytesOf(state))).toBe(true);
        for (const step of all.slice(cut)) {
          const act = asked(state, step);
          const next = outcome(state, act);
          const same = outcome(copy, act);
          if (typeof next === 'string') {
            refused++;
            expect(same).toBe(next);
            continue;
          }
          accepted++;
          expect(typeof same).toBe('object');
          state = next;
          copy = same as AuthorityState;
        }
        expect(bytesOf(copy).equals(bytesOf(state))).toBe(true);
      }),
      { numRuns: process.env['SLOW'] === '1' ? 2_000 : 40 },
    );
    expect(accepted).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(20);
  });

  test('in pieces of any size is the same state', async () => {
    const { state } = await manyActs(org, 700, 'none');
    const pieces = [...encodeSnapshot(state)];
    expect(pieces.length).toBeGreaterThan(1);
    const whole = Buffer.concat(pieces);
    for (const size of [1_000, 262_143, whole.length]) {
      const cut = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => new Uint8Array(whole.subarray(i * size, (i + 1) * size)));
      const read = await decodeSnapshot(org.genesis, org.state.genesisHash, state.head, told(cut));
      expect(read?.head).toEqual(state.head);
      expect(bytesOf(read as AuthorityState).equals(whole)).toBe(true);
    }
  });

  test('of an organisation in which ten thousand hold one permission is read, and one in which a member has spoilt a wallet with tags', async () => {
    let state = start;
    const tags = (act: number): string[] => Array.from({ length: MAX_TAGS }, (_, i) => `tag ${act} ${i}`);
    for (let i = 0; i < 10_000 / MAX_TAGS + 1; i++) {
      const path = `/wallets/${deriveId('wa', 0, org.state.genesisHash)}/tags`;
      const evidence = evidenceOf(state, org.administrator, { method: 'DELETE', path, payload: JSON.stringify({ tags: tags(i) }) });
      state = reduce(state, await verifyEvidence(state, evidence, { freshness: 'waived' }, () => Promise.resolve(true)));
    }
    const permissionId = deriveId('pm', 0, org.state.genesisHash);
    for (let i = 0; i < 10_001; i++) {
      const identityId = deriveId('us', i, org.state.genesisHash);
      state = addAssignment(state, { id: deriveId('as', 100 + i, org.state.genesisHash), permissionId, identityId, isImmutable: false, createdAt: 0 });
    }
    const read = await decode(bytesOf(state), state.head);
    expect(read?.walletTags.first()?.removed.size).toBeGreaterThan(10_000);
    expect(read?.assignmentsByPermission.get(permissionId)?.size).toBeGreaterThan(10_000);
  });

  test('of another organisation, head or format, cut short, out of order, with another member or value, is none', async () => {
    const whole = bytesOf(start).toString();
    const lines = whole.trimEnd().split('\n');
    const changed = (text: string): Promise<AuthorityState | null> => decode(Buffer.from(text), start.head);
    const other = newOrganisation();
    expect(await decode(Buffer.from(whole), start.head, other.genesis, other.state.genesisHash)).toBeNull();
    expect(await decode(Buffer.from(whole), { ...start.head, number: start.head.number + 1 })).toBeNull();
    expect(await decode(Buffer.from(whole), { ...start.head, hash: 'ab'.repeat(32) })).toBeNull();
    expect(await changed(whole.replace(/^\[\d+/, `[${SNAPSHOT_FORMAT + 1}`))).toBeNull();
    expect(await changed('')).toBeNull();
    expect(await changed(whole.slice(0, -20))).toBeNull();
    expect(await changed(`${lines.filter((line) => !line.startsWith('["heads"')).join('\n')}\n`)).toBeNull();
    expect(await changed(`${whole}["wishes",1]\n`)).toBeNull();
    expect(await changed(`${whole}{}\n`)).toBeNull();
    expect(await changed(whole.replace('"isActive":true', '"isActive":1'))).toBeNull();
    expect(await changed(whole.replace('"isActive":true', '"isActive":true,"more":1'))).toBeNull();
    expect(await changed(whole.replace('"isActive":true,', ''))).toBeNull();
    const spent = lines.find((line) => line.startsWith('["spent"')) ?? '';
    const [name, first, second, ...rest] = JSON.parse(spent) as string[];
    expect(await changed(whole.replace(spent, JSON.stringify([name, second, first, ...rest])))).toBeNull();
    expect(await changed(whole.replace(spent, JSON.stringify([name, first, first, second, ...rest])))).toBeNull();
    expect(await decode(new Uint8Array([0xff, 0xfe]), start.head)).toBeNull();
    expect((await changed(whole))?.head).toEqual(start.head);
  });

  test('has another format whenever the shape of what it holds has changed', () => {
    // Where this fails: raise SNAPSHOT_FORMAT, and write down the new shape beside it.
    expect({ format: SNAPSHOT_FORMAT, shape: snapshotShape() }).toEqual({
      format: 1,
      shape: 'c5231e335d8a9948f994b61ab3d2139cd3a361bb1d5a7040126211f8e7d94e6b',
    });
  });
});

describe('a certified snapshot', () => {
  let body: SnapshotBody;
  const said = (signers: readonly number[], about = body): Signed<'snapshot'>[] =>
    signers.map((i) => {
      const { id, privateKey } = org.signers[i] as (typeof org.signers)[number];
      return { body: about, signerId: id, signature: b64.encode(new Uint8Array(sign(null, signedBytes('snapshot', about, id), privateKey))) };
    });
  const isCertified = (statements: readonly Signed<'snapshot'>[]): Promise<boolean> => isSnapshotCertified(org.state, body, statements);

  beforeAll(() => {
    const bytes = bytesOf(start);
    const hash = createHash('sha256').update(bytes).digest('hex');
    body = { genesisHash: start.genesisHash, number: start.head.number, head: start.head.hash, format: SNAPSHOT_FORMAT, size: bytes.length, hash };
  });

  test('is one that t signers of the roster say the same of, each once', async () => {
    expect(await isCertified(said([0, 1]))).toBe(false);
    expect(await isCertified(said([0, 1, 1]))).toBe(false);
    expect(await isCertified([...said([0, 1]), ...said([2], { ...body, hash: 'ab'.repeat(32) })])).toBe(false);
    expect(await isCertified([...said([0, 1]), { ...(said([2])[0] as Signed<'snapshot'>), signature: said([1])[0]?.signature ?? '' }])).toBe(false);
    const stranger = newOrganisation().signers[0]?.id as Signed<'snapshot'>['signerId'];
    expect(await isCertified([...said([0, 1]), { ...(said([2])[0] as Signed<'snapshot'>), signerId: stranger }])).toBe(false);
    expect(await isSnapshotCertified({ ...org.state, genesisHash: 'ab'.repeat(32) }, body, said([0, 1, 2]))).toBe(false);
    expect(await isCertified(said([0, 1, 2]))).toBe(true);
  });
});
