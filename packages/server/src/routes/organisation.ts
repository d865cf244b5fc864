/** The organisation: its genesis, its settings. @module */
import { getOrganisation, listActs, updateOrganisationSettings } from '@quorate/wire';
import { route, signedRoute } from '../route.ts';

export const organisationRoutes = [
  route(getOrganisation, ({ state }) => ({
    orgId: state.genesis.orgId,
    genesis: state.genesis,
    genesisHash: state.genesisHash,
    exportEnabled: state.settings.exportEnabled,
    head: state.head,
  })),
  // As many at once as signers get, so that a long chain comes in several answers.
  route(listActs, ({ query }, { authority }) => authority.chain({ after: query.after ?? 0, limit: 500 })),
  signedRoute(updateOrganisationSettings, async ({ evidence }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    return { exportEnabled: state.settings.exportEnabled, certified };
  }),
];
