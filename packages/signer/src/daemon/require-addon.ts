/**
 * The addon, without which there is no signer, not even its version.
 *
 * @module
 */
import { CannotRun } from '@quorate/daemon';
import { MpcError } from '@quorate/mpc';
import { type Mpc, realMpc } from '../mpc.ts';

/** @throws {CannotRun} with what the system says against it: a library that is missing, another platform */
export function requireAddon({ buildInfo }: Pick<Mpc, 'buildInfo'> = realMpc): void {
  try {
    buildInfo();
  } catch (error) {
    if (!(error instanceof MpcError)) throw error;
    const [cause] = error.cause instanceof Error ? error.cause.message.split('\n') : [];
    throw new CannotRun('internal', `${error.message}${cause === undefined ? '' : ` (${cause})`}`);
  }
}
