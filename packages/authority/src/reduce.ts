/**
 * `reduce`: what one act makes of the state. Pure and total: the same in the server and in every signer, and it either
 * returns the next state or refuses with a code.
 *
 * @module
 */
import {
  type BodyOfEndpoint,
  createAssignment,
  createPermission,
  createPersonalAccessToken,
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
  Refusal,
  TokenId,
  updateOrganisationSettings,
  UserId,
} from '@quorate/wire';
import { type Context, contextOf } from './context.ts';
import { newCredentialKey } from './credential-rules.ts';
import { applyIdentityRule } from './identity-rules.ts';
import { requireOperationNames } from './permission-rules.ts';
import { authorize, operationsIn, requireWithin } from './permissions.ts';
import { applySignerRule } from './signer-rules.ts';
import { addAssignment, addUser, type AuthorityState } from './state.ts';
import { tokenCreated } from './token-rules.ts';
import type { Verified } from './verify-evidence.ts';
import { applyWalletRule } from './wallet-rules.ts';

/** head(k) = SHA-256(head(k−1) || act(k)), with the act's canonical bytes; hex. */
export function nextHead(state: Pick<AuthorityState, 'head'>, evidence: Evidence): Head {
  const hash = hashFields('quorate/head/v1', [hex.decode(state.head.hash), encodeEvidence(evidence)]);
  return { number: state.head.number + 1, hash: hex.encode(hash) };
}

/**
 * The next state. The evidence must have been verified against this state.
 * @throws {Refusal} and nothing else
 */
export function reduce(state: AuthorityState, verified: Verified): AuthorityState {
  const { challenge, command, evidence } = verified;
  if (command.effect !== 'act') throw new Refusal('action/mismatch', { member: 'effect' });
  // However old its certificate: an act acts once.
  if (state.spent.has(challenge)) throw new Refusal('evidence/spent');
  authorize(state, verified);
  const head = nextHead(state, evidence);
  return { ...applyRule(state, verified, contextOf(state, verified)), head, heads: state.heads.push(head.hash), spent: state.spent.add(challenge) };
}

function applyRule(state: AuthorityState, { command }: Verified, context: Context): AuthorityState {
  if (isFor(command, createServiceAccount)) return serviceAccountCreated(state, command.body, context);
  if (isFor(command, createPermission)) return permissionCreated(state, command.body, context);
  if (isFor(command, createAssignment)) return assigned(state, { ...command.params, ...command.body }, context, 0);
  if (isFor(command, updateOrganisationSettings)) return { ...state, settings: { ...state.settings, ...command.body } };
  if (isFor(command, createPersonalAccessToken)) return personalAccessTokenCreated(state, command.body, context);
  const next = applyIdentityRule(state, command, context) ?? applyWalletRule(state, command, context) ?? applySignerRule(state, command);
  if (next === null) throw new Refusal('request/unknown-route');
  return next;
}

type Body<E extends Endpoint> = BodyOfEndpoint<E>;

function serviceAccountCreated(state: AuthorityState, body: Body<typeof createServiceAccount>, context: Context): AuthorityState {
  const { challenge, at } = context;
  if (state.userNames.has(body.name)) throw new Refusal('service-account/name-taken');
  const id = deriveId('us', 0, challenge);
  const uuid = deriveId('cr', 0, challenge);
  const credId = deriveCredentialId(0, challenge);
  const key = newCredentialKey(state, credId, body.publicKey);
  const next = addUser(
    state,
    {
      id,
      name: body.name,
      isServiceAccount: true,
      isActive: true,
      isArchived: false,
      credentialUuid: uuid,
      credId,
      tokenId: deriveId('to', 0, challenge),
      externalId: body.externalId ?? null,
      daysValid: body.daysValid ?? null,
      createdAt: at,
    },
    // Its key stands in this act, which a vouched-for credential signed.
    {
      credId,
      uuid,
      userId: id,
      tokenId: '',
      name: body.name,
      kind: 'Key',
      publicKey: body.publicKey,
      fingerprint: key.fingerprint,
      isActive: true,
      vouchedFor: true,
      createdAt: at,
    },
  );
  return body.permissionId === undefined ? next : assigned(next, { permissionId: body.permissionId, identityId: id }, context, 0);
}

function permissionCreated(state: AuthorityState, body: Body<typeof createPermission>, { rights, challenge, at }: Context): AuthorityState {
  if (state.permissionNames.has(body.name)) throw new Refusal('permission/name-taken');
  requireOperationNames(body.operations);
  requireWithin(rights, operationsIn(body), 'names');
  const id = deriveId('pm', 0, challenge);
  return {
    ...state,
    permissions: state.permissions.set(id, {
      id,
      name: body.name,
      operations: body.operations,
      isImmutable: false,
      isArchived: false,
      createdAt: at,
      updatedAt: at,
    }),
    permissionNames: state.permissionNames.set(body.name, id),
  };
}

type Assigning = Body<typeof createAssignment> & { readonly permissionId: Parameters<AuthorityState['permissions']['get']>[0] };

function assigned(state: AuthorityState, { permissionId, identityId }: Assigning, { rights, challenge, at }: Context, ordinal: number): AuthorityState {
  const permission = state.permissions.get(permissionId);
  if (permission === undefined || permission.isArchived) throw new Refusal('permission/unknown');
  if (!identityExists(state, identityId)) throw new Refusal('identity/unknown');
  for (const id of state.assignmentsByIdentity.get(identityId) ?? []) {
    if (state.assignments.get(id)?.permissionId === permissionId) throw new Refusal('assignment/duplicate');
  }
  requireWithin(rights, operationsIn(permission), 'gives');
  return addAssignment(state, { id: deriveId('as', ordinal, challenge), permissionId, identityId, isImmutable: false, createdAt: at });
}

function personalAccessTokenCreated(state: AuthorityState, body: Body<typeof createPersonalAccessToken>, context: Context): AuthorityState {
  const next = tokenCreated(state, body, context);
  const identityId = deriveId('to', 0, context.challenge);
  return body.permissionId === undefined ? next : assigned(next, { permissionId: body.permissionId, identityId }, context, 0);
}

function identityExists(state: AuthorityState, id: IdentityId): boolean {
  const token = TokenId.safeParse(id);
  const owner = token.success ? state.tokens.get(token.data) : undefined;
  if (owner?.isArchived === true) return false;
  const user = UserId.safeParse(owner?.userId ?? id);
  return user.success && state.users.get(user.data)?.isArchived === false;
}
