/**
 * The door of a channel: from bytes that anyone may have made to messages whose sender is proven, each at most once and
 * in the order in which its sender's messages arrived.
 *
 * The cheap checks come first, so that rubbish costs nothing. Nobody is blamed for what the line could have done.
 *
 * @module
 */
import { verifyEd25519 } from '@quorate/wire';
import { addressOfFrame, type Envelope, envelopeOf, EVERYONE, type Frame, frameOf } from './envelope.ts';
import { type EnvelopeKind, kindOf, maySend } from './envelope-kind.ts';
import type { BlameEvent, LinkEvent, LinkEventCode } from './events.ts';
import { SEAL_OVERHEAD_BYTES } from './hpke.ts';
import { bodyLimitOf, type Limits } from './limits.ts';
import type { RemoteParty } from './party.ts';
import type { PeerRates } from './peer-rates.ts';
import { replayWindow } from './replay-window.ts';

/** A message that got in: authentic, fresh, for us, of a kind that its sender may send, not too large. */
export interface Admitted {
  readonly from: RemoteParty;
  readonly envelope: Envelope;
  readonly kind: EnvelopeKind;
}

export interface DoorOptions {
  readonly self: string;
  readonly network: string;
  readonly parties: (id: string) => RemoteParty | null;
  readonly limits: Limits;
  readonly rates: PeerRates;
  readonly now: () => number;
  readonly report: (event: LinkEvent) => void;
  readonly blame: (event: BlameEvent) => void;
  /** Called in order of arrival for each sender. None of the three may throw. */
  readonly admit: (admitted: Admitted) => void;
}

/** What events may say of a message whose sender is proven. */
export function labelsOf(from: RemoteParty, envelope: Envelope): { from: string; kind: string; session?: string } {
  return { from: from.id, kind: envelope.kind, ...(envelope.session === '' ? {} : { session: envelope.session }) };
}

/** A message on its way through the door; `envelope` is null where a field of it is malformed. */
interface Arrival {
  readonly from: RemoteParty;
  readonly frame: Frame;
  readonly envelope: Envelope | null;
}

type Verdict = { readonly admit: Admitted } | { readonly blame: BlameEvent } | { readonly report: LinkEvent };

export function openDoor({ self, network, parties, limits, rates, now, report, blame, admit }: DoorOptions): (bytes: Uint8Array) => void {
  const seen = replayWindow(limits);
  // The last message under way from each sender. Signatures are verified side by side, and passed on in order.
  const tails = new Map<string, Promise<void>>();

  /** What the line may have done to a good message; needs no proof, for it accuses nobody. */
  function timeProblem({ sentAt, deadline, from, id }: Envelope): LinkEventCode | null {
    const time = now();
    if (Math.abs(time - sentAt) > limits.windowMs) return 'stale';
    if (deadline < time) return 'expired';
    return seen.has(from, id) ? 'replayed' : null;
  }

  /** Everything that can be known without the signature. */
  function inspect(bytes: Uint8Array): LinkEventCode | Arrival {
    if (bytes.length > limits.envelopeBytes) return 'oversized';
    const frame = frameOf(bytes);
    const address = frame === null ? null : addressOfFrame(frame);
    if (frame === null || address === null) return 'malformed';
    if (address.network !== network) return 'foreign-network';
    if (address.to !== self && address.to !== EVERYONE) return 'other-receiver';
    if (address.from === self) return 'reflected';
    const from = parties(address.from);
    if (from === null) return 'unknown-sender';
    const envelope = envelopeOf(frame);
    const problem = envelope === null ? null : timeProblem(envelope);
    return problem ?? { from, frame, envelope };
  }

  /** What becomes of a message whose sender is proven. */
  function judge({ from, envelope }: Arrival): Verdict {
    if (envelope === null) return { blame: { code: 'header-malformed', from: from.id } };
    const kind = kindOf(envelope);
    // A kind that is none of ours is foreign text and stays out of events.
    const labels = kind === null ? { from: from.id } : labelsOf(from, envelope);
    const memory = seen.add(from.id, envelope.id, envelope.sentAt, now());
    if (memory !== 'new') return { report: { code: memory === 'seen' ? 'replayed' : 'crowded', ...labels } };
    if (kind === null) return { blame: { code: 'header-malformed', ...labels } };
    if (!maySend(from.role, kind)) return { blame: { code: 'wrong-role', ...labels } };
    const overhead = kind.form === 'call' || kind.form === 'reply' ? SEAL_OVERHEAD_BYTES : 0;
    if (envelope.body.length > bodyLimitOf(kind) + overhead) return { blame: { code: 'body-oversized', ...labels } };
    if (!rates.take(from.id, kind)) return { report: { code: 'flooding', ...labels } };
    return { admit: { from, envelope, kind } };
  }

  async function pass(arrival: Arrival, authentic: Promise<boolean>): Promise<void> {
    const verdict = (await authentic) ? judge(arrival) : { report: { code: 'bad-signature' as const } };
    if ('admit' in verdict) admit(verdict.admit);
    else if ('blame' in verdict) blame(verdict.blame);
    else report(verdict.report);
  }

  return (bytes) => {
    const arrival = inspect(bytes);
    if (typeof arrival === 'string') {
      report({ code: arrival });
      return;
    }
    const { from, frame } = arrival;
    const authentic = verifyEd25519(from.identityKey, frame.signed, frame.signature);
    const before = tails.get(from.id) ?? Promise.resolve();
    tails.set(
      from.id,
      before.then(() => pass(arrival, authentic)),
    );
  };
}
