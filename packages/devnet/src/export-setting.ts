/**
 * Switches export off or on for the whole organisation: an act like any other, signed with the administrator's key.
 *
 * @module
 */
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { type Connection, connect } from '@quorate/client';
import { getOrganisation, type ReplyRead, updateOrganisationSettings } from '@quorate/wire';
import type { AdminFile } from './admin.ts';

export type SettingsAnswer = ReplyRead<typeof updateOrganisationSettings>;

/** A connection as the administrator. */
export function connectAdmin({ baseUrl, orgId, authToken, credId, privateKey, genesisHash }: AdminFile): Connection {
  return connect({ baseUrl, authToken, orgId, genesisHash, signer: new AsymmetricKeySigner({ credId, privateKey }) });
}

export async function isExportOn(admin: AdminFile): Promise<boolean> {
  return (await connectAdmin(admin).call(getOrganisation)).exportEnabled;
}

/** Signs the change; the answer carries the signers' acknowledgements. */
export function setExport(admin: AdminFile, exportEnabled: boolean): Promise<SettingsAnswer> {
  return connectAdmin(admin).call(updateOrganisationSettings, { body: { exportEnabled } });
}
