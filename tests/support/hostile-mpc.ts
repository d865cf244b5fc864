/**
 * The protocols' facade of a signer that speaks them wrongly: what its sessions say is changed on the way out.
 *
 * @module
 */
import * as mpc from '@quorate/mpc';
import type { Session, SessionEvent, Vault } from '@quorate/mpc';

export type Said = { readonly type: 'message'; readonly to: number | 'all'; readonly seq: number; readonly body: Uint8Array };
/** What the signer says in place of one message: nothing, another one, or several. */
export type Twist = (said: Said, protocol: 'dkg' | 'sign') => readonly Said[];

/** `twist` is asked for every message; it may close over a switch. */
export function hostileMpc(twist: Twist): typeof mpc {
  const twisted =
    <R>(protocol: 'dkg' | 'sign', onEvent: (event: SessionEvent<R>) => void) =>
    (event: SessionEvent<R>): void => {
      if (event.type !== 'message') onEvent(event);
      else for (const said of twist(event, protocol)) onEvent(said);
    };
  return {
    ...mpc,
    openVault(keyFile: string): Vault {
      const vault = mpc.openVault(keyFile);
      return {
        ...vault,
        startDkg: (spec, onEvent): Session => vault.startDkg(spec, twisted('dkg', onEvent)),
        startSign: (spec, onEvent): Session => vault.startSign(spec, twisted('sign', onEvent)),
      };
    },
  };
}
