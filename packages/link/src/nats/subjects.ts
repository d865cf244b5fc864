/**
 * The subjects of NATS: `quorate.<network>.<to>.<from>`, so that a broker's permissions can say who may speak as whom and
 * who may hear what.
 *
 * @module
 */
import { hashFields, hex } from '@quorate/wire';

const NETWORK = /^[0-9a-f]{64}$/;

/** The first 16 bytes of the genesis hash. @throws {TypeError} when it is none */
function networkToken(network: string): string {
  if (!NETWORK.test(network)) throw new TypeError('a network is named by its genesis hash: 64 lower-case hex digits');
  return network.slice(0, 32);
}

/** 20 bytes of a hash in hex: ids are base64, which has characters that mean something in subjects. */
export function partyToken(id: string): string {
  return hex.encode(hashFields('quorate/nats-party/v1', [id]).subarray(0, 20));
}

export interface Subjects {
  /** Where this party's words to `to` go. */
  to(to: string): string;
  /** All that is addressed to this party. */
  readonly inbox: string;
  /** All that this party says. */
  readonly outbox: string;
}

/** The subjects of one party. @throws {TypeError} when `network` is no genesis hash */
export function subjectsOf(network: string, self: string): Subjects {
  const prefix = `quorate.${networkToken(network)}`;
  const own = partyToken(self);
  const known = new Map<string, string>();
  return {
    to(to) {
      const subject = known.get(to) ?? `${prefix}.${partyToken(to)}.${own}`;
      if (known.size < 1024) known.set(to, subject);
      return subject;
    },
    inbox: `${prefix}.${own}.*`,
    outbox: `${prefix}.*.${own}`,
  };
}

/** The last token: whose permission let the message through. */
export const senderToken = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);
