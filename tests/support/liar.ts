/**
 * Somebody who has a signer's keys: beside its daemon, in its place, or between it and the line.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Channel, encodeEnvelope, type Envelope, envelopeOf, frameOf, openChannel, type Transport } from '@quorate/link';
import { type Identity, openVault } from '@quorate/mpc';
import { b64, type BodyOf, hex, type NoticeKind, type Signed, type SignedKind, signedBytes, type SignerId, utf8 } from '@quorate/wire';
import type { SignersOnly } from './signers.ts';

export interface Voice {
  readonly id: SignerId;
  readonly identity: Identity;
  readonly channel: Channel;
  /** What this signer would sign if it lied. */
  sign<K extends SignedKind>(kind: K, body: BodyOf<K>): Signed<K>;
}

/** Speaks with the keys of signer `i` and hears nothing, so that its daemon goes on beside it. */
export function voiceBeside(net: SignersOnly, i: number): Voice {
  return voice(net, i, { publish: (to, bytes) => net.transport.publish(to, bytes), subscribe: () => () => {} });
}

/** Speaks and hears with the keys of signer `i`, whose daemon is stopped: `serve` says what it answers. */
export function voiceInPlaceOf(net: SignersOnly, i: number): Voice {
  return voice(net, i, net.transport);
}

function identityOf(net: SignersOnly, i: number): Identity {
  return openVault(join(net.dir(i), 'signer.key')).openIdentity(new Uint8Array(readFileSync(join(net.dir(i), 'identity.sealed'))));
}

function voice(net: SignersOnly, i: number, transport: Transport): Voice {
  const identity = identityOf(net, i);
  const id = net.ids[i] as SignerId;
  const { sign, seal, open } = identity;
  const self = { id, sign, seal, open };
  return {
    id,
    identity,
    channel: openChannel({ transport, self, network: net.genesisHash, parties: net.party }),
    sign: (kind, body) => ({ body, signerId: id, signature: b64.encode(identity.sign(signedBytes(kind, body, id))) }),
  };
}

/** What goes to `to` in place of an envelope of the signer's daemon: nothing, another one, or several; each is signed anew. */
export type Redirect = (envelope: Envelope, to: string) => readonly Envelope[];

/** The line of signer `i`, as it is when the signer's host changes what its daemon sends. Sealed bodies stay sealed. */
export function lyingLine(net: SignersOnly, i: number, redirect: Redirect): Transport {
  const identity = identityOf(net, i);
  return {
    subscribe: (self, receive) => net.transport.subscribe(self, receive),
    publish(to, bytes) {
      const frame = frameOf(bytes);
      const envelope = frame === null ? null : envelopeOf(frame);
      if (envelope === null) throw new Error('the daemon sends envelopes');
      for (const other of redirect(envelope, to)) {
        net.transport.publish(
          to,
          encodeEnvelope(other, (message) => identity.sign(message)),
        );
      }
    },
  };
}

/** The kind of a message on the line, as it stands in its header. */
export function kindOf(bytes: Uint8Array): string {
  const frame = frameOf(bytes);
  return (frame === null ? null : envelopeOf(frame))?.kind ?? '';
}

export const isNotice = ({ kind }: Envelope, name: NoticeKind): boolean => kind === `notice/${name}`;

/** The same envelope with its JSON changed. */
// biome-ignore lint/suspicious/noExplicitAny: a liar's notice has whatever shape it likes
export const altered = (envelope: Envelope, change: (notice: any) => unknown): Envelope => ({
  ...envelope,
  body: utf8.encode(JSON.stringify(change(JSON.parse(utf8.decode(envelope.body))))),
});

/** The same once more, as a message of its own. */
export const again = (envelope: Envelope): Envelope => ({ ...envelope, id: hex.encode(crypto.getRandomValues(new Uint8Array(16))) });
