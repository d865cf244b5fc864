/**
 * What a recovery must come to, said from what was sent and without opening anything.
 *
 * @module
 */
import type { Blame, BlameReason } from '../blame.ts';
import { contents, type Finding, type Kind } from './contents.test-kit.ts';
import { type PaperKind, papers } from './papers.test-kit.ts';
import type { Roster, Scene } from './scene.test-kit.ts';

export interface Expected {
  /** The key must come out, must not, or either is right; another key never is. */
  readonly key: 'recovered' | 'refused' | 'either';
  /** By rank, exactly these; `null` where it cannot be told who lies, and then nobody is proven guilty of a wrong value. */
  readonly blamed: readonly (Omit<Blame, 'signerId'> & { readonly rank: number })[] | null;
  /** Good shares, where each can be judged alone. */
  readonly good: number | null;
}

interface Verdict {
  readonly rank: number;
  readonly finding: Finding;
  readonly paper: PaperKind;
  /** The envelope's text was no base64: there is nothing a statement could be about. */
  readonly blank: boolean;
}

const plotted: Kind['finding'] = 'share/value';

export function expectedOf({ threshold }: Roster, scene: Scene): Expected {
  const { reading, sent, plot } = scene;
  const plain = reading === 'expected key' || reading === 'expected key, false threshold';
  const certified = reading === 'certificate' || reading === 'kept certificate';
  const verdicts = sent.flatMap((one, rank): Verdict[] => {
    if (one === 'nothing') return [];
    if (one === 'in the plot') return [{ rank, finding: plotted, paper: papers.fits, blank: false }];
    return [{ rank, finding: contents[one.content].finding, paper: papers[one.paper], blank: one.content === 'no base64' }];
  });
  // No statements at all are nobody's lie.
  const noPapers = plain || verdicts.every(({ paper }) => paper === papers.missing);
  const paperReason = ({ paper }: Verdict): BlameReason | null => (noPapers ? null : certified ? paper.reason : paper.uncertified);
  const signed = ({ paper, blank }: Verdict): boolean => !noPapers && !blank && (paper.signed || (!certified && paper.signedUncertified === true));

  const opens = ({ finding }: Verdict): boolean => finding === 'good' || finding === 'share/index' || finding === 'share/value';
  /** Opened, but no point of the key; and nobody else than the key can tell. */
  const offCurve = (verdict: Verdict): boolean => opens(verdict) && verdict.finding !== 'good' && (plain || (!certified && verdict.finding !== 'share/index'));
  const honest = verdicts.filter(({ finding }) => finding === 'good').length;
  const liars = verdicts.filter(offCurve).length;

  const blamed = verdicts.flatMap((verdict) => {
    const { rank, finding } = verdict;
    if (offCurve(verdict)) return [{ rank, reason: 'share/inconsistent' as const, proven: false }];
    const reason = finding === 'good' ? paperReason(verdict) : finding;
    return reason === null ? [] : [{ rank, reason, proven: signed(verdict) }];
  });
  if (certified) return { key: honest >= threshold ? 'recovered' : 'refused', blamed, good: honest };

  const names = sent.flatMap((one): Kind[] => (typeof one === 'object' ? [contents[one.content]] : []));
  const plotters = sent.filter((one) => one === 'in the plot').length;
  // The plotters' polynomial goes through the key and through t − 2 honest shares: the larger group is believed.
  const outnumbered = plot === 'the same key' && plotters > 0 && honest <= plotters + threshold - 2;
  const copies = plain && names.some((kind) => kind.copy === true);
  const cancelling = names.filter((kind) => kind.related === true).length > 1;
  // Who knows the key can say it in many ways.
  const known = sent.some((one) => typeof one === 'object' && one.content === 'the key itself');
  const loose = copies || cancelling || known || outnumbered || reading === 'expected key, false threshold';
  const key = honest >= threshold ? 'recovered' : loose ? 'either' : 'refused';
  return { key, blamed: key === 'refused' || loose ? null : blamed, good: liars === 0 ? honest : null };
}
