/**
 * The network of real processes as whole-system tests know one: the same tests run over it, and whatever they ask goes to
 * one server and the other in turns.
 *
 * @module
 */
import { connect } from '@quorate/client';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { updateOrganisationSettings, type CredentialId } from '@quorate/wire';
import { type AnyNetwork, clientOf, type NetworkOpener } from '../../support/network.ts';
import type { World } from './world.ts';

/** Every network opened so is the same one; closing it leaves everything running, with export on. */
export const asOne =
  (worldOf: () => World): NetworkOpener =>
  async ({ allowExport = true } = {}): Promise<AnyNetwork> => {
    const world = worldOf();
    const { genesis, made, authToken } = world;
    let turn = 0;
    const admin = {
      baseUrl: world.server(1).url,
      orgId: genesis.orgId,
      authToken,
      credId: made.admin.credId as CredentialId,
      privateKey: made.admin.privateKey,
      genesisHash: made.genesisHash,
    };
    const devnet: AnyNetwork['devnet'] = {
      get url() {
        return world.server(1 + (turn++ % world.servers.length)).url;
      },
      genesis,
      genesisHash: made.genesisHash,
      admin,
      signers: {
        id: (number) => world.signer(number).id as ReturnType<AnyNetwork['devnet']['signers']['id']>,
        stop: async (number) => void (await world.signer(number).stop()),
        async start(number) {
          await world.signer(number).start();
          await world.back(number);
        },
      },
    };
    const allow = async (exportEnabled: boolean): Promise<void> => {
      const connection = connect({ ...admin, baseUrl: devnet.url, signer: new AsymmetricKeySigner(admin) });
      await connection.call(updateOrganisationSettings, { body: { exportEnabled } });
    };
    if (!allowExport) await allow(false);
    return {
      devnet,
      admin: clientOf(devnet, admin),
      lies: (number, whether) => world.signer(number).tell({ order: 'lie', lies: whether }),
      async [Symbol.asyncDispose]() {
        if (!allowExport) await allow(true);
      },
    };
  };
