/** The organisation: its genesis, its settings. @module */
import { getOrganisation, updateOrganisationSettings } from '@quorate/wire';
import { route, signedRoute } from '../route.ts';

export const organisationRoutes = [
  route(getOrganisation, ({ state }) => ({
    orgId: state.genesis.orgId,
    genesis: state.genesis,
    genesisHash: state.genesisHash,
    exportEnabled: state.settings.exportEnabled,
    head: state.head,
  })),
  signedRoute(updateOrganisationSettings, async ({ evidence }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    return { exportEnabled: state.settings.exportEnabled, certified };
  }),
];
