/**
 * Scenes about who may do what.
 *
 * @module
 */
import type { DfnsApiClient } from '@dfns/sdk';
import { createCredentialKey } from '../admin.ts';
import type { Devnet } from '../devnet.ts';
import { setExport } from '../export-setting.ts';
import { clientOf, type Stage } from './stage.ts';

export interface Owner {
  readonly client: DfnsApiClient;
  readonly userId: string;
}

/** A service account that may make wallets and sign, but not export. */
export function hireOwner({ show, devnet, admin, tag }: Stage): Promise<Owner> {
  return show.step(
    'An administrator makes a service account and gives it permissions',
    'every signer checked the administrator’s own signature and keeps its own record of who may do what',
    async () => {
      const key = createCredentialKey();
      const account = await admin.auth.createServiceAccount({ body: { name: `wallet-owner-${tag}`, publicKey: key.publicKey } });
      const token = account.accessTokens[0];
      if (token?.accessToken === undefined) throw new Error('the answer shows no access token');
      const operations: Operations = ['Wallets:Create', 'Wallets:Read', 'Keys:Create', 'Keys:Read', 'Keys:Signatures:Create', 'Keys:Signatures:Read'];
      await give({ admin, name: `wallets-${tag}`, operations, to: account.userInfo.userId });
      show.fact('service account', account.userInfo.userId);
      show.fact('may', operations.join(', '));
      show.fact('acknowledged by', stored(account));
      const client = clientOf(devnet, { authToken: token.accessToken, credId: token.credId, privateKey: key.privateKey });
      return { client, userId: account.userInfo.userId };
    },
  );
}

type Operations = Parameters<DfnsApiClient['permissions']['createPermission']>[0]['body']['operations'];

/** Makes a permission and assigns it. */
export async function give(o: { readonly admin: DfnsApiClient; readonly name: string; readonly operations: Operations; readonly to: string }): Promise<void> {
  const permission = await o.admin.permissions.createPermission({ body: { name: o.name, operations: o.operations } });
  await o.admin.permissions.createAssignment({ permissionId: permission.id, body: { identityId: o.to } });
}

/** Switches export off or on with the administrator's signature, and says how many signers hold the act. */
export async function switchExport({ admin }: Devnet, enabled: boolean): Promise<string> {
  return stored(await setExport(admin, enabled));
}

/** `5 of 5 signers`, from what our server adds to the answer of an act. */
function stored(answer: object): string {
  const certified = (answer as { certified?: { stored: number; signers: number } }).certified;
  return certified === undefined ? 'unknown' : `${certified.stored} of ${certified.signers} signers`;
}
