/**
 * Plays one schedule and holds it against the promises at the end of an export's description: what happened on the way,
 * and that the key is not lost at its end.
 *
 * @module
 */
import { createECDH } from 'node:crypto';
import { b64, equal, groups, hex, openShare, parseExportShare, readScalar, type ReplyOf, writeScalar, formatEncryptionKey } from '@quorate/wire';
import type { Base } from './base.test-kit.ts';
import { broken } from './ledger.test-kit.ts';
import { rosters, type Schedule } from './schedule.test-kit.ts';
import { createStage, type Mistake, type Stage } from './stage.test-kit.ts';

export interface Outcome {
  /** What was found; `null` where every promise was kept. */
  readonly broken: string | null;
  /** How many signers had retired the key before the line was mended and all were started. */
  readonly retired: number;
  readonly contributed: boolean;
  /** The key was still used at the end, to a signature's end where that was asked for. */
  readonly used: boolean;
}

interface Reader {
  readonly secret: Uint8Array;
  readonly encryptionKey: string;
}

function newReader(): Reader {
  const pair = createECDH('secp256k1');
  pair.generateKeys();
  const secret = new Uint8Array(32);
  secret.set(pair.getPrivateKey(), 32 - pair.getPrivateKey().length);
  return { secret, encryptionKey: formatEncryptionKey(new Uint8Array(pair.getPublicKey(null, 'compressed'))) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** What nobody waits for unless a promise is broken, however busy the machine is: all of it ends as soon as it can. */
const PATIENCE_MS = 240_000;
const EXPORT_MS = 30_000;
const SIGN_MS = 60_000;
/** What a start takes where nothing else runs, in milliseconds; steps have as much more time as starting took. */
const START_MS = 100;
/** The first ones open what later ones share: that says nothing of the machine. */
const MOST_SLOW = 8;
/** From a try that failed to the next. */
const AGAIN_MS = 200;

export async function play(bases: readonly Base[], schedule: Schedule, mistake?: Mistake): Promise<Outcome> {
  const base = bases[schedule.roster] as Base;
  const { n, threshold } = rosters[schedule.roster] as (typeof rosters)[number];
  const stage = await createStage(base, schedule, mistake);
  const readers = [newReader(), newReader()] as const;
  try {
    const begun = performance.now();
    await Promise.all(Array.from({ length: n }, (_, i) => stage.start(i)));
    const slowness = Math.min(MOST_SLOW, Math.max(1, (performance.now() - begun) / START_MS));
    // Whoever dies at its start takes no part; the others are soon done with asking each other.
    await Promise.all(Array.from({ length: n }, (_, i) => stage.ready(i, 2_500 * slowness)));
    await perform(stage, schedule, readers, slowness);
    const retired = stage.ledger.retired().size;
    const contributed = stage.ledger.contributors().size > 0;
    const end = await settle(stage, schedule, readers[0], base);
    return { ...end, broken: broken(stage.ledger.entries, threshold) ?? end.broken, retired, contributed };
  } finally {
    await stage.end();
  }
}

async function perform(stage: Stage, { roster, steps }: Schedule, readers: readonly [Reader, Reader], slowness: number): Promise<void> {
  const { n, threshold } = rosters[roster] as (typeof rosters)[number];
  const everyone = Array.from({ length: n }, (_, i) => i);
  const begun: Promise<unknown>[] = [];
  for (const step of steps) {
    switch (step.do) {
      case 'export': {
        const asked = everyone.filter((i) => (step.called & (1 << i)) !== 0);
        const call = stage.export(readers[step.reader].encryptionKey, asked, step.ms * slowness);
        begun.push(call);
        if (step.wait) await call;
        break;
      }
      case 'sign': {
        stage.pace.holdMs = step.holdMs;
        const call = stage.sign(everyone.map((_, i) => (step.first + i) % n).slice(0, threshold), step.ms * slowness);
        begun.push(call);
        if (step.wait) await call;
        break;
      }
      case 'crash':
        stage.cut(step.signer % n);
        break;
      case 'restart':
        stage.cut(step.signer % n);
        begun.push(stage.start(step.signer % n));
        break;
      case 'clock':
        stage.clocks[step.signer % n] = step.byMs;
        break;
      case 'pause':
        await pause(step.ms);
        break;
    }
  }
  await Promise.all(begun);
}

/** The line is mended, all but those lost for good are started, and the owner tries again. */
async function settle(stage: Stage, { roster, lost, used: using, complete }: Schedule, reader: Reader, base: Base): Promise<Pick<Outcome, 'broken' | 'used'>> {
  const { n, threshold } = rosters[roster] as (typeof rosters)[number];
  const until = Date.now() + PATIENCE_MS;
  stage.mend();
  const gone = new Set(lost.map((i) => i % n).slice(0, n - threshold));
  for (const i of gone) stage.cut(i);
  const present = Array.from({ length: n }, (_, i) => i).filter((i) => !gone.has(i));
  await Promise.all(present.map((i) => stage.start(i)));
  for (const i of present) if (!(await stage.ready(i, until - Date.now()))) return { broken: `signer ${i} never takes part again`, used: false };

  const unretired = (): boolean => using && stage.ledger.retired().size === 0;
  let used = false;
  stage.pace.complete = complete;
  stage.pace.holdMs = 0;
  while (unretired() && !used && Date.now() < until) {
    const before = stage.ledger.entries.length;
    const made = await stage.sign(present.slice(0, threshold), SIGN_MS);
    const contributors = new Set(stage.ledger.entries.slice(before).flatMap(({ what, signer }) => (what === 'contribution' ? [signer] : [])));
    used = complete ? made === threshold : contributors.size === threshold;
    if (!used) await pause(AGAIN_MS);
  }
  if (!used && unretired()) return { broken: 'a key that nobody retired cannot be used any more', used };

  // Whatever was reached before, the owner gets the key.
  const exported = async (): Promise<readonly ReplyOf<'export'>[] | null> => {
    while (Date.now() < until) {
      const replies = await stage.export(reader.encryptionKey, present, EXPORT_MS);
      if (replies.length >= threshold) return replies;
      await pause(AGAIN_MS);
    }
    return null;
  };
  const replies = await exported();
  if (replies === null) return { broken: 'the export cannot be finished', used };
  if (!(await recombines(replies, reader, base).catch(() => false))) return { broken: 'the shares make another key', used };
  // A retry, and a use that must not be one.
  if ((await exported()) === null) return { broken: 'a finished export is not answered again', used };
  const before = stage.ledger.entries.length;
  await stage.sign(present.slice(0, threshold), SIGN_MS);
  const late = stage.ledger.entries.slice(before).filter(({ what }) => what === 'contribution');
  const retired = stage.ledger.retired();
  if (late.some(({ signer }) => retired.has(signer))) return { broken: 'a retired key was used', used };
  return { broken: null, used };
}

/** Whether any t of these shares, all of which must be those of the certificate, are the key. */
async function recombines(replies: readonly ReplyOf<'export'>[], reader: Reader, { certificate, network }: Base): Promise<boolean> {
  const { publicKey, publicShares, threshold } = certificate.body;
  const { order, publicOf } = groups.secp256k1;
  const points = await Promise.all(
    replies.map(async ({ encryptedKeyShare, release }) => {
      const { index, share } = parseExportShare(await openShare({ sealed: b64.decode(encryptedKeyShare), decryptionKey: reader.secret }));
      const rank = network.ids.indexOf(release.signerId);
      const own = index === BigInt(rank + 1) && equal(publicOf(share), hex.decode(publicShares[rank] ?? ''));
      return own ? { x: index, y: readScalar(share) } : null;
    }),
  );
  const good = points.filter((point) => point !== null).slice(0, threshold);
  if (points.includes(null) || good.length < threshold) return false;
  const mod = (value: bigint): bigint => ((value % order) + order) % order;
  const secret = good.reduce((sum, { x, y }) => {
    const others = good.filter((other) => other.x !== x);
    const above = others.reduce((product, other) => mod(product * other.x), y);
    const below = others.reduce((product, other) => mod(product * (other.x - x)), 1n);
    return mod(sum + above * power(below, order - 2n, order));
  }, 0n);
  return hex.encode(publicOf(writeScalar(secret))) === publicKey;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let [factor, left] = [base % modulus, exponent]; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}
