/**
 * What a recovery came to, held against what it had to.
 *
 * @module
 */
import { deepStrictEqual, strictEqual } from 'node:assert';
import { hex } from '@quorate/wire';
import type { Blame, Report } from '../blame.ts';
import { contents } from './contents.test-kit.ts';
import type { Expected } from './expected.test-kit.ts';
import type { Extra, Scene, Sent } from './scene.test-kit.ts';
import type { Stage } from './stage.test-kit.ts';

export interface Tally {
  recoveries: number;
  /** The key came out, with at least one signer named. */
  despite: number;
  refused: number;
  /** Blames that had to be exactly as they were. */
  named: number;
  wrongKeys: number;
}
export const newTally = (): Tally => ({ recoveries: 0, despite: 0, refused: 0, named: 0, wrongKeys: 0 });

export interface Named extends Expected {
  readonly blames: readonly Blame[] | null;
}

/** What was added on the way changes nothing of what signers sent. */
export function withExtras(expected: Expected, { network, strangers }: Stage, { reading, sent, extras }: Scene): Named {
  if (expected.blamed === null) return { ...expected, blames: null };
  const plain = reading.startsWith('expected key');
  const blames = new Map<string, Blame>();
  for (const { rank, reason, proven } of expected.blamed) {
    const signerId = network.signers[rank]?.id as string;
    blames.set(signerId, { signerId, reason, proven });
  }
  const added = (extra: Extra): extra is Extract<Extra, { kind: 'rubbish' }> => extra.kind === 'rubbish';
  for (const { under, first } of extras.filter(added)) {
    const signerId = network.signers[under]?.id as string;
    const known = blames.get(signerId);
    const one = sent[under] as Sent;
    const worthless = one === 'nothing' || (known !== undefined && !known.proven && !counts(one, plain, reading));
    if (worthless && (first || one === 'nothing')) blames.set(signerId, { signerId, reason: 'share/unreadable', proven: false });
  }
  const count = extras.filter(({ kind }) => kind === 'stranger').length;
  for (const { signerId } of strangers.slice(0, count))
    blames.set(signerId, { signerId, reason: plain ? 'share/inconsistent' : 'signer/unknown', proven: false });
  return { ...expected, blames: [...blames.values()] };
}

/** Whether something came out of this signer's envelope that goes into the recombination. */
function counts(one: Sent, plain: boolean, reading: Scene['reading']): boolean {
  const finding = typeof one === 'object' ? contents[one.content].finding : 'share/value';
  if (finding === 'good') return true;
  if (finding === 'share/value') return reading !== 'certificate' && reading !== 'kept certificate';
  return finding === 'share/index' && plain;
}

const sorted = (blames: readonly Blame[]): Blame[] => [...blames].sort((a, b) => (a.signerId < b.signerId ? -1 : 1));

export function compareKey(stage: Stage, scene: Scene, expected: Named, { secret, report }: { secret: string; report: Report }, tally: Tally): void {
  if (secret !== hex.encode(stage.key.secret)) tally.wrongKeys++;
  strictEqual(secret, hex.encode(stage.key.secret), 'a wrong key');
  if (expected.key === 'refused') throw new Error('a key from fewer than t honest shares');
  const certified = scene.reading === 'certificate' || scene.reading === 'kept certificate';
  strictEqual(report.checked.includes('share-values'), certified);
  if (report.blamed.length > 0) tally.despite++;
  if (expected.blames !== null) {
    deepStrictEqual(sorted(report.blamed), sorted(expected.blames));
    tally.named += report.blamed.length;
  }
  if (scene.reading.startsWith('expected key'))
    strictEqual(
      report.blamed.some(({ proven }) => proven),
      false,
      'a proof out of nothing',
    );
  strictEqual(
    report.blamed.some(({ reason, proven }) => reason === 'share/inconsistent' && proven),
    false,
    'a proof from shares that do not fit',
  );
  if (!certified) return;
  const ranks = report.used.map((signerId) => stage.network.signers.findIndex(({ id }) => id === signerId));
  strictEqual(new Set(ranks).size, stage.threshold);
  for (const rank of ranks) {
    const one = scene.sent[rank];
    strictEqual(typeof one === 'object' && contents[one.content].finding, 'good');
  }
}

export function compareRefusal(stage: Stage, scene: Scene, expected: Named, refusal: { code: string; detail: unknown }, parts: number, tally: Tally): void {
  tally.refused++;
  if (parts === 0) {
    strictEqual(refusal.code, 'answer/invalid');
    return;
  }
  if (expected.key === 'recovered') throw new Error(`t honest shares, and refused: ${refusal.code} ${JSON.stringify(refusal.detail)}`);
  if (scene.reading !== 'certificate' && scene.reading !== 'kept certificate') {
    strictEqual(['share/too-few', 'share/wrong-key'].includes(refusal.code), true, refusal.code);
    return;
  }
  const blamed = Object.fromEntries((expected.blames ?? []).map(({ signerId, reason }) => [signerId, reason]));
  deepStrictEqual({ ...refusal }, { code: 'share/too-few', detail: { good: expected.good, needed: stage.threshold, blamed } });
  tally.named += Object.keys(blamed).length;
}
