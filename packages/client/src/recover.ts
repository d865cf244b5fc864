/**
 * The steps of a recovery, in order: whom to trust, open, check what the signers signed, judge each share, recombine,
 * compare with the key the caller expects.
 *
 * @module
 */
import type { Roster } from '@quorate/authority';
import { hex, type KeyId, Refusal } from '@quorate/wire';
import type { Answer } from './answer.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Blame, BlameReason, Check, Report, Unchecked } from './blame.ts';
import { judgeShare, recoverByCertificate } from './by-certificate.ts';
import { recoverByConsistency } from './by-consistency.ts';
import { type Opened, type Opening, openShares } from './opened.ts';
import { askedIn, checkRelease, retiredBy, type ReleaseVerdict } from './releases.ts';
import { type Expectation, type Trusted, trustedCertificate, trustedRoster } from './trusted-certificate.ts';

export interface Means {
  readonly arithmetic: Arithmetic;
  readonly decryptionKey: Uint8Array;
  /** The public half as it stood in the request, base64. */
  readonly encryptionKey: string;
  /** Compressed, lower-case hex. */
  readonly expectedKey: string;
}

/** Everything that is known before the shares are judged. */
interface Case {
  readonly answer: Answer;
  readonly roster: Roster | null;
  readonly trusted: Trusted;
  readonly keyId: KeyId | null;
  readonly means: Means;
}

/** One sender's part after all checks that could be made. */
interface Judged {
  readonly signerId: string;
  /** `null` where nothing usable came out of the envelope. */
  readonly opened: Opened | null;
  readonly reason: BlameReason | null;
  readonly proven: boolean;
}

export async function recoverFrom(answer: Answer, expectation: Expectation, means: Means): Promise<{ secret: Uint8Array; report: Report }> {
  const roster = trustedRoster(expectation);
  const expected = { curve: answer.curve, publicKey: means.expectedKey, keyId: expectation.keyId };
  const trusted = await trustedCertificate(roster, expectation.certificate ?? answer.certificate, expected);
  const given: Case = { answer, roster, trusted, keyId: expectation.keyId ?? null, means };
  const openings = await openShares(answer.shares, { curve: answer.curve, ...means });
  try {
    const judged = onePerSigner(await Promise.all(openings.map((opening) => judge(opening, given))));
    const found = recombine(judged, given);
    return { secret: found.secret, report: await reportOn(found, given) };
  } finally {
    for (const opening of openings) if ('opened' in opening) opening.opened.share.fill(0);
  }
}

async function judge(opening: Opening, given: Case): Promise<Judged> {
  const { trusted, means } = given;
  const opened = 'opened' in opening ? opening.opened : null;
  const { signerId, sealed } = 'opened' in opening ? opening.opened : opening;
  const release = sealed === null ? null : await releaseVerdict(signerId, sealed, given);
  const proven = release?.signed ?? false;
  if ('reason' in opening) return { signerId, opened, reason: opening.reason, proven };
  const reason = trusted.body === null ? misplaced(given.roster, opening.opened) : judgeShare(opening.opened, trusted.body, means.arithmetic);
  if (reason !== null) return { signerId, opened: null, reason, proven };
  return { signerId, opened, reason: release?.reason ?? null, proven };
}

/** Without a certificate a genesis still says whose shares there are, and at which indexes. */
function misplaced(roster: Roster | null, { signerId, index }: Opened): BlameReason | null {
  if (roster === null) return null;
  const rank = roster.genesis.signers.findIndex(({ id }) => id === signerId);
  if (rank < 0) return 'signer/unknown';
  return index === BigInt(rank + 1) ? null : 'share/index';
}

function releaseVerdict(signerId: string, sealed: Uint8Array, { answer, roster, trusted, keyId, means }: Case): Promise<ReleaseVerdict | null> {
  // A plain Dfns answer has no statements at all; that is said once in the report and is nobody's lie.
  if (roster === null || answer.releases.length === 0) return Promise.resolve(null);
  return checkRelease(signerId, sealed, answer.releases, {
    roster,
    asked: askedIn(answer.requests),
    certificate: trusted.body,
    keyId: trusted.body?.keyId ?? keyId,
    encryptionKey: means.encryptionKey,
  });
}

/**
 * Several parts under one signer's name: the best one counts, or whoever carries the answer could have an honest signer
 * blamed by adding rubbish. Of useless ones a proven lie counts, or rubbish could cover it up.
 */
function onePerSigner(judged: readonly Judged[]): Judged[] {
  const worth = ({ opened, reason, proven }: Judged): number => (reason === null ? 3 : opened !== null ? 2 : Number(proven));
  const best = new Map<string, Judged>();
  for (const part of judged) {
    const known = best.get(part.signerId);
    if (known === undefined || worth(part) > worth(known)) best.set(part.signerId, part);
  }
  return [...best.values()];
}

interface Found {
  /** 32 bytes. */
  readonly secret: Uint8Array;
  readonly used: readonly Opened[];
  readonly blamed: readonly Blame[];
  readonly ambiguous: boolean;
}

function recombine(judged: readonly Judged[], { answer, roster, trusted, means }: Case): Found {
  const blamed = judged.flatMap(({ signerId, reason, proven }) => (reason === null ? [] : [{ signerId, reason, proven }]));
  // A share that proves itself is used even if the paper around it is wrong, but only after those whose paper is right.
  const usable = [...judged].sort((a, b) => Number(a.reason !== null) - Number(b.reason !== null)).flatMap(({ opened }) => (opened === null ? [] : [opened]));
  if (trusted.body !== null) {
    const found = recoverByCertificate(usable, trusted.body);
    if (found === null) throw tooFew(usable.length, trusted.body.threshold, blamed);
    return { ...found, blamed, ambiguous: false, secret: onlyExpected(found.secret, answer, means) };
  }
  const threshold = roster?.genesis.threshold ?? null;
  const outcome = recoverByConsistency(usable, { ...answer, ...means, threshold });
  switch (outcome.kind) {
    case 'too-few':
      throw tooFew(usable.length, threshold ?? answer.minSigners, blamed);
    case 'other-key':
      throw new Refusal('share/wrong-key', { expected: means.expectedKey });
    case 'recovered': {
      // Shares that do not fit together say that somebody lies, not who: t−1 liars can choose theirs so that they fit
      // with some honest ones and leave others out. A signature under such a share proves nothing against its signer.
      const wrong = outcome.inconsistent.map(({ signerId }): Blame => ({ signerId, reason: 'share/inconsistent', proven: false }));
      const others = blamed.filter(({ signerId }) => !wrong.some((blame) => blame.signerId === signerId));
      return { secret: onlyExpected(outcome.secret, answer, means), used: outcome.used, blamed: [...others, ...wrong], ambiguous: outcome.ambiguous };
    }
  }
}

/** The last gate: nothing leaves but the scalar of the expected key. */
function onlyExpected(secret: Uint8Array, { curve }: Answer, { arithmetic, expectedKey }: Means): Uint8Array {
  let key = '';
  try {
    key = hex.encode(arithmetic.publicOf(curve, secret));
  } catch {
    // Zero: no key at all.
  }
  if (key === expectedKey) return secret;
  secret.fill(0);
  throw new Refusal('share/wrong-key', { expected: expectedKey });
}

function tooFew(good: number, needed: number, blamed: readonly Blame[]): Refusal {
  return new Refusal('share/too-few', { good, needed, blamed: Object.fromEntries(blamed.map(({ signerId, reason }) => [signerId, reason])) });
}

async function reportOn(found: Found, { answer, roster, trusted }: Case): Promise<Report> {
  const checked: Check[] = ['expected-key'];
  const notChecked: { check: Check; why: Unchecked }[] = [];
  const record = (check: Check, why: Unchecked | null): void => {
    if (why === null) checked.push(check);
    else notChecked.push({ check, why });
  };
  const noStatements = (statements: readonly unknown[]): Unchecked | null => (roster === null ? 'no-genesis' : statements.length === 0 ? 'absent' : null);
  record('certificate', trusted.body === null ? trusted.why : null);
  record('share-values', trusted.body === null ? (found.ambiguous ? 'ambiguous' : trusted.why) : null);
  record('releases', noStatements(answer.releases));
  const tombstones = noStatements(answer.tombstones) ?? (trusted.body === null ? trusted.why : null);
  record('tombstones', tombstones);
  const held = roster === null || trusted.body === null ? 0 : (await retiredBy(answer.tombstones, trusted.body.keyId, roster, askedIn(answer.requests))).size;
  return {
    used: found.used.map(({ signerId }) => signerId),
    blamed: found.blamed,
    checked,
    notChecked,
    tombstones: { held, of: roster?.genesis.signers.length ?? null },
  };
}
