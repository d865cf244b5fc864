/**
 * A further wallet on a key that is there: an act. Its row comes from the act itself, like every other server's.
 *
 * @module
 */
import { type AuthorityState, planFurtherWallet } from '@quorate/authority';
import { networkOf } from '@quorate/chains';
import { challengeOf, type createWallet, type BodyOfEndpoint, type Evidence, Refusal, type ReplyOfEndpoint, schemeOf } from '@quorate/wire';
import type { App } from './app.ts';
import { keyById, walletWithKey } from './lookups.ts';
import { walletView } from './views.ts';

/** @throws {Refusal} `key/unknown`, `key/scheme`, `key/archived`, `request/unsupported`, or as `authority.act` */
export async function addWallet(
  state: AuthorityState,
  evidence: Evidence,
  body: BodyOfEndpoint<typeof createWallet>,
  { db, authority, follow }: Pick<App, 'db' | 'authority' | 'follow'>,
): Promise<ReplyOfEndpoint<typeof createWallet>> {
  const plan = planFurtherWallet(body, challengeOf(evidence.statement));
  const key = await keyById(db, plan.keyId);
  const network = networkOf(plan.network);
  if (network === null) throw new Refusal('request/unsupported', { member: 'network' });
  if (network.scheme !== schemeOf(key.scheme, key.curve)) throw new Refusal('key/scheme', { network: plan.network });
  await follow.upTo(state);
  const acted = await authority.act(evidence);
  await follow.upTo(acted.state);
  return { ...walletView(acted.state, await walletWithKey(db, plan.id)), certified: acted.certified };
}
