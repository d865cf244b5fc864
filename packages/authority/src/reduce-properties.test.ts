import { allOperations, endpoints, isRefusal, type IdentityId, type Operation, TokenId, UserId } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { administratorsOf, type AuthorityState, type Credential, FULL_ACCESS, operationsIn, operationsOf, reduce, type Verified } from './index.ts';
import { newOrganisation } from './organisation.test-kit.ts';
import { busyOrganisation, canSign, endpointsReached, type Step, steps, verifiedOf } from './random-acts.test-kit.ts';

const org = newOrganisation();
const start = busyOrganisation(org.state);
const numRuns = process.env['SLOW'] === '1' ? 5_000 : 60;
const LENGTH = 40;

/** Runs the steps, and shows each that was accepted. Anything thrown but a refusal fails the test. */
function run(all: readonly Step[], each: (before: AuthorityState, after: AuthorityState, act: Verified) => void): AuthorityState {
  let state = start;
  for (const step of all) {
    try {
      const verified = verifiedOf(state, step);
      if (verified === null) continue;
      const after = reduce(state, verified);
      each(state, after, verified);
      state = after;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return state;
}

/** As the rule says it, apart from the code that is tested: what both hold. */
function ownRights(state: AuthorityState, userId: UserId, tokenId: TokenId | ''): ReadonlySet<Operation> {
  const own = operationsOf(state, userId);
  return tokenId === '' ? own : new Set([...own].filter((operation) => operationsOf(state, tokenId).has(operation)));
}

/** What an identity can do at this moment. */
function live(state: AuthorityState, id: IdentityId): ReadonlySet<Operation> {
  const token = TokenId.safeParse(id).success ? state.tokens.get(id as TokenId) : undefined;
  const userId = token?.userId ?? (id as UserId);
  if (state.users.get(userId)?.isActive !== true || token?.isActive === false) return new Set();
  const signs = [...(state.credentialsByUser.get(userId) ?? [])].some((credId) => canSign(state, state.credentials.get(credId) as Credential));
  if (token === undefined && !signs) return new Set();
  return token === undefined ? operationsOf(state, userId) : ownRights(state, userId, token.id);
}

const identities = (state: AuthorityState): IdentityId[] => [...state.users.keys(), ...state.tokens.keys()];
const builtIn = (state: AuthorityState) => state.permissionNames.get(FULL_ACCESS);
const isAdministrator = (state: AuthorityState, id: UserId): boolean => administratorsOf(state).includes(id);

describe('whatever acts come in whatever order', () => {
  test('the reducer reaches every act that there is', () => {
    const reached = endpointsReached(start);
    expect(endpoints.filter(({ effect, name }) => effect === 'act' && !reached.has(endpoints.find((one) => one.name === name) as never))).toEqual([]);
  });

  test('nobody gains what the author of the act could not do, nor without Permissions:Assign', () => {
    let gains = 0;
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        run(all, (before, after, { user, credential }) => {
          const rights = ownRights(before, user.id, credential.tokenId);
          for (const id of identities(after)) {
            const had = live(before, id);
            const gained = [...live(after, id)].filter((operation) => !had.has(operation));
            if (gained.length === 0) continue;
            gains++;
            expect(gained.filter((operation) => !rights.has(operation))).toEqual([]);
            // A user may let its own token act again: that one does nothing that its user does not.
            if (after.tokens.get(id as TokenId)?.userId !== user.id) expect(rights.has('Permissions:Assign')).toBe(true);
          }
        });
      }),
      { numRuns },
    );
    // On average there are more than runs.
    expect(gains).toBeGreaterThan(numRuns / 4);
  });

  test('nobody but administrators holds what no administrator gave', () => {
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        const given = new Set<Operation>([...start.permissions.values()].filter(({ id }) => id !== builtIn(start)).flatMap(operationsIn));
        run(all, (before, after, { user, credential }) => {
          const held = [...after.assignments.values()].flatMap(({ permissionId, identityId }) => {
            const permission = after.permissions.get(permissionId);
            return permission === undefined || (permissionId === builtIn(after) && UserId.safeParse(identityId).success) ? [] : operationsIn(permission);
          });
          if (credential.tokenId === '' && isAdministrator(before, user.id)) for (const operation of held) given.add(operation);
          expect(held.filter((operation) => !given.has(operation))).toEqual([]);
        });
      }),
      { numRuns },
    );
  });

  test('an administrator who can act is left', () => {
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        run(all, (_, after) => expect(administratorsOf(after).length).toBeGreaterThan(0));
      }),
      { numRuns },
    );
  });

  test('a further wallet stays on its key, a delegation and an archive stay, and what is never exportable stays so', () => {
    let kept = 0;
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        run(all, (before, after) => {
          for (const [id, wallet] of before.wallets) expect(after.wallets.get(id)).toBe(wallet);
          for (const [id, delegation] of before.walletDelegations) expect(after.walletDelegations.get(id)).toBe(delegation);
          for (const [id, key] of before.keys) {
            kept++;
            const now = after.keys.get(id);
            if (key.delegation !== null) expect(now?.delegation).toBe(key.delegation);
            if (key.archivedAt !== null) expect(now).toBe(key);
            if (key.neverExportable) expect(now?.neverExportable).toBe(true);
          }
        });
      }),
      { numRuns },
    );
    expect(kept).toBeGreaterThan(numRuns);
  });

  test('what is archived stays so, what was named stays named, and the built-in permission stays as it is', () => {
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        const original = org.state.permissions.get(builtIn(org.state) as never);
        run(all, (before, after) => {
          for (const [name, id] of before.userNames) expect(after.userNames.get(name)).toBe(id);
          for (const [name, id] of before.permissionNames) expect(after.permissionNames.get(name)).toBe(id);
          for (const one of before.users.values()) if (one.isArchived) expect(after.users.get(one.id)).toMatchObject({ isArchived: true, isActive: false });
          for (const one of before.tokens.values()) if (one.isArchived) expect(after.tokens.get(one.id)).toMatchObject({ isArchived: true, isActive: false });
          for (const fingerprint of before.fingerprints.keys()) expect(after.fingerprints.has(fingerprint)).toBe(true);
          expect(after.permissions.get(builtIn(after) as never)).toBe(original);
        });
      }),
      { numRuns },
    );
  });

  test('keys of signers change one after another, by who holds every operation, and none ever comes again', () => {
    let rotations = 0;
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        run(all, (before, after, { user, credential }) => {
          expect([...after.signerKeys.keys()]).toEqual(org.genesis.signers.map(({ id }) => id));
          const had = [...after.signerKeys.values()].flatMap((keys) => keys.toArray()).filter(({ since }) => since > 0);
          const texts = had.flatMap(({ identityKey, sealingKey, importKey }) => [identityKey, sealingKey, importKey]);
          expect(new Set(texts).size).toBe(texts.length);
          if (after.signerKeys === before.signerKeys) return;
          rotations++;
          expect(allOperations.filter((operation) => !ownRights(before, user.id, credential.tokenId).has(operation))).toEqual([]);
          expect(credential.tokenId).toBe('');
          for (const [id, keys] of before.signerKeys) expect(after.signerKeys.get(id)?.slice(0, keys.size).equals(keys)).toBe(true);
          expect(had.filter(({ since }) => since === after.head.number)).toHaveLength(1);
        });
      }),
      { numRuns },
    );
    // On average there are eight times as many.
    expect(rotations).toBeGreaterThan(numRuns / 20);
  });

  test('the indexes say what the records say, and a second run of the acts ends in the same state', () => {
    fc.assert(
      fc.property(steps(LENGTH), (all) => {
        const acts: Verified[] = [];
        const last = run(all, (_, __, act) => acts.push(act));
        for (const id of last.permissions.keys()) {
          const own = [...last.assignments.values()].filter(({ permissionId }) => permissionId === id).map((assignment) => assignment.id);
          expect([...(last.assignmentsByPermission.get(id) ?? [])].sort()).toEqual(own.sort());
        }
        for (const id of identities(last)) {
          const own = [...last.assignments.values()].filter(({ identityId }) => identityId === id).map((assignment) => assignment.id);
          expect([...(last.assignmentsByIdentity.get(id) ?? [])].sort()).toEqual(own.sort());
        }
        let again = start;
        for (const act of acts)
          again = reduce(again, { ...act, user: again.users.get(act.user.id) as never, credential: again.credentials.get(act.credential.credId) as never });
        const { genesis: _, ...rest } = last;
        for (const [name, value] of Object.entries(rest)) {
          expect(JSON.stringify((again as unknown as Record<string, unknown>)[name])).toBe(JSON.stringify(value));
        }
      }),
      { numRuns },
    );
  });
});
