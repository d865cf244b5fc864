/**
 * `reduce`: what one act makes of the state. Pure and total: the same in the server and in every signer, and it either
 * returns the next state or refuses with a code.
 *
 * @module
 */
import {
  type BodyOfEndpoint,
  type Challenge,
  createAssignment,
  createPermission,
  createServiceAccount,
  deriveCredentialId,
  deriveId,
  encodeEvidence,
  type Endpoint,
  type Evidence,
  hashFields,
  type Head,
  hex,
  type IdentityId,
  isFor,
  normalizeOperation,
  Refusal,
  updateOrganisationSettings,
  UserId,
} from '@quorate/wire';
import { parseCredentialKey } from './credential-key.ts';
import { authorize, operationsIn, requireWithin } from './permissions.ts';
import { addAssignment, addUser, type AuthorityState, type User } from './state.ts';
import type { Verified } from './verify-evidence.ts';

/** head(k) = SHA-256(head(k−1) || act(k)), with the act's canonical bytes; hex. */
export function nextHead(state: Pick<AuthorityState, 'head'>, evidence: Evidence): Head {
  const hash = hashFields('quorate/head/v1', [hex.decode(state.head.hash), encodeEvidence(evidence)]);
  return { number: state.head.number + 1, hash: hex.encode(hash) };
}

/** The author of an act, its challenge and its time: what every rule below reads. */
interface Context {
  readonly author: User;
  readonly challenge: Challenge;
  readonly at: number;
}

/**
 * The next state. The evidence must have been verified against this state.
 * @throws {Refusal} and nothing else
 */
export function reduce(state: AuthorityState, verified: Verified): AuthorityState {
  const { challenge, command, evidence } = verified;
  if (command.endpoint.effect !== 'act') throw new Refusal('action/mismatch', { member: 'effect' });
  // However old its certificate: an act acts once.
  if (state.spent.has(challenge)) throw new Refusal('evidence/spent');
  authorize(state, verified);
  const context: Context = { author: verified.user, challenge, at: Number(evidence.statement.issuedAt) };
  const head = nextHead(state, evidence);
  return { ...applyRule(state, verified, context), head, heads: state.heads.push(head.hash), spent: state.spent.add(challenge) };
}

function applyRule(state: AuthorityState, { command }: Verified, context: Context): AuthorityState {
  if (isFor(command, createServiceAccount)) return serviceAccountCreated(state, command.body, context);
  if (isFor(command, createPermission)) return permissionCreated(state, command.body, context);
  if (isFor(command, createAssignment)) return assigned(state, { ...command.params, ...command.body }, context, 0);
  if (isFor(command, updateOrganisationSettings)) return { ...state, settings: { ...state.settings, ...command.body } };
  throw new Refusal('request/unknown-route');
}

type Body<E extends Endpoint> = BodyOfEndpoint<E>;

function serviceAccountCreated(state: AuthorityState, body: Body<typeof createServiceAccount>, context: Context): AuthorityState {
  const { challenge, at } = context;
  if (state.userNames.has(body.name)) throw new Refusal('service-account/name-taken');
  const key = parseCredentialKey(body.publicKey);
  if (state.fingerprints.has(key.fingerprint)) throw new Refusal('credential/duplicate');
  const id = deriveId('us', 0, challenge);
  const uuid = deriveId('cr', 0, challenge);
  const credId = deriveCredentialId(0, challenge);
  const next = addUser(
    state,
    {
      id,
      name: body.name,
      isServiceAccount: true,
      isActive: true,
      genesisAdministrator: false,
      credentialUuid: uuid,
      credId,
      tokenId: deriveId('to', 0, challenge),
      externalId: body.externalId ?? null,
      daysValid: body.daysValid ?? null,
      createdAt: at,
    },
    // Its key stands in this act, which a vouched-for credential signed.
    { credId, uuid, userId: id, tokenId: '', kind: 'Key', publicKey: body.publicKey, fingerprint: key.fingerprint, isActive: true, vouchedFor: true },
  );
  return body.permissionId === undefined ? next : assigned(next, { permissionId: body.permissionId, identityId: id }, context, 0);
}

function permissionCreated(state: AuthorityState, body: Body<typeof createPermission>, { author, challenge, at }: Context): AuthorityState {
  if (state.permissionNames.has(body.name)) throw new Refusal('permission/name-taken');
  const unknown = body.operations.find((operation) => normalizeOperation(operation) === null);
  if (unknown !== undefined) throw new Refusal('permission/unknown-operation', { operation: unknown });
  requireWithin(state, author, operationsIn(body), 'names');
  const id = deriveId('pm', 0, challenge);
  return {
    ...state,
    permissions: state.permissions.set(id, { id, name: body.name, operations: body.operations, isImmutable: false, isArchived: false, createdAt: at }),
    permissionNames: state.permissionNames.set(body.name, id),
  };
}

type Assigning = Body<typeof createAssignment> & { readonly permissionId: Parameters<AuthorityState['permissions']['get']>[0] };

function assigned(state: AuthorityState, { permissionId, identityId }: Assigning, { author, challenge, at }: Context, ordinal: number): AuthorityState {
  const permission = state.permissions.get(permissionId);
  if (permission === undefined || permission.isArchived) throw new Refusal('permission/unknown');
  if (!identityExists(state, identityId)) throw new Refusal('identity/unknown');
  for (const id of state.assignmentsByIdentity.get(identityId) ?? []) {
    if (state.assignments.get(id)?.permissionId === permissionId) throw new Refusal('assignment/duplicate');
  }
  requireWithin(state, author, operationsIn(permission), 'gives');
  return addAssignment(state, { id: deriveId('as', ordinal, challenge), permissionId, identityId, isImmutable: false, createdAt: at });
}

function identityExists(state: AuthorityState, id: IdentityId): boolean {
  const user = UserId.safeParse(id);
  return user.success && state.users.has(user.data);
}
