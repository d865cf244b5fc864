/**
 * As many acts as one likes, of the kinds that organisations make: accounts, users, permissions, assignments and their
 * ends, settings. For measuring, and for tests of what long chains need.
 *
 * @module
 */
import { type ActRecord, b64, type Challenge, challengeOf, deriveId } from '@quorate/wire';
import { rememberSound } from './credential-key.ts';
import { type AuthorityState, reduce, verifyEvidence } from './index.ts';
import { acksOf, type Asked, evidenceOf, newKey, type Organisation, post } from './organisation.test-kit.ts';

export interface ManyActs {
  readonly records: readonly ActRecord[];
  readonly state: AuthorityState;
}

const put = (path: string, body: unknown = {}): Asked => ({ method: 'PUT', path, payload: JSON.stringify(body) });

/** Checking so many of them one by one would take longer than everything else. */
function freshKey(): string {
  const { publicKey } = newKey();
  rememberSound([b64.decode(publicKey.replace(/-----[A-Z ]+-----|\s/g, '')).slice(-32)]);
  return publicKey;
}

/** One of the ten acts of a round, which builds on what the round has made. */
function asked(i: number, made: readonly Challenge[]): Asked {
  const idOf = (kind: 'us' | 'pm' | 'as', which: number): string => deriveId(kind, 0, made[made.length - (i % 10) + which] as Challenge);
  switch (i % 10) {
    case 0:
      return post('/permissions', { name: `permission ${i}`, operations: ['Wallets:Read', 'Wallets:Create', 'Permissions:Read'] });
    case 1:
      return post('/auth/service-accounts', { name: `account ${i}`, publicKey: freshKey() });
    case 2:
      return post(`/permissions/${idOf('pm', 0)}/assignments`, { identityId: idOf('us', 1) });
    case 3:
      return post('/auth/users', { email: `user${i}@example.org`, kind: 'CustomerEmployee', publicKey: freshKey() });
    case 4:
      return post(`/permissions/${idOf('pm', 0)}/assignments`, { identityId: idOf('us', 3) });
    case 5:
      return post('/auth/service-accounts', { name: `worker ${i}`, publicKey: freshKey(), permissionId: idOf('pm', 0) });
    case 6:
      return put(`/permissions/${idOf('pm', 0)}`, { operations: ['Wallets:Read'] });
    case 7:
      return { method: 'DELETE', path: `/permissions/${idOf('pm', 0)}/assignments/${idOf('as', 2)}`, payload: '' };
    case 8:
      return put(`/auth/users/${idOf('us', 3)}/deactivate`);
    default:
      return put('/organisation/settings', { exportEnabled: i % 20 === 9 });
  }
}

/**
 * `count` acts by the administrator, certified as far as `certified` says by the first t signers: all of them, or
 * none, where only the state is wanted.
 */
export async function manyActs(org: Organisation, count: number, certified: 'all' | 'none' = 'all'): Promise<ManyActs> {
  const records: ActRecord[] = [];
  const made: Challenge[] = [];
  let { state } = org;
  for (let i = 0; i < count; i++) {
    const evidence = evidenceOf(state, org.administrator, asked(i, made));
    const verified = await verifyEvidence(state, evidence, { freshness: 'waived' }, () => Promise.resolve(true));
    const acks = certified === 'all' ? acksOf(org, state, evidence) : [];
    state = reduce(state, verified);
    made.push(challengeOf(evidence.statement));
    if (certified === 'all') records.push({ number: state.head.number, evidence, acks });
  }
  return { records, state };
}
