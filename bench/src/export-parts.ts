/**
 * One export, timed by part: the user action, the call that the signers answer, the recovery at the client.
 *
 * @module
 */
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { createExportContext } from '@quorate/client';
import type { Devnet } from '@quorate/devnet';

/** Milliseconds. */
export interface ExportParts {
  readonly action: number;
  readonly call: number;
  readonly recovery: number;
}

export async function exportInParts({ url, admin, genesis, genesisHash }: Devnet, walletId: string, expectedPublicKey: string): Promise<ExportParts> {
  const post = async (path: string, body: string, extra: Record<string, string> = {}): Promise<unknown> => {
    const headers = { authorization: `Bearer ${admin.authToken}`, 'content-type': 'application/json', ...extra };
    const response = await fetch(new URL(path, url), { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const path = `/wallets/${walletId}/export`;
  using context = createExportContext();
  const payload = JSON.stringify(context.request());

  const begun = performance.now();
  const asked = { userActionPayload: payload, userActionHttpMethod: 'POST', userActionHttpPath: path };
  const challenge = (await post('/auth/action/init', JSON.stringify(asked))) as Parameters<AsymmetricKeySigner['sign']>[0] & { challengeIdentifier: string };
  const firstFactor = await new AsymmetricKeySigner({ credId: admin.credId, privateKey: admin.privateKey }).sign(challenge);
  const done = { challengeIdentifier: challenge.challengeIdentifier, firstFactor };
  const { userAction } = (await post('/auth/action', JSON.stringify(done))) as { userAction: string };
  const signed = performance.now();
  const answer = await post(path, payload, { 'x-dfns-useraction': userAction });
  const answered = performance.now();
  const { secret } = await context.recover(answer, { genesis, genesisHash, expectedPublicKey });
  secret.wipe();
  return { action: signed - begun, call: answered - signed, recovery: performance.now() - answered };
}
