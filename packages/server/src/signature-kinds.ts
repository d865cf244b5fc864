/**
 * Kinds of signature that clients know and this API does not make: refused by their own code rather than as malformed.
 *
 * @module
 */
import { type Endpoint, parseStrictJson, Refusal } from '@quorate/wire';
import * as z from 'zod';

const Known = z.object({ kind: z.enum(['Transaction', 'Eip191', 'Eip712', 'Eip7702', 'Snip12', 'Psbt', 'Bip322', 'SignDocDirect', 'SignerPayload', 'Cip8']) });

/** @throws {Refusal} `signature/kind-unsupported`, `request/malformed-json` */
export function refuseKnownKinds(endpoint: Endpoint, body: string): void {
  if (endpoint.effect !== 'sign' || body === '') return;
  const known = Known.safeParse(parseStrictJson(body));
  if (known.success) throw new Refusal('signature/kind-unsupported', { kind: known.data.kind });
}
