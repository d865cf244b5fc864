/**
 * The kinds of envelope, who may send each, and what a header of each must look like.
 *
 * A call, its reply and a notice of one name are different kinds, so that none can be passed off as another.
 *
 * @module
 */
import { type CallKind, calls, type NoticeKind, notices } from '@quorate/wire';
import { EVERYONE, type Header } from './envelope.ts';
import type { RemoteParty } from './party.ts';

export type EnvelopeKind =
  | { readonly form: 'call'; readonly kind: CallKind }
  | { readonly form: 'reply'; readonly kind: CallKind }
  | { readonly form: 'notice'; readonly kind: NoticeKind }
  | { readonly form: 'protocol' };

export const nameOfCall = (kind: CallKind): string => `call/${kind}`;
export const nameOfReply = (kind: CallKind): string => `reply/${kind}`;
export const nameOfNotice = (kind: NoticeKind): string => `notice/${kind}`;
export const PROTOCOL = 'protocol';

const byName: ReadonlyMap<string, EnvelopeKind> = new Map<string, EnvelopeKind>([
  ...(Object.keys(calls) as CallKind[]).flatMap((kind): [string, EnvelopeKind][] => [
    [nameOfCall(kind), { form: 'call', kind }],
    [nameOfReply(kind), { form: 'reply', kind }],
  ]),
  ...(Object.keys(notices) as NoticeKind[]).map((kind): [string, EnvelopeKind] => [nameOfNotice(kind), { form: 'notice', kind }]),
  [PROTOCOL, { form: 'protocol' }],
]);

/** The kind of this header, or `null` where there is none of that name or the other fields do not fit it. */
export function kindOf(header: Header): EnvelopeKind | null {
  const kind = byName.get(header.kind) ?? null;
  if (kind === null) return null;
  const toAll = header.to === EVERYONE;
  const plain = header.session === '' && header.seq === 0;
  switch (kind.form) {
    case 'call':
      return !toAll && plain && header.re === '' ? kind : null;
    case 'reply':
      return !toAll && plain && header.re !== '' ? kind : null;
    case 'notice':
      return toAll && plain && header.re === '' ? kind : null;
    case 'protocol':
      return header.session !== '' && header.re === '' ? kind : null;
  }
}

/** What signers may ask each other. Everything else only a server asks. */
const betweenPeers: ReadonlySet<CallKind> = new Set(['chain', 'recall', 'tombstones', 'snapshots', 'snapshotPiece']);

/** Whether a party of this role says such things at all. Whether a reply is expected is the pending call's matter. */
export function maySend(role: RemoteParty['role'], kind: EnvelopeKind): boolean {
  switch (kind.form) {
    case 'call':
      return role === 'server' || betweenPeers.has(kind.kind);
    case 'reply':
      return true;
    case 'notice':
    case 'protocol':
      return role === 'signer';
  }
}
