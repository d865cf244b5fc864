/**
 * Who plays in the demo, and how they call the API: through the unmodified Dfns SDK, with a guard that signs nothing but
 * the call that was made.
 *
 * @module
 */
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { guard } from '@quorate/client';
import type { RefusalCode } from '@quorate/wire';
import type { Devnet } from '../devnet.ts';
import type { Show } from './show.ts';

export interface Stage {
  readonly devnet: Devnet;
  readonly show: Show;
  /** The genesis administrator. */
  readonly admin: DfnsApiClient;
  /** Makes names unique, since kept data has those of earlier runs. */
  readonly tag: string;
  /** Whether the liar among the signers lies now. */
  lies: boolean;
}

export interface Credential {
  readonly authToken: string;
  readonly credId: string;
  /** PEM. */
  readonly privateKey: string;
}

/** The stock client of one service account, guarded. */
export function clientOf({ url, genesisHash, admin: { orgId } }: Devnet, { authToken, credId, privateKey }: Credential): DfnsApiClient {
  const stock = new DfnsApiClient({ baseUrl: url, orgId, authToken, signer: new AsymmetricKeySigner({ credId, privateKey }) });
  return guard(stock, { orgId, genesisHash });
}

/** The code with which the API refused. Anything else, also success, ends the demo: it must not go on as if all were well. */
export async function refusalOf(call: Promise<unknown>, expected: RefusalCode): Promise<string> {
  let error: unknown;
  try {
    await call;
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error(`this should have been refused with ${expected}, and was not`);
  const answer = (error as { context?: { body?: { error?: { code?: string; message?: string } } } }).context?.body?.error;
  if (answer?.code !== expected) throw error;
  return `${answer.code}: ${answer.message ?? ''}`;
}
