/**
 * The protocols' facade of a signer that lies: what its sessions say is changed on the way out, and so is what it answers
 * to calls.
 *
 * @module
 */
import * as mpc from '@quorate/mpc';
import type { Identity, Session, SessionEvent, SessionSpec, Vault } from '@quorate/mpc';
import { type CallKind, decodeFields, utf8 } from '@quorate/wire';

export type Said = { readonly type: 'message'; readonly to: number | 'all'; readonly seq: number; readonly body: Uint8Array };
/** What the signer says in place of one message: nothing, another one, or several. */
export type Twist = (said: Said, protocol: 'dkg' | 'sign', spec: SessionSpec) => readonly Said[];
/** What the signer answers in place of its reply, `null` for nothing that anybody could read. */
// biome-ignore lint/suspicious/noExplicitAny: a liar's answer has whatever shape it likes
export type Answer = (kind: CallKind, reply: any) => unknown;

/** `twist` and `answer` are asked for every message and reply; they may close over a switch. */
export function hostileMpc(twist: Twist, answer: Answer = (_, reply) => reply): typeof mpc {
  const twisted =
    <R>(protocol: 'dkg' | 'sign', spec: SessionSpec, onEvent: (event: SessionEvent<R>) => void) =>
    (event: SessionEvent<R>): void => {
      if (event.type !== 'message') onEvent(event);
      else for (const said of twist(event, protocol, spec)) onEvent(said);
    };
  return {
    ...mpc,
    openVault(keyFile: string): Vault {
      const vault = mpc.openVault(keyFile);
      // The addon knows its own identities only.
      const real = new Map<Identity, Identity>();
      const own = <S extends SessionSpec>(spec: S): S => ({ ...spec, identity: real.get(spec.identity) ?? spec.identity });
      return {
        ...vault,
        openIdentity(sealed): Identity {
          const identity = vault.openIdentity(sealed);
          const lying: Identity = { ...identity, seal: (to, info, aad, plaintext) => identity.seal(to, info, aad, answered(aad, plaintext, answer)) };
          real.set(lying, identity);
          return lying;
        },
        startAux: (spec, onEvent): Session => vault.startAux(own(spec), onEvent),
        startDkg: (spec, onEvent): Session => vault.startDkg(own(spec), twisted('dkg', own(spec), onEvent)),
        startSign: (spec, onEvent): Session => vault.startSign(own(spec), twisted('sign', own(spec), onEvent)),
      };
    },
  };
}

const REPLY = 'reply/';

/** The plaintext of a reply, as the liar has it; anything else that is sealed stays as it is. */
function answered(aad: Uint8Array, plaintext: Uint8Array, answer: Answer): Uint8Array {
  const kind = utf8.decode(decodeFields('quorate/envelope-header/v1', 10, aad)?.[3] ?? new Uint8Array());
  if (!kind.startsWith(REPLY)) return plaintext;
  const { reply } = JSON.parse(utf8.decode(plaintext)) as { reply?: unknown };
  return reply === undefined ? plaintext : utf8.encode(JSON.stringify({ reply: answer(kind.slice(REPLY.length) as CallKind, reply) }));
}

/** Bytes with the lowest bit of the last one flipped: of the right form, and wrong. */
export const bent = (body: Uint8Array): Uint8Array => body.map((byte, i) => (i === body.length - 1 ? byte ^ 1 : byte));
