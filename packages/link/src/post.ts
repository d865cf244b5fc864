/**
 * The way out of a channel: completes the header, seals what is for one party, signs once, hands over to the transport.
 *
 * @module
 */
import { hex, utf8 } from '@quorate/wire';
import { encodeEnvelope, type Envelope, type Header, headerBytes } from './envelope.ts';
import type { Limits } from './limits.ts';
import { LinkError } from './link-error.ts';
import type { LocalParty, RemoteParty } from './party.ts';
import type { Transport } from './transport.ts';

/** HPKE `info` of sealed bodies. */
export const SEAL_INFO = utf8.encode('quorate/envelope-body/v1');

export interface PostOptions {
  readonly transport: Transport;
  readonly self: LocalParty;
  readonly network: string;
  readonly limits: Limits;
  readonly now: () => number;
  readonly random: (length: number) => Uint8Array;
}

type Subject = Pick<Header, 'to' | 'kind' | 'deadline'> & Partial<Pick<Header, 'id' | 're' | 'session' | 'seq'>>;

export interface Post {
  newId(): string;
  /** Sealed to one party. Rejects with a LinkError: `unsealable`, `oversized`, `unsent`. */
  sendSealed(to: RemoteParty, subject: Omit<Subject, 'to'>, plaintext: Uint8Array): Promise<void>;
  /** The same signed bytes to each receiver. @throws {LinkError} `oversized`, `unsent` */
  send(receivers: readonly string[], subject: Subject, body: Uint8Array): void;
}

export function openPost({ transport, self, network, limits, now, random }: PostOptions): Post {
  const newId = (): string => hex.encode(random(16));

  const headerOf = (subject: Subject): Header => ({
    network,
    from: self.id,
    id: subject.id ?? newId(),
    re: '',
    session: '',
    seq: 0,
    sentAt: now(),
    ...subject,
  });

  /** One envelope, signed with each of this party's keys. */
  function formsOf(envelope: Envelope): Uint8Array[] {
    let second: Uint8Array | null = null;
    const first = encodeEnvelope(envelope, (message) => {
      second = self.alsoSign?.(message) ?? null;
      return self.sign(message);
    });
    return second === null ? [first] : [first, encodeEnvelope(envelope, () => second as Uint8Array)];
  }

  function dispatch(receivers: readonly string[], header: Header, body: Uint8Array): void {
    const forms = formsOf({ ...header, body });
    if (forms.some(({ length }) => length > limits.envelopeBytes)) throw new LinkError('oversized');
    let failure: { cause: unknown } | null = null;
    for (const receiver of receivers) {
      try {
        for (const bytes of forms) transport.publish(receiver, bytes);
      } catch (cause) {
        // The others still get theirs.
        failure = { cause };
      }
    }
    if (failure !== null) throw new LinkError('unsent', failure);
  }

  return {
    newId,
    async sendSealed(to, subject, plaintext) {
      const header = headerOf({ ...subject, to: to.id });
      let body: Uint8Array;
      try {
        body = await self.seal(to.sealingKey, SEAL_INFO, headerBytes(header), plaintext);
      } catch (cause) {
        throw new LinkError('unsealable', { cause });
      }
      dispatch([to.id], header, body);
    },
    send(receivers, subject, body) {
      if (receivers.length > 0) dispatch(receivers, headerOf(subject), body);
    },
  };
}
